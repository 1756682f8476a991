# ruff: noqa: E501 - a message stands on one line, as its reader sees it
from collections.abc import Callable

import pytest

HEADER = b"operation,billRunId\n"


@pytest.mark.parametrize(
    ("name", "content", "verdicts"),
    [
        pytest.param(
            "j.jsonl",
            HEADER + b"a,b\n",
            [
                "1:: not JSON: Expecting value at character 1; is this CSV? then give --format csv",
                "2:: not JSON: Expecting value at character 1",
            ],
            id="jsonl csv",
        ),
        pytest.param(
            "j.jsonl",
            b'[{"a":1}]\n',
            ["1:: expected one JSON object on this line, found a list"],
            id="jsonl array",
        ),
        pytest.param(
            "j.jsonl",
            b'{\n"a": 1\n}\n',
            [
                "1:: not JSON: Expecting property name enclosed in double quotes at character 2",
                "2:: not JSON: Extra data at character 4",
                "3:: not JSON: Expecting value at character 1",
            ],
            id="jsonl pretty",
        ),
        pytest.param(
            "j.jsonl", b'{"a":1} {"a":2}\n', ["1:: not JSON: Extra data at character 9"], id="jsonl two"
        ),
        pytest.param(
            "j.jsonl",
            b'{"a":1,}\n',
            ["1:: not JSON: Expecting property name enclosed in double quotes at character 8"],
            id="jsonl trailing comma",
        ),
        pytest.param(
            "j.jsonl",
            b'{"a":1,"a":2}\n',
            ['1:: not JSON: the key "a" stands twice in one object'],
            id="jsonl dup",
        ),
        pytest.param(
            "j.jsonl",
            b'{"a":NaN}\n{"a":1e400}\n{"a":"\\ud800"}\n{"a":-Infinity}\n',
            [
                "1:: not JSON: NaN is not JSON",
                "2:: not JSON: the number 1e400 is out of range",
                "3:: not JSON: a lone surrogate (half of a character) in a string",
                "4:: not JSON: -Infinity is not JSON",
            ],
            id="jsonl nan",
        ),
        pytest.param(
            "j.jsonl",
            b'{"a":' + b"[" * 40 + b"]" * 40 + b"}\n",
            ["1:: not JSON: nested deeper than 32 levels"],
            id="jsonl deep",
        ),
        pytest.param(
            "j.jsonl",
            b"[" * 100000 + b"\n",
            ["1:: not JSON: nested deeper than 32 levels"],
            id="jsonl very deep",
        ),
        pytest.param(
            "j.jsonl",
            b'{"a":' + b"9" * 5000 + b"}\n",
            ["1:: not JSON: a number of more than 400 digits"],
            id="jsonl digits",
        ),
        pytest.param(
            "j.jsonl",
            b'{"operation": "x}\n',
            ["1:: not JSON: Unterminated string starting at at character 15"],
            id="jsonl open string",
        ),
        pytest.param(
            "j.jsonl",
            b'1\n"x"\nnull\ntrue\n',
            [
                "1:: expected one JSON object on this line, found a number; is this CSV? then give --format csv",
                "2:: expected one JSON object on this line, found a string",
                "3:: expected one JSON object on this line, found null",
                "4:: expected one JSON object on this line, found a boolean",
            ],
            id="jsonl scalar",
        ),
        pytest.param(
            "j.jsonl",
            b'{"a":"\x1b"}\n',
            ["1:: not JSON: Invalid control character at at character 7"],
            id="jsonl ctrl",
        ),
        pytest.param(
            "j.jsonl",
            '{"\u202e\x7f":1,"\u202e\x7f":2}\n'.encode(),
            ['1:: not JSON: the key "\\u202e\\x7f" stands twice in one object'],
            id="jsonl hostile key",
        ),
        pytest.param(
            "j.jsonl",
            b'{"a":"\0"}\n',
            ["1:: a NUL at byte 7 of the line; this is no text file, or it is damaged"],
            id="jsonl nul",
        ),
        pytest.param(
            "j.jsonl",
            b"\xef\xbb\xbf" * 2 + b"{}\n",
            ["1:: not JSON: Expecting value at character 1; is this CSV? then give --format csv"],
            id="jsonl bom2",
        ),
        pytest.param(
            "j.jsonl",
            b"",
            ["0:: 0 rows: the file has nothing in it; add rows, or give --allow-empty"],
            id="jsonl empty",
        ),
    ],
)
def test_damaged_jsonl_is_refused(
    verdicts_of: Callable[..., list[str]], name: str, content: bytes, verdicts: list[str]
):
    """A line that is not one sound JSON object is refused with its number, and the next one is read."""
    assert verdicts_of(name, content) == verdicts
