"""Looks for a planted bug with the harness, in this process."""

import contextlib
import io
import time
from collections.abc import Iterable
from typing import NamedTuple

import pytest

from tests.planted.bugs import BUGS, SIMULATION
from tests.simulation.histories import tell

HISTORIES_MAX = 400
"""So many histories are told at most to find one bug; `make test` tells nearly as many."""


class Caught(NamedTuple):
    """How a bug was caught; `by` is empty where it was not."""

    by: str
    first: str
    seconds: float


def seek(name: str, seed: int = 0) -> Caught:
    """Plant a bug in this process, for good, and look for it."""
    bug, begun = BUGS[name], time.monotonic()
    bug.plant()
    by, first = (
        _histories(range(seed, seed + HISTORIES_MAX)) if bug.judge == SIMULATION else _tests(bug.judge)
    )
    return Caught(by, first, time.monotonic() - begun)


def _histories(seeds: range) -> tuple[str, str]:
    for seed in seeds:
        try:
            found = tell(seed).found
        except Exception as fault:  # noqa: BLE001 - a program that breaks down has been caught
            return f"history {seed}", repr(fault)
        if found:
            return f"history {seed}", ", ".join(found)
    return "", ""


class _Failures:
    """A plugin of pytest that remembers which tests failed."""

    def __init__(self) -> None:
        self.names: list[str] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self.names.append(report.nodeid.rpartition("::")[2])


def _tests(paths: Iterable[str]) -> tuple[str, str]:
    failures = _Failures()
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        code = pytest.main(
            ["-q", "-x", "--assert=plain", "-p", "no:cacheprovider", *paths], plugins=[failures]
        )
    if code not in {pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED}:
        raise RuntimeError(f"pytest ended with {code!r}: {paths}")
    return ("tests", failures.names[0]) if failures.names else ("", "")
