"""The real program, whose readers and whose terminal go away: the run goes on to an orderly end."""

import json
import os
import pty
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from runner.sandbox.process import reset

ROOT = Path(__file__).resolve().parents[2]
CONFIG = '[tenants.sandbox]\nenvironment = "sandbox"\nscenario = "scenario.toml"\n'
ON_A_TERMINAL = """
import fcntl, os, sys, termios
os.setsid()
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
from runner.__main__ import enter
enter()
"""


@pytest.fixture
def place(tmp_path) -> Iterator[Path]:
    """A folder with a job of forty rows, and a tenant that takes its time."""
    (tmp_path / "config.toml").write_text(CONFIG)
    (tmp_path / "scenario.toml").write_text("[tenant]\nspeed = 100\nlatency_s = 0.1\n")
    rows = [f"create_bill_run,row {number},Batch1,2026-11-30,2026-11-30" for number in range(40)]
    (tmp_path / "job.csv").write_text("\n".join(["operation,name,batches,targetDate,invoiceDate", *rows, ""]))
    yield tmp_path
    if (tmp_path / "runs/.tenant/sandbox").is_dir():
        reset(tmp_path / "runs/.tenant/sandbox")


def environ() -> dict[str, str]:
    """An environment with nothing of ours in it."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ZUORA_")}
    return {**kept, "PYTHONPATH": str(ROOT), "TERM": "xterm"}


def wait_for_effects(place: Path, count: int) -> None:
    """Until the tenant has done so much."""
    record = place / "runs/.tenant/sandbox/effects.jsonl"
    until = time.monotonic() + 30
    while not (record.exists() and record.read_text().count("\n") >= count):
        assert time.monotonic() < until, "the run does not begin"
        time.sleep(0.01)


def judge(place: Path, code: int) -> dict[str, int]:
    """Every task stands in the ledger, with what the tenant did; the counts."""
    run = place / "runs/r"
    summary = json.loads((run / "summary.json").read_text())
    assert summary["exit_code"] == code
    lines = [json.loads(line) for line in (run / "ledger.jsonl").read_text().splitlines()]
    assert len(lines) == 40
    effects = (place / "runs/.tenant/sandbox/effects.jsonl").read_text()
    done = [line for line in lines if line["status"] == "succeeded"]
    assert all(line["result_id"] in effects for line in done)
    assert not list((place / "runs").glob("**/fault-*"))
    return {status: count for status, count in summary["counts"].items() if count}


def test_readers_that_went_away_stop_nothing(place):
    """With nobody behind standard output and error the run is done all the same, and the code is 0."""
    reader, writer = os.pipe()
    os.close(reader)
    command = [sys.executable, "-m", "runner", "run", "job.csv", "--run-id", "r", "--progress", "json"]
    done = subprocess.run(
        command, cwd=place, env=environ(), stdin=subprocess.DEVNULL, stdout=writer, stderr=writer, check=False
    )
    os.close(writer)
    assert done.returncode == 0
    assert judge(place, 0) == {"succeeded": 40}


def test_a_terminal_that_goes_stops_in_good_order(place):
    """When its terminal is closed a run finishes what is in flight, writes its files and ends with 4."""
    ours, theirs = pty.openpty()
    command = [sys.executable, "-c", ON_A_TERMINAL, "run", "job.csv", "--run-id", "r", "--concurrency", "2"]
    process = subprocess.Popen(command, cwd=place, env=environ(), stdin=theirs, stdout=theirs, stderr=theirs)
    os.close(theirs)
    try:
        wait_for_effects(place, 4)
        os.close(ours)
        code = process.wait(30)
    finally:
        process.kill()
        process.wait()
    assert code == 4
    counts = judge(place, 4)
    assert set(counts) == {"succeeded", "not_attempted"}
