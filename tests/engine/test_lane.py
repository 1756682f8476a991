"""What a lane goes on with from an earlier launch."""

from runner.core.history import Past
from runner.core.pace import Pace
from runner.core.verdict import Verdict, VerdictKind
from runner.engine.lane import Lane

T0 = 1_800_000_000.0
LIMITED = Verdict(VerdictKind.LIMITED, wait_s=120.0)


def lane() -> Lane:
    """A lane of a launch that begins."""
    return Lane(None, Pace(20), useful_at=T0)


def test_a_wait_that_is_not_over_is_trouble():
    """A lane that waits for an earlier launch's Retry-After gets no useful answer so far."""
    waiting = lane()
    waiting.heed(Past(verdict=LIMITED, answered_at=T0 - 20.0), T0)
    assert (waiting.pace.not_before, waiting.troubled, waiting.limited) == (T0 + 100.0, True, True)


def test_what_is_over_says_nothing_of_the_lane():
    """A task that is taken up later neither ends a lane's trouble nor begins one."""
    for past in (Past(), Past(verdict=LIMITED, answered_at=T0 - 500.0)):
        well, troubled = lane(), lane()
        troubled.troubled = True
        well.heed(past, T0)
        troubled.heed(past, T0)
        assert (well.troubled, well.limited) == (False, False)
        assert (troubled.troubled, troubled.limited) == (True, False)
