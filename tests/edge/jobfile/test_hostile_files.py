# ruff: noqa: E501 - a message stands on one line, as its reader sees it
import gzip
from collections.abc import Callable

import pytest

HEADER = b"operation,billRunId\n"
GZIP = gzip.compress(HEADER + b"a,b\n", mtime=0)


@pytest.mark.parametrize(
    ("name", "content", "verdicts"),
    [
        pytest.param(
            "j.csv",
            b"PK\x03\x04rest",
            [
                '1:: the file is a zip archive or an Excel workbook (.xlsx); unpack it, or save it as "CSV UTF-8"'
            ],
            id="zip",
        ),
        pytest.param(
            "j.csv",
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
            ['1:: the file is an old Excel workbook (.xls); save it as "CSV UTF-8"'],
            id="xls",
        ),
        pytest.param(
            "j.csv",
            GZIP,
            ["1:: the file is compressed with gzip; let its name end in .gz, or pipe it through gunzip -c"],
            id="gz as csv",
        ),
        pytest.param(
            "j.csv",
            b"BZh91AY",
            ["1:: the file is compressed with bzip2; pipe it through bunzip2 -c"],
            id="bz2",
        ),
        pytest.param(
            "j.csv", b"PAR1xxxx", ["1:: the file is Parquet; export it as CSV or JSONL"], id="parquet"
        ),
        pytest.param(
            "j.csv.gz",
            HEADER + b"a,b\n",
            [
                "0:: not a whole gzip file (incorrect header check); copy it anew, or take .gz off its name if it is plain text"
            ],
            id="gz plain",
        ),
        pytest.param(
            "j.csv.gz",
            GZIP[:-3],
            ["0:: the gzip file ends too early; it was cut off: copy it anew"],
            id="gz cut",
        ),
        pytest.param(
            "j.csv.gz",
            GZIP[:-6] + b"\0\0" + GZIP[-4:],
            [
                "0:: not a whole gzip file (incorrect data check); copy it anew, or take .gz off its name if it is plain text"
            ],
            id="gz crc",
        ),
        pytest.param(
            "j.csv.gz",
            GZIP[:-2] + b"\1\1",
            [
                "0:: not a whole gzip file (incorrect length check); copy it anew, or take .gz off its name if it is plain text"
            ],
            id="gz length",
        ),
        pytest.param(
            "j.csv.gz",
            GZIP + b"garbage",
            [
                "0:: not a whole gzip file (incorrect header check); copy it anew, or take .gz off its name if it is plain text"
            ],
            id="gz garbage",
        ),
        pytest.param(
            "j.csv.gz", b"", ["0:: the gzip file ends too early; it was cut off: copy it anew"], id="gz empty"
        ),
        pytest.param(
            "j.csv.gz",
            gzip.compress(GZIP),
            ["1:: the file is compressed with gzip; let its name end in .gz, or pipe it through gunzip -c"],
            id="gz in gz",
        ),
        pytest.param(
            "j.csv.gz",
            GZIP[:14] + b"\xff\xff\xff" + GZIP[17:],
            [
                "0:: not a whole gzip file (invalid distance too far back); copy it anew, or take .gz off its name if it is plain text"
            ],
            id="gz body",
        ),
        pytest.param(
            "j.txt",
            HEADER,
            [
                '0:: the name "j.txt" does not end in .csv or .jsonl (or with .gz behind that); rename it, or give --format csv or --format jsonl'
            ],
            id="txt",
        ),
        pytest.param(
            "csv",
            HEADER,
            [
                '0:: the name "csv" does not end in .csv or .jsonl (or with .gz behind that); rename it, or give --format csv or --format jsonl'
            ],
            id="noext",
        ),
        pytest.param(
            "j.json",
            b"{}",
            [
                '0:: the name "j.json" does not end in .csv or .jsonl (or with .gz behind that); write one object a line and call it .jsonl'
            ],
            id="json",
        ),
        pytest.param(
            "j.tsv",
            b"",
            [
                '0:: the name "j.tsv" does not end in .csv or .jsonl (or with .gz behind that); give --format csv --delimiter tab'
            ],
            id="tsv",
        ),
        pytest.param(
            "j.XLSX",
            b"",
            [
                '0:: the name "j.XLSX" does not end in .csv or .jsonl (or with .gz behind that); save it as "CSV UTF-8"'
            ],
            id="xlsx",
        ),
        pytest.param(
            "j.txt.gz",
            b"",
            [
                '0:: the name "j.txt.gz" does not end in .csv or .jsonl (or with .gz behind that); rename it, or give --format csv or --format jsonl'
            ],
            id="txt.gz",
        ),
    ],
)
def test_foreign_files_are_recognised(
    verdicts_of: Callable[..., list[str]], name: str, content: bytes, verdicts: list[str]
):
    """Archives, workbooks, broken gzip and unknown names are refused with what to do."""
    assert verdicts_of(name, content) == verdicts
