# ruff: noqa: E501 - a message stands on one line, as its reader sees it
from collections.abc import Callable

import pytest

HEADER = b"operation,billRunId\n"


@pytest.mark.parametrize(
    ("name", "content", "verdicts"),
    [
        pytest.param(
            "j.csv",
            b"operation;billRunId\na;b\n",
            ["1:: no known column name in \"operation;billRunId\"; give --delimiter ';'"],
            id="semicolon",
        ),
        pytest.param(
            "j.csv",
            b'"operation";"billRunId"\na;b\n',
            ['1:: no header row in ""operation";"billRunId""; give --delimiter \';\''],
            id="semicolon quoted",
        ),
        pytest.param(
            "j.csv",
            b"operation\tbillRunId\n",
            ['1:: no known column name in "operation\\x09billRunId"; give --delimiter tab'],
            id="tab",
        ),
        pytest.param(
            "j.csv",
            b"operation|billRunId\n",
            [
                '1:: no known column name in "operation|billRunId"; | is no delimiter here; separate by , or ; or tab'
            ],
            id="pipe",
        ),
        pytest.param(
            "j.csv",
            b"Operation,BillRunID\n",
            [
                '1:: no known column name in "Operation,BillRunID"; expected a header row such as operation,custom_id,...; did you mean "operation"?'
            ],
            id="typo names",
        ),
        pytest.param(
            "j.csv",
            b"foo,bar\n",
            ['1:: no known column name in "foo,bar"; expected a header row such as operation,custom_id,...'],
            id="no idea",
        ),
        pytest.param(
            "j.csv",
            b"cancel_bill_run,2c92\n",
            [
                '1:: no known column name in "cancel_bill_run,2c92"; expected a header row such as operation,custom_id,...'
            ],
            id="no header",
        ),
        pytest.param(
            "j.csv",
            b"#run,#task\n",
            [
                '1:: no known column name in "#run,#task"; expected a header row such as operation,custom_id,...'
            ],
            id="only #",
        ),
        pytest.param(
            "j.csv",
            b'{"operation":"x"}\n',
            ['1:: no header row in "{"operation":"x"}"; is this JSONL? then give --format jsonl'],
            id="jsonl as csv",
        ),
        pytest.param(
            "j.csv",
            b"sep=,\n" + HEADER,
            ['1:: a line "sep=," for Excel, expected the header; delete this line'],
            id="sep",
        ),
        pytest.param(
            "j.csv",
            b"SEP=;\r\n" + HEADER,
            [
                "1:: a line \"SEP=;\" for Excel, expected the header; delete this line, and give --delimiter ';'"
            ],
            id="SEP ;",
        ),
        pytest.param(
            "j.csv",
            b'"sep=\t"\n' + HEADER,
            [
                '1:: a line ""sep=\\x09"" for Excel, expected the header; delete this line, and give --delimiter tab'
            ],
            id="sep quoted",
        ),
        pytest.param(
            "j.csv",
            b"operation,billRunId,operation,operation\n",
            ['1:operation: "operation" names 3 columns; rename or delete all but one'],
            id="dup",
        ),
        pytest.param(
            "j.csv",
            b"operation,,billRunId,\n",
            [
                "1:: column 2 has no name; delete the column, or name it (# first: it is not read)",
                "1:: column 4 has no name; delete the column, or name it (# first: it is not read)",
            ],
            id="empty name",
        ),
        pytest.param(
            "j.csv",
            b"operation, billRunId\n",
            ['1:: column 2: " billRunId" has a blank at one end; delete it'],
            id="blank in name",
        ),
        pytest.param(
            "j.csv",
            "operation,billRunId\u00a0\n".encode(),
            ['1:: column 2: "billRunId\\xa0" holds a character that is not seen; delete it'],
            id="nbsp in name",
        ),
        pytest.param(
            "j.csv",
            b'operation,"bill\nRunId"\n',
            ['1:: column 2: "bill\\x0aRunId" holds a character that is not seen; delete it'],
            id="newline in name",
        ),
        pytest.param(
            "j.csv",
            b"operation," + b"n" * 256 + b"\n",
            ["1:: column 2: a name of 256 characters, at most 255; shorten it"],
            id="long name",
        ),
        pytest.param(
            "j.csv",
            b'operation,"billRunId\na,b\n',
            [
                "1:: column 2 of the header: the quote that opens this cell is never closed; close it, or double it"
            ],
            id="header unterminated",
        ),
        pytest.param(
            "j.csv",
            HEADER + b"a,b,c\na,b\na\n\n,,\n",
            [
                "2:: 3 cells, expected 2 as in the header; put quotes around a cell that holds a comma",
                "row 2 at line 3",
                "4:: 1 cell, expected 2 as in the header; is the delimiter another one in this line?",
                "6:: 3 cells, expected 2 as in the header; put quotes around a cell that holds a comma",
            ],
            id="ragged",
        ),
        pytest.param(
            "j.csv",
            HEADER + b'a,b\na,"b\nc,d\ne,f\n',
            [
                "row 1 at line 2",
                "3:billRunId: the quote that opens this cell is never closed; close it, or double it",
            ],
            id="unterminated",
        ),
        pytest.param(
            "j.csv",
            HEADER + b'a,"',
            ["2:billRunId: the quote that opens this cell is never closed; close it, or double it"],
            id="unterminated eof",
        ),
        pytest.param(
            "j.csv",
            HEADER + b'a,"b"c\na,b\n"x" ,y\n',
            [
                '2:billRunId: text after the closing quote of a cell; double the quotes inside the cell ("a ""b"" c"), or delete what follows',
                "row 2 at line 3",
                '4:operation: text after the closing quote of a cell; double the quotes inside the cell ("a ""b"" c"), or delete what follows',
            ],
            id="text after",
        ),
        pytest.param(
            "j.csv",
            HEADER + b'a,"b\nc,d\nd,"e\nf,g\n',
            [
                '4:billRunId: text after the closing quote of a cell of line 2; double the quotes inside the cell ("a ""b"" c"), or delete what follows'
            ],
            id="stray opens far",
        ),
        pytest.param(
            "j.csv",
            HEADER + b'a,5" pipe\na,b\n',
            [
                '2:billRunId: a quote inside a cell that does not begin with one; put quotes around the whole cell and double the inner ones ("a ""b"" c")',
                "row 2 at line 3",
            ],
            id="quote inside",
        ),
        pytest.param(
            "j.csv",
            HEADER + b'a,[{"b":1}]\n',
            [
                '2:billRunId: a quote inside a cell that does not begin with one; put quotes around the whole cell and double the inner ones ("a ""b"" c")'
            ],
            id="unquoted json",
        ),
        pytest.param(
            "j.csv",
            HEADER + b'a,"' + b"line\n" * 300000 + b'"\n',
            [
                "2:billRunId: the row grows beyond 1 MiB, since the quote that opens this cell is not closed; close it"
            ],
            id="quoted record too long",
        ),
    ],
)
def test_damaged_csv_is_refused(
    verdicts_of: Callable[..., list[str]], name: str, content: bytes, verdicts: list[str]
):
    """Damaged CSV is refused with line, column and what to do; reading goes on where it can."""
    assert verdicts_of(name, content) == verdicts
