"""Measures whole runs against the built-in tenant, in its own process: rows a second, and memory.

    python scripts/bench.py [ROWS ...]          (default: 10000 100000)

For each size a job of created bill runs is checked, run and accounted for by the real command. Figures of one
call may be compared with each other; from machine to machine, and under other load, they differ.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

SIZES = (10_000, 100_000)
CONFIG = """\
default_tenant = "sandbox"
[tenants.sandbox]
environment = "sandbox"
requests_per_minute = 1000000
requests_per_hour = 100000000
requests_per_day = 1000000000
concurrency = 40
"""
SCENARIO = """\
[tenant]
pending_max = 10000000
[limits]
per_minute = 1000000
per_hour = 100000000
per_day = 1000000000
"""


@dataclass(frozen=True)
class Ran:
    """One command: seconds by the wall, processor seconds, the most memory it held (MiB)."""

    wall_s: float
    cpu_s: float
    peak_mib: float


def command(place: Path, *words: str) -> Ran:
    """Run zuora-batch and account for it alone; the tenant's process is not counted."""
    output = place / "output"
    began = time.perf_counter()
    with output.open("w") as stream:
        process = subprocess.Popen(  # noqa: S603 - our own command
            [sys.executable, "-m", "runner", *words], cwd=place, stdout=stream, stderr=subprocess.STDOUT
        )
        _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    text = output.read_text()
    if process.returncode:
        sys.exit(f"zuora-batch {' '.join(words)} ended with {process.returncode}:\n{text[-2000:]}")
    return Ran(time.perf_counter() - began, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


def write_job(path: Path, rows: int) -> None:
    """A job of bill runs to create, each for an account of its own."""
    with path.open("w") as stream:
        stream.write("operation,custom_id,name,accountId,targetDate,invoiceDate\n")
        for number in range(rows):
            account = f"A{number:08d}"
            stream.write(f"create_bill_run,c{number},Run {number},{account},2026-11-30,2026-11-30\n")


def measure(place: Path, rows: int) -> list[str]:
    """Check and run one size; the cells of its line."""
    job = place / f"job-{rows}.csv"
    write_job(job, rows)
    checked = command(place, "check", job.name)
    began = time.time()
    ran = command(place, "run", job.name, "--run-id", f"bench-{rows}", "--progress", "none")
    told = json.loads((place / "runs" / f"bench-{rows}" / "summary.json").read_text())
    if told["counts"]["succeeded"] != rows:
        sys.exit(f"only {told['counts']} of {rows} rows succeeded")
    started = datetime.fromisoformat(told["started_at"]).timestamp()
    sent_s = datetime.fromisoformat(told["finished_at"]).timestamp() - started
    frozen_s = started - began
    written_s = ran.wall_s - frozen_s - sent_s
    per_second = (rows / seconds for seconds in (checked.wall_s, frozen_s, sent_s, written_s, ran.wall_s))
    speeds = [f"{speed:,.0f}" for speed in per_second]
    return [
        f"{rows:,}",
        *speeds,
        f"{ran.cpu_s / rows * 1000:.2f}",
        f"{checked.peak_mib:.1f}",
        f"{ran.peak_mib:.1f}",
    ]


def main(sizes: Sequence[int]) -> None:
    """Measure all sizes, and print one table."""
    head = ["rows", "check", "freeze", "send", "write", "whole", "cpu ms/row", "check MiB", "run MiB"]
    lines = [head]
    with tempfile.TemporaryDirectory(prefix="zuora-batch-bench-") as name:
        place = Path(name)
        (place / "config.toml").write_text(CONFIG + 'scenario = "scenario.toml"\n')
        (place / "scenario.toml").write_text(SCENARIO)
        for rows in sizes:
            print(f"{rows:,} rows ...", file=sys.stderr, flush=True)
            command(place, "sandbox", "--reset")
            lines.append(measure(place, rows))
    print("rows a second in each phase (freeze includes checking), memory of the runner's own process")
    wide = [max(len(line[column]) for line in lines) for column in range(len(head))]
    for line in lines:
        print("  ".join(cell.rjust(width) for cell, width in zip(line, wide, strict=True)))


if __name__ == "__main__":
    main([int(word) for word in sys.argv[1:]] or SIZES)
