"""Kills the real program again and again, lets it resume, and has the outcome judged."""

import json
import random
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from tests.kill.judge import Findings, judge

RUN_ID = "killed"
CONFIG = """\
default_tenant = "sandbox"
[tenants.sandbox]
environment = "sandbox"
scenario = "scenario.toml"
entities = { us = "e-us", emea = "e-emea" }
orgs = { north = "o-north", south = "o-south" }
settle_seconds = 30
"""
SCENARIO = "[tenant]\nspeed = 200\nlatency_s = 0.02\n"
HEAD = "operation,entity,org,name,batches,targetDate,invoiceDate,billRunId,jr-number,scheduleKey,orderKey,"
HEAD += "subscriptionKey,chargeNumbers"
ENDED = frozenset({0, 1})
LAUNCHES_MAX = 12


@dataclass(frozen=True)
class Outcome:
    """What came of it: kills that met a living program, launches, seconds, findings."""

    kills: int
    launches: int
    seconds: float
    findings: Findings


def write_job(place: Path, rows: int) -> list[str]:
    """A job of all four operations over two entities and two orgs; what each row's effect is known by."""
    targets: list[str] = []
    schedules: list[str] = []
    lines = [HEAD]
    for number in range(1, rows + 1):
        scope = f"{('us', 'emea')[number % 2]},{('north', 'south')[number // 2 % 2]}"
        match number % 8:
            case 0 | 1 | 2:
                target = f"run {number}"
                lines.append(f"create_bill_run,{scope},{target},Batch1,2026-11-30,2026-11-30,,,,,,")
            case 3 | 4:
                target = f"{number:032x}"
                lines.append(f"cancel_bill_run,{scope},,,,,{target},,,,,")
            case 5 | 6:
                target = f"JR-{number:08d}"
                lines.append(f"cancel_journal_run,{scope},,,,,,{target},,,,")
            case _:
                target = f"IS-{number:07d}"
                lines.append(f"detach_charges,{scope},,,,,,,{target},O-{number},A-S{number},C-{number}")
                charge = (
                    f'orderKey = "O-{number}", subscriptionKey = "A-S{number}", chargeNumber = "C-{number}"'
                )
                schedules.append(f'[invoice_schedules."{target}"]\ncharges = [{{ {charge} }}]\n')
        targets.append(target)
    (place / "job.csv").write_text("\n".join(lines) + "\n")
    (place / "scenario.toml").write_text(SCENARIO + "".join(schedules))
    (place / "config.toml").write_text(CONFIG)
    return targets


def kill_again_and_again(place: Path, *, kills: int, rows: int, seed: int) -> Outcome:
    """Run one job under random `kill -9`, then to its end; the tenant's process is never killed."""
    chance = random.Random(seed)  # noqa: S311 - a test, no secret
    targets = write_job(place, rows)
    began = time.monotonic()
    tenant = _start(place, "sandbox")
    try:
        assert tenant.stdout is not None
        tenant.stdout.readline()
        killed = sum(_killed(place, chance) for _ in range(kills))
        launches = kills + _to_the_end(place)
    finally:
        tenant.send_signal(signal.SIGTERM)
        tenant.wait(20)
    found = judge(targets, place / "runs" / RUN_ID, place / "runs" / ".tenant" / "sandbox")
    return Outcome(killed, launches, time.monotonic() - began, found)


def _killed(place: Path, chance: random.Random) -> bool:
    """Launch, and kill after a while; whether it still lived."""
    process = _start(place, *_command(place))
    try:
        process.wait(chance.uniform(0.6, 3.0))
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        return True
    return False


def _to_the_end(place: Path) -> int:
    for launch in range(1, LAUNCHES_MAX + 1):
        process = _start(place, *_command(place))
        said, _ = process.communicate(timeout=200)
        if process.returncode in ENDED:
            return launch
        if process.returncode not in {3, 4}:
            raise AssertionError(f"a launch ended with {process.returncode}: {said.decode()[-2000:]}")
    return LAUNCHES_MAX


def _command(place: Path) -> tuple[str, ...]:
    """What a scheduler would type: the same command, until its plan is there; then `resume`."""
    if _is_planned(place):
        return ("resume", RUN_ID, "-q")
    return ("run", "job.csv", "--run-id", RUN_ID, "--rate", "6000/minute", "-q")


def _is_planned(place: Path) -> bool:
    head = place / "runs" / RUN_ID / "head"
    if not head.exists():
        return False
    try:
        return json.loads(head.read_text().partition(" ")[2])["seq"] > 0
    except ValueError:
        return False


def _start(place: Path, *words: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "runner", *words]
    return subprocess.Popen(command, cwd=place, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
