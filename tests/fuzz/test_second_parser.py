"""The second parser by itself: on files whose meaning is certain, and without a look at the runner."""

import ast
import gzip
from decimal import Decimal
from pathlib import Path

import pytest

from tests.fuzz.secondjob import judgement_on
from tests.fuzz.secondjson import Value
from tests.fuzz.secondparser import NO_LINE, Cells, Manner, second_reading
from tests.fuzz.secondscopes import World

CSV, JSONL, GZIP = Manner(), Manner(jsonl=True), Manner(gzipped=True)
HEAD = b"operation,name\n"
ID = "0123456789abcdefABCDEF0123456789"


def _nested(depth: int) -> Value:
    return [] if depth == 1 else [_nested(depth - 1)]


@pytest.mark.parametrize(
    ("manner", "content", "rows"),
    [
        (CSV, HEAD + b"a,b\r\n\n \t\nc,", [(2, ["a", "b"]), (5, ["c", ""])]),
        (
            CSV,
            b"\xef\xbb\xbf" + HEAD + b'"a\n\nb","c ""d"""\n" e",f \n',
            [(2, ["a\n\nb", 'c "d"']), (5, [" e", "f "])],
        ),
        (CSV, HEAD + b"a\na,b,c\n,\n", [(2, None), (3, None), (4, ["", ""])]),
        (CSV, HEAD + "a\u2028,\x0b\x0c\n".encode(), [(2, ["a\u2028", "\x0b\x0c"])]),
        (Manner(delimiter=";"), b"operation;name\na,b;c\n", [(2, ["a,b", "c"])]),
        (Manner(delimiter="\t"), b"operation\tname\n\t\n", [(2, ["", ""])]),
        (
            JSONL,
            b'\n{"a":1.10,"b":[-0,null],"c":"\\ud83d\\ude00"}\r\n[]\n',
            [(2, {"a": Decimal("1.10"), "b": [0, None], "c": "\U0001f600"}), (3, None)],
        ),
        (
            JSONL,
            b'{"a":1,"\\u0061":2}\n{"a":NaN}\n{"a":1E400}\n{"a":"\\ud800"}\n{"a":01}\n',
            [(line, None) for line in range(1, 6)],
        ),
        (
            JSONL,
            b"[" * 100_000 + b'\n{"a":' + b"[" * 31 + b"]" * 31 + b"}",
            [(1, None), (2, {"a": _nested(31)})],
        ),
        (
            JSONL,
            b'{"a":' + b"9" * 5000 + b'}\n{"a":' + b"9" * 23 + b"}\n",
            [(1, None), (2, {"a": 10**23 - 1})],
        ),
        (GZIP, gzip.compress(HEAD, mtime=0) + gzip.compress(b"a,b\n", mtime=0) + b"\0\0", [(2, ["a", "b"])]),
    ],
)
def test_rows_are_those_that_stand_there(manner: Manner, content: bytes, rows: list[tuple[int, Cells]]):
    """The rows of a sound file, with their lines and cells; rows that have not the shape of one are told."""
    reading = second_reading(content, manner)
    assert (reading.rows, reading.refused) == (rows, None)


@pytest.mark.parametrize(
    ("manner", "content", "line"),
    [
        (CSV, HEAD + b"a,b\nc,\xff\n", 3),
        (CSV, HEAD + b"a,\0\n", 2),
        (CSV, HEAD + b"a,b\rc,d\n", 2),
        (CSV, HEAD + b"a,b\r", 2),
        (CSV, HEAD + b"a," + b"x" * 1024 * 1024 + b"\n", 2),
        (CSV, HEAD + b'a,"b\nc,d\n', 2),
        (CSV, HEAD + b'a,b\na,"b"c\n', 3),
        (CSV, HEAD + b'a,b"c\n', 2),
        (CSV, HEAD + b'a,"b\nc\n\xff', 4),
        (CSV, b"\n\nname;operation\n", 3),
        (CSV, b"operation,name,name\n", 1),
        (CSV, b"operation,\n", 1),
        (CSV, b"operation, name\n", 1),
        (CSV, b"sep=,\noperation,name\n", 1),
        (CSV, HEAD, 0),
        (CSV, b"", 0),
        (JSONL, b" \n\t\n", 0),
        (CSV, HEAD.decode().encode("utf-16"), 1),
        (CSV, HEAD.decode().encode("utf-16-le"), 1),
        (CSV, b"PK\x03\x04", 1),
        (GZIP, gzip.compress(HEAD + b"a,b\n", mtime=0)[:-1], NO_LINE),
        (GZIP, gzip.compress(HEAD + b"a,b\n", mtime=0) + b"x", NO_LINE),
        (GZIP, HEAD + b"a,b\n", NO_LINE),
    ],
)
def test_file_that_is_none_is_refused_at_its_line(manner: Manner, content: bytes, line: int):
    """Each kind of damage by which rows are no longer sure refuses the whole file, and tells where."""
    assert second_reading(content, manner).refused == line


@pytest.mark.parametrize(
    ("rows", "wrong", "later"),
    [
        (f"cancel_bill_run,{ID},,,\ncancel_bill_run,{ID.lower()},true,,\n", {}, {3}),
        (f"cancel_bill_run,{ID}0,,,\ncancel_bill_run,,,,\n", {2: {"billRunId"}, 3: set()}, set()),
        ("cancel_journal_run,,,JR-12345678,\ncancel_journal_run,,,JR-1234567,\n", {3: {"jr-number"}}, set()),
        ("cancel_journal_run,,,JR-12345678,2026-02-29\n", {2: {"targetDate"}}, set()),
        (f"cancel_bill_run,{ID},yes,,\ncancel_bill_rum,,,,\n", {2: {"cancelOnce"}, 3: {"operation"}}, set()),
    ],
)
def test_rows_are_judged_by_the_contract(rows: str, wrong: dict[int, set[str]], later: set[int]):
    """Cells that do not fit, and rows that repeat an earlier one, are told by line and column."""
    content = f"operation,billRunId,cancelOnce,jr-number,targetDate\n{rows}".encode()
    judgement = judgement_on(second_reading(content, CSV), World(), is_csv=True, may_repeat=False)
    assert {each.line: each.wrong for each in judgement.verdicts if not each.right} == wrong
    assert judgement.later == later


def test_contradiction_is_seen():
    """One bill run with both values of cancelOnce is a contradiction, in whatever case its id is written."""
    content = f"operation,billRunId,cancelOnce\ncancel_bill_run,{ID},\ncancel_bill_run,{ID.upper()},false\n"
    reading = second_reading(content.encode(), CSV)
    judgement = judgement_on(reading, World(), is_csv=True, may_repeat=True)
    assert judgement.contradicting == [frozenset({2, 3})]
    assert judgement.left_out == {2, 3}


def test_second_parser_shares_nothing_with_the_runner():
    """What judges the runner imports none of it, directly or through another module of the fuzzer."""
    here = Path(__file__).parent
    paths = [*here.glob("second*.py"), here / "names.py"]
    judges = {f"tests.fuzz.{path.stem}" for path in paths}
    for path in paths:
        tree = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        wanted = {node.module or "" for node in tree if isinstance(node, ast.ImportFrom)}
        assert not any(name.startswith("runner") for name in wanted)
        assert {name for name in wanted if name.startswith("tests")} <= judges
