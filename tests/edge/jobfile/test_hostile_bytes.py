# ruff: noqa: E501 - a message stands on one line, as its reader sees it
from collections.abc import Callable

import pytest

MIB = 1024 * 1024
HEADER = b"operation,billRunId\n"


@pytest.mark.parametrize(
    ("name", "content", "verdicts"),
    [
        pytest.param(
            "j.csv",
            b"",
            ["0:: 0 rows: the file has nothing in it; add rows, or give --allow-empty"],
            id="empty file",
        ),
        pytest.param(
            "j.csv",
            b"\xef\xbb\xbf",
            ["0:: 0 rows: the file has nothing in it; add rows, or give --allow-empty"],
            id="bom only",
        ),
        pytest.param(
            "j.csv",
            HEADER,
            ["0:: 0 rows: the file has only a header; add rows, or give --allow-empty"],
            id="header only",
        ),
        pytest.param(
            "j.csv",
            b"\n \n\t\n",
            ["0:: 0 rows: the file has nothing in it; add rows, or give --allow-empty"],
            id="blank lines only",
        ),
        pytest.param(
            "j.csv",
            b"\xef\xbb\xbf" * 2 + HEADER + b"a,b\n",
            ['1:: column 1: "\\ufeffoperation" holds a character that is not seen; delete it'],
            id="bom twice",
        ),
        pytest.param(
            "j.csv",
            HEADER.decode().encode("utf-16"),
            ['1:: the file is UTF-16 (Excel\'s "Unicode text"); save it as "CSV UTF-8"'],
            id="utf16 le",
        ),
        pytest.param(
            "j.csv",
            b"\xfe\xff" + HEADER.decode().encode("utf-16-be"),
            ['1:: the file is UTF-16 (Excel\'s "Unicode text"); save it as "CSV UTF-8"'],
            id="utf16 be",
        ),
        pytest.param(
            "j.csv",
            HEADER.decode().encode("utf-16-le"),
            ["1:: the file is UTF-16 without a byte order mark; save it as UTF-8"],
            id="utf16 no bom",
        ),
        pytest.param(
            "j.csv",
            HEADER.decode().encode("utf-32"),
            ["1:: the file is UTF-32; save it as UTF-8"],
            id="utf32",
        ),
        pytest.param(
            "j.csv",
            b"operation,bill\xffRun\n",
            ["1:: invalid UTF-8 at byte 15 of the line (0xff); save the file as UTF-8"],
            id="utf8 in header",
        ),
        pytest.param(
            "j.csv",
            HEADER + b"a,b\na,caf\xe9\na,b\n",
            ["row 1 at line 2", "3:: invalid UTF-8 at byte 6 of the line (0xe9); save the file as UTF-8"],
            id="utf8 row",
        ),
        pytest.param(
            "j.csv",
            HEADER + b"a,\xc3",
            ["2:: invalid UTF-8 at byte 3 of the line (0xc3); save the file as UTF-8"],
            id="utf8 truncated",
        ),
        pytest.param(
            "j.csv",
            HEADER + b"a,\xed\xa0\x80\n",
            ["2:: invalid UTF-8 at byte 3 of the line (0xed); save the file as UTF-8"],
            id="utf8 surrogate",
        ),
        pytest.param(
            "j.csv",
            HEADER + b"a,\xc0\xaf\n",
            ["2:: invalid UTF-8 at byte 3 of the line (0xc0); save the file as UTF-8"],
            id="utf8 overlong",
        ),
        pytest.param(
            "j.csv",
            b"\xef\xbb\xbf\xff\n",
            ["1:: invalid UTF-8 at byte 1 of the line (0xff); save the file as UTF-8"],
            id="utf8 after bom",
        ),
        pytest.param(
            "j.csv",
            HEADER + b"a,b\0c\n",
            ["2:: a NUL at byte 4 of the line; this is no text file, or it is damaged"],
            id="nul",
        ),
        pytest.param(
            "j.csv",
            HEADER + b'a,"b\0c"\n',
            ["2:: a NUL at byte 5 of the line; this is no text file, or it is damaged"],
            id="nul in quotes",
        ),
        pytest.param(
            "j.csv",
            b"\0" * 100,
            ["1:: a NUL at byte 1 of the line; this is no text file, or it is damaged"],
            id="zeros",
        ),
        pytest.param(
            "j.csv",
            HEADER.replace(b"\n", b"\r") + b"a,b\r",
            [
                "1:: a lone CR at byte 20 of the line; lines end in LF or CRLF: convert the line ends (mac2unix)"
            ],
            id="lone cr",
        ),
        pytest.param(
            "j.csv",
            HEADER + b"a,b\rc,d\n",
            [
                "2:: a lone CR at byte 4 of the line; lines end in LF or CRLF: convert the line ends (mac2unix)"
            ],
            id="lone cr in row",
        ),
        pytest.param(
            "j.csv",
            HEADER + b'a,"b\rc"\n',
            [
                "2:: a lone CR at byte 5 of the line; lines end in LF or CRLF: convert the line ends (mac2unix)"
            ],
            id="lone cr in quotes",
        ),
        pytest.param(
            "j.csv",
            HEADER + b"a,b\r",
            [
                "2:: a lone CR at byte 4 of the line; lines end in LF or CRLF: convert the line ends (mac2unix)"
            ],
            id="cr at end of file",
        ),
        pytest.param(
            "j.csv",
            HEADER + b"a,b\r\r\n",
            [
                "2:: a lone CR at byte 4 of the line; lines end in LF or CRLF: convert the line ends (mac2unix)"
            ],
            id="cr cr lf",
        ),
        pytest.param(
            "j.csv",
            HEADER + b"a," + b"b" * (MIB - 1) + b"\n",
            ["2:: the line is longer than 1 MiB; are line ends missing? write each row on a line of its own"],
            id="long line",
        ),
        pytest.param(
            "j.csv",
            b"x" * (3 * MIB),
            ["1:: the line is longer than 1 MiB; are line ends missing? write each row on a line of its own"],
            id="long line no lf",
        ),
    ],
)
def test_hostile_bytes_are_refused(
    verdicts_of: Callable[..., list[str]], name: str, content: bytes, verdicts: list[str]
):
    """What is no sound UTF-8 text is refused with its line, its byte and a hint."""
    assert verdicts_of(name, content) == verdicts
