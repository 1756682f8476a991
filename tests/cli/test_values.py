import pytest

from runner.cli.values import Delimiter, Duration, Failures, Line, Place, Rate, RunId, Whole
from runner.core.options import FailureLimit


@pytest.mark.parametrize(
    ("value", "text", "found"),
    [
        (Rate(), "300/minute", 300),
        (Rate(), "0/minute", None),
        (Rate(), "300", None),
        (Rate(), "3.5/minute", None),
        (Duration(), "90m", 5400.0),
        (Duration(), "2h", 7200.0),
        (Duration(), "45s", 45.0),
        (Duration(), "1h30m", 5400.0),
        (Duration(), "0s", None),
        (Duration(), "", None),
        (Duration(), "90", None),
        (Failures(), "20", FailureLimit(count=20, percent=None)),
        (Failures(), "0", FailureLimit(count=0, percent=None)),
        (Failures(), "2.5%", FailureLimit(count=None, percent=2.5)),
        (Failures(), "100%", FailureLimit(count=None, percent=100.0)),
        (Failures(), "101%", None),
        (Failures(), "many", None),
        (Delimiter(), "tab", "\t"),
        (Delimiter(), ";", ";"),
        (Delimiter(), "|", None),
        (RunId(), "2026-11.a_b", "2026-11.a_b"),
        (RunId(), ".hidden", None),
        (RunId(), "a/b", None),
        (Whole(), "1", 1),
        (Whole(), "0", None),
        (Whole(20), "20", 20),
        (Whole(20), "21", None),
        (Whole(), "\uff11", None),
        (Line(), "a label", "a label"),
        (Line(), " a", None),
        (Line(), "a\nb", None),
        (Line(), "x" * 201, None),
        (Place(), "jobs/x.csv", "jobs/x.csv"),
        (Place(), "", None),
        (Place(), "jobs/\udcff.csv", None),
        (Place(), "a\0b", None),
    ],
)
def test_values(value, text, found):
    """Each kind of value takes what it says it expects, at both sides of its bounds, and nothing else."""
    assert value.read(text) == found


def test_refusal_says_what_is_expected(call):
    """A bad value is refused with what was found and what is expected."""
    said = call("run", "job.csv", "--rate", "fast")
    assert said.code == 2
    assert "'--rate'" in said.err
    assert "expected N/minute, such as 300/minute" in said.err
