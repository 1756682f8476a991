from pathlib import Path

import pytest

from tests.security.bombs import DOCUMENTS, REPLIES, judged, measured
from tests.security.calling import cancel, placed
from tests.security.hostile import Tenant, grant, refusal


@pytest.mark.parametrize(("kind", "count_min"), [("reply", len(REPLIES) + len(DOCUMENTS)), ("job", 9)])
def test_bombs_are_bounded(kind: str, count_min: int):
    """No reply and no job file costs more than 16 MiB or some seconds, or proves anything."""
    costs = measured(kind)
    assert [wrong for cost in costs for wrong in judged(cost)] == []
    assert len(costs) >= count_min


def test_a_long_message_is_kept_short(tmp_path: Path):
    """Of a reason of a megabyte some thousand characters are kept, so that no run grows by it."""
    answer = refusal(58730030, "m" * 1_000_000)
    with placed(tmp_path) as place, Tenant(lambda _: answer, lambda _: grant("t0ken-of-this-test")) as tenant:
        place.tenant(tenant.origin)
        place.credentials("secret-of-this-test")
        job = place.job("job.jsonl", [cancel(number) for number in range(5)])
        assert place.call("run", job, "--yes", "--no-preflight").code == 1
        files = {path.name: path.stat().st_size for path in place.run_directory().iterdir()}
    assert files["ledger.jsonl"] > 5 * 4000
    assert sum(files.values()) < 500_000
