"""`kill -9` at any moment, the real program, the tenant living on; what comes of it before the judge."""

import json
import random
from collections import Counter
from pathlib import Path

import apsw
import pytest

from tests.kill.ground import lay_out
from tests.kill.nights import FINISHED, Torture, torture
from tests.kill.program import Program, program_in
from tests.kill.verdicts import WRONG, judge
from tests.kill.watch import sent_so_far, wait_until

REFUSED = 2
pytestmark = [pytest.mark.timeout(400), pytest.mark.xdist_group("kill")]


def kill(program: Program, *arguments: str, when_sent: int, run_id: str) -> None:
    """Start the program, and kill it as soon as so many writes stand in the checkpoint."""
    process = program.start(*arguments)
    try:
        wait_until(lambda: sent_so_far(program.runs / run_id) >= when_sent or process.poll() is not None)
        assert process.poll() is None, process.communicate()[0]
    finally:
        process.kill()
        process.communicate()


def wrong(counts: Counter[str]) -> dict[str, int]:
    """What the judge found, without what it did not."""
    return {name: counts[name] for name in WRONG if counts[name]}


def test_twenty_kills_over_1500_operations_lose_nothing_and_repeat_nothing(tmp_path: Path):
    """Killed 20 times at random, every operation is done once and every line of the ledger is true."""
    done = torture(tmp_path, Torture(kills=20, operations=1500, seed=1))
    assert done.words == []
    assert done.killed == 20
    assert done.counts["tasks"] >= 1500


def test_a_kill_before_the_plan_is_committed_leaves_nothing_behind(tmp_path: Path):
    """`resume` refuses (2) and sends nothing, and `run --run-id` takes the directory again."""
    (job,) = lay_out(tmp_path, jobs=1, operations=400, seed=2)
    with program_in(tmp_path) as program:
        run, refused = program.runs / "night", 0
        for _ in range(3):
            process = program.start("run", str(job), "--run-id", "night")
            wait_until((run / "lock").exists)
            process.kill()
            process.communicate()
            if sent_so_far(run):
                break  # this kill came later than the plan
            ended = program.run("resume", "night")
            if ended.code != REFUSED:
                break  # as late as the plan
            refused += 1
            assert "it has sent nothing" in ended.out
            assert (program.tenant / "effects.jsonl").read_text() == ""
        ended = program.run("run", str(job), "--run-id", "night")
        assert ended.code in FINISHED, ended.out
        assert refused
        assert wrong(judge(run, program.tenant)[0]) == {}


def test_a_kill_between_two_groups_of_writes_is_an_ordinary_past(tmp_path: Path):
    """Killed while some writes are on disk as sent and others not, also while that is being resumed."""
    (job,) = lay_out(tmp_path, jobs=1, operations=60, seed=3)
    chance = random.Random(3)  # noqa: S311 - a test, no secret
    with program_in(tmp_path) as program:
        kill(program, "run", str(job), "--run-id", "night", when_sent=1, run_id="night")
        for _ in range(2):
            more = sent_so_far(program.runs / "night") + chance.randint(1, 9)
            kill(program, "resume", "night", when_sent=more, run_id="night")
        ended = program.run("resume", "night")
        while ended.code in {3, 4}:
            ended = program.run("resume", "night")
        assert ended.code in FINISHED, ended.out
        counts, words = judge(program.runs / "night", program.tenant)
        assert wrong(counts) == {}, words


def test_the_judge_sees_what_is_wrong(tmp_path: Path):
    """Each sort of wrong is found in a forged run: otherwise all those zeros would mean nothing."""
    run, tenant = tmp_path / "run", tmp_path / "tenant"
    run.mkdir()
    tenant.mkdir()
    database = apsw.Connection(str(run / "checkpoint.db"))
    database.execute("CREATE TABLE task (number, operation, entity, orgs, target, body)")
    for number in range(1, 8):
        database.execute(
            "INSERT INTO task VALUES (?, 'cancel_bill_run', 'e', 'o', ?, x'7b7d')", (number, f"t{number}")
        )
    database.close()
    effects = [_effect("t2"), _effect("t2"), _effect("t3"), _effect("t4"), _effect("t6")]
    ledger = [
        _line(1, "succeeded", "Canceled"), _line(2, "succeeded", "Canceled"), _line(3, "failed", None),
        _line(4, "succeeded", "CancelInProgress"), _line(6, "unknown", None), _line(7, "failed", None),
    ]  # fmt: skip
    (tenant / "effects.jsonl").write_text("".join(f"{json.dumps(each)}\n" for each in effects))
    (run / "ledger.jsonl").write_text("".join(f"{json.dumps(each)}\n" for each in ledger))
    counts, words = judge(run, tenant)
    assert wrong(counts) == dict.fromkeys(WRONG, 1)
    assert len(words) == len(WRONG)


def _effect(target: str) -> dict[str, object]:
    return {"effect": "bill_run_canceled", "target": target, "name": None, "entity": "e", "orgs": ["o"]}


def _line(task: int, status: str, state: str | None) -> dict[str, object]:
    return {"task": task, "status": status, "result_state": state, "attempts": 1}
