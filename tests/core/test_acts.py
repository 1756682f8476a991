import pytest

from runner.core.acts import HoldKind, hold_kind
from runner.core.history import Past, fold
from runner.core.outcome import Outcome, Status
from tests.edge.checkpoint.making import done, sent, task_of

CREATE, CANCEL = task_of(1), task_of(1, keyed=False)
REJECTED = task_of(1, rejected="no such field")


def ended_as(status: Status, result_id: str | None = None) -> Past:
    """A past that was decided so."""
    return Past(attempts=1, outcome=Outcome(status, result_id=result_id))


@pytest.mark.parametrize(
    ("status", "created", "cancelled"),
    [
        (Status.SUCCEEDED, HoldKind.DONE, HoldKind.DONE),
        (Status.UNCHANGED, HoldKind.DONE, HoldKind.DONE),
        (Status.PARTIAL, HoldKind.IN_DOUBT, HoldKind.FREE),
        (Status.FAILED, HoldKind.FREE, HoldKind.FREE),
        (Status.UNKNOWN, HoldKind.IN_DOUBT, HoldKind.IN_DOUBT),
        (Status.ACCEPTED, HoldKind.IN_DOUBT, HoldKind.IN_DOUBT),
        (Status.REJECTED, HoldKind.FREE, HoldKind.FREE),
        (Status.NOT_ATTEMPTED, HoldKind.TO_DO, HoldKind.TO_DO),
    ],
)
def test_each_status_holds_as_the_contract_says(status: Status, created: HoldKind, cancelled: HoldKind):
    """Done, in doubt, to do or free, for a creation without an id and for a cancel."""
    assert hold_kind(CREATE, ended_as(status), ended=False) is created
    assert hold_kind(CANCEL, ended_as(status), ended=False) is cancelled


@pytest.mark.parametrize("status", [Status.PARTIAL, Status.FAILED, Status.ACCEPTED, Status.UNKNOWN])
def test_a_created_bill_run_whose_id_is_known_is_done(status: Status):
    """Whatever becomes of it, it is not created again."""
    assert hold_kind(CREATE, ended_as(status, "id"), ended=False) is HoldKind.DONE
    succeeded = fold([sent(1), done(1)])._replace(outcome=Outcome(status))
    assert hold_kind(CREATE, succeeded, ended=True) is HoldKind.DONE
    assert hold_kind(CANCEL, ended_as(Status.FAILED, "id"), ended=False) is HoldKind.FREE


def test_an_ended_run_frees_what_it_did_not_attempt():
    """It keeps what is in doubt, and gives up what it never sent."""
    assert hold_kind(CREATE, Past(), ended=False) is HoldKind.TO_DO
    assert hold_kind(CREATE, Past(), ended=True) is HoldKind.FREE
    assert hold_kind(CREATE, fold([sent(1)]), ended=True) is HoldKind.IN_DOUBT
    assert hold_kind(REJECTED, Past(), ended=False) is HoldKind.FREE
