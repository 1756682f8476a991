"""Storage that fails under a whole command: while it plans, sends, and derives the files."""

import pytest

from tests.storage.commands import Office
from tests.storage.disk import Fault, failing_disk
from tests.storage.homes import home
from tests.storage.nights import nights

BATCH = 12


@pytest.mark.parametrize("batch", range(3))
def test_a_command_whose_storage_fails_ends_with_5_and_is_made_good_by_the_next(batch: int):
    """Whatever fails: 5, and the file is named; the same command then ends the run, nothing done twice."""
    swept = nights(BATCH, first=batch * BATCH)
    assert swept.words == []
    assert swept.figures["cases"] == BATCH


@pytest.mark.parametrize("kind", ["denied", "fixed", "full", "io"])
def test_a_place_that_bears_no_file_is_refused_before_anything_is_sent(kind: str):
    """No permission, a read-only disk, a full one: 5, the place is named, and nothing was asked."""
    with home("place") as place, failing_disk(for_all=True) as disk:
        office = Office(place / "office", disk)
        disk.arm(office.runs, Fault(1, kind, for_ever=True))
        said = office.begin()
        assert said.code == 5
        assert str(office.runs) in said.err
        assert office.door.requests == 0
        assert not office.run.exists()


def test_files_that_cannot_be_derived_do_not_stop_the_run():
    """Where the ledger cannot be written the run goes on, ends with 5; `results` writes it all later."""
    with home("ledger") as place, failing_disk(for_all=True) as disk:
        office = Office(place / "office", disk)
        disk.arm(office.runs, None)
        disk.only = ".part"
        disk.fault = Fault(1, "full", for_ever=True)
        said = office.begin()
        disk.disarm()
        assert said.code == 5
        assert "ledger" in said.err
        assert len(office.tenant.effects) == len(office.rows)
        assert office.derived() == {}
        assert office.call("results", "night", *office.site).code == 0
        first = office.derived()
        assert {"ledger.jsonl", "succeeded.csv", "summary.json", "report.html"} <= set(first)
        assert office.call("results", "night", *office.site).code == 0
        assert office.derived() == first
        assert office.call("verify", "night", *office.site).code == 0
