import json
import stat
from pathlib import Path

import pytest

from runner.sandbox.record import EFFECTS, JOURNAL, Record, RecordDamagedError
from runner.sandbox.state import JsonObject
from tests.sandbox.rig import AD_HOC, BEGINNING, Rig

RUN = "/v1/journal-runs/JR-00000075"


def written(directory: Path) -> Rig:
    """A tenant with three effects, one of them detached charges, recorded in a directory."""
    rig = Rig()
    rig.post(AD_HOC, Idempotency_Key="k")
    rig.put(f"{RUN}/cancel")
    item = {"orderKey": "O-1", "subscriptionKey": "A-S1", "chargeNumbers": ["C-1"]}
    rig.put("/v1/invoice-schedules/IS-1/detach", {"specificSubscriptions": [item]})
    record = Record(directory, BEGINNING)
    record.write(rig.events)
    record.close()
    return rig


def replayed(directory: Path) -> list[JsonObject]:
    """The events of a directory."""
    events: list[JsonObject] = []
    record = Record(directory, BEGINNING)
    record.replay(events.append)
    record.close()
    return events


def effect_numbers(directory: Path) -> list[int]:
    """The numbers in effects.jsonl."""
    return [json.loads(line)["n"] for line in (directory / EFFECTS).read_text().splitlines()]


def test_a_tenant_comes_back_from_its_journal(tmp_path: Path):
    """A new process shows the same runs, refuses the same repetition, and numbers its effects on."""
    rig = written(tmp_path)
    rig.events = replayed(tmp_path)
    reborn = rig.reborn().after(20)
    assert reborn.get(RUN).body["status"] == "Cancelled"
    assert (
        reborn.get("/object-query/billing-runs?filter[]=name.EQ:month%20end").body["data"][0]["status"]
        == "Completed"
    )
    item = {"orderKey": "O-1", "subscriptionKey": "A-S1", "chargeNumbers": ["C-1"]}
    assert reborn.put("/v1/invoice-schedules/IS-1/detach", {"specificSubscriptions": [item]}).category == 30
    assert reborn.post(AD_HOC).body["billRunNumber"] == "BR-50000002"
    assert reborn.effects[-1]["n"] == 4


def test_the_asynchronous_clock_goes_on_over_a_restart():
    """A run that was in its queue when the process died is further on when it is back."""
    rig = Rig()
    run_id = rig.post(AD_HOC).body["id"]
    reborn = rig.reborn().after(60)
    assert reborn.get(f"/v1/bill-runs/{run_id}").body["status"] == "Completed"


def test_torn_last_lines_are_cut_off(tmp_path: Path):
    """A line that a kill left without its end is forgotten in both files."""
    written(tmp_path)
    for name in (JOURNAL, EFFECTS):
        with (tmp_path / name).open("ab") as file:
            file.write(b'{"n": 4, "at"')
    assert len(replayed(tmp_path)) == 3
    assert effect_numbers(tmp_path) == [1, 2, 3]


@pytest.mark.parametrize("kept", [0, 1, 2])
def test_effects_are_completed_from_the_journal(tmp_path: Path, kept: int):
    """Effects that a kill kept from their file are written at the next start, each once."""
    written(tmp_path)
    lines = (tmp_path / EFFECTS).read_text().splitlines(keepends=True)
    (tmp_path / EFFECTS).write_text("".join(lines[:kept]))
    replayed(tmp_path)
    assert effect_numbers(tmp_path) == [1, 2, 3]
    replayed(tmp_path)
    assert effect_numbers(tmp_path) == [1, 2, 3]


def test_a_damaged_line_in_the_middle_stops_the_tenant(tmp_path: Path):
    """A line that cannot be read and is not the last is named."""
    written(tmp_path)
    lines = (tmp_path / JOURNAL).read_bytes().splitlines(keepends=True)
    (tmp_path / JOURNAL).write_bytes(b"".join([lines[0], b"x" + lines[1], *lines[2:]]))
    with pytest.raises(RecordDamagedError, match="line 2"):
        replayed(tmp_path)


def test_files_are_for_their_owner_alone(tmp_path: Path):
    """The directory is 0700 and its files are 0600."""
    written(tmp_path / "t")
    assert stat.S_IMODE((tmp_path / "t").stat().st_mode) == 0o700
    for name in (JOURNAL, EFFECTS):
        assert stat.S_IMODE((tmp_path / "t" / name).stat().st_mode) == 0o600


def test_each_new_tenant_has_another_id(tmp_path: Path):
    """A tenant's id is made with its state, and stays with it."""
    first, second = Record(tmp_path / "a", BEGINNING), Record(tmp_path / "b", BEGINNING)
    again = Record(tmp_path / "a", BEGINNING + 1)
    assert first.birth.id != second.birth.id
    assert first.birth == again.birth
    for record in (first, second, again):
        record.close()
