import json
import stat
from pathlib import Path

import click
import pytest

from runner.cli.console import Terminal
from runner.cli.faults import EXIT_ORDER, code_of, explain, worst
from runner.core.fault import UserFault
from runner.core.options import Voice
from runner.core.ports import StorageFault


def raised(fault: Exception) -> Exception:
    """The fault with a traceback, in which a local value stands."""
    try:
        fail(fault, secret="not " + "shown")
    except Exception as caught:  # noqa: BLE001 - any of them
        return caught
    raise AssertionError


def fail(fault: Exception, secret: str) -> None:
    """Raise it."""
    assert secret
    raise fault


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (UserFault("no"), 2),
        (UserFault("held", exit_code=6), 6),
        (StorageFault("full"), 5),
        (KeyboardInterrupt(), 130),
        (click.exceptions.Abort(), 130),
        (click.UsageError("what?"), 2),
        (ValueError("a bug"), 70),
        (ExceptionGroup("some", [UserFault("no"), ExceptionGroup("in", [StorageFault("full")])]), 5),
        (BaseExceptionGroup("some", [StorageFault("full"), KeyboardInterrupt()]), 130),
        (ExceptionGroup("some", [StorageFault("full"), ValueError("a bug")]), 70),
    ],
)
def test_codes(fault, code):
    """Each fault has its code by the contract; of several, the first in the contract's order."""
    assert code_of(fault) == code


def test_order_of_codes():
    """The order is the contract's."""
    assert EXIT_ORDER == (130, 70, 5, 6, 2, 7, 4, 3, 1, 0)
    assert worst([1, 4, 7, 0]) == 7
    assert worst([]) == 0


def test_user_fault_is_told_with_its_hint(capsys):
    """What the user has to put right is told with what to type, on standard error alone."""
    assert explain(UserFault("no such tenant", hint="type this"), Terminal()) == 2
    said = capsys.readouterr()
    assert (said.out, said.err) == ("", "error: no such tenant\nhint: type this\n")


def test_untrusted_text_cannot_move_the_cursor(capsys):
    """Control codes in a message are shown, not obeyed."""
    explain(UserFault("file \x1b[2J\u202e.csv"), Terminal())
    assert "file \\x1b[2J\\u202e.csv" in capsys.readouterr().err


def test_own_fault_shows_no_traceback(capsys, tmp_path):
    """A fault of the program names a private file with the traceback, without values of locals."""
    fault = raised(ValueError("a bug"))
    assert explain(fault, Terminal(runs_dir=str(tmp_path))) == 70
    said = capsys.readouterr().err
    assert "Traceback" not in said
    assert "the checkpoint is intact" in said
    (path,) = tmp_path.glob("fault-*.txt")
    assert str(path) in said
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    kept = path.read_text()
    assert "ValueError: a bug" in kept
    assert "not shown" not in kept


def test_own_fault_without_a_runs_directory(capsys, tmp_path):
    """Where there is no runs directory, the traceback goes to the temporary one."""
    assert explain(raised(ValueError("a bug")), Terminal(runs_dir=str(tmp_path / "none"))) == 70
    path = Path(capsys.readouterr().err.rpartition("details: ")[2].strip())
    assert path.is_file()
    path.unlink()


def test_with_json_a_refusal_is_a_document(capsys):
    """With --json what was refused stands on standard output, for a program to read."""
    explain(UserFault("no"), Terminal(Voice(json=True)))
    assert json.loads(capsys.readouterr().out) == {"exit_code": 2, "message": "no", "problems": []}
