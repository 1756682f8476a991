"""Many fuzzed files: what was read, what was checked, and every disagreement with the second parser."""

import signal
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path
from typing import Final

from tests.fuzz.cases import case_of
from tests.fuzz.checking import Checks, checked_of
from tests.fuzz.readings import TOO_LONG, Readings

CHECK_EACH: Final = 50
"""Of so many files one is checked whole besides; reading is what most of them are for."""

_ENDLESS_S: Final = 20.0
"""Seconds of the processor after which a file is given up."""

_SHOWN_MAX: Final = 3000
_PORTION: Final = 2000
_KINDS: Final = ("disagreement", "crash", "hang")


class _Hangs(BaseException):
    """A file takes far too long; no exception that the runner would translate."""


@contextmanager
def _limited() -> Iterator[None]:
    """In it an endless loop ends, after seconds of the processor's time (not of a busy machine's)."""

    def stop(_: int, __: object) -> None:
        raise _Hangs

    before = signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, _ENDLESS_S)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def judged(disagreement: Callable[[], str]) -> tuple[str, str]:
    """What kind of violation one file is, and in which words; both "" where it is none."""
    try:
        with _limited():
            said = disagreement()
    except _Hangs:
        return "hang", f"no end after {_ENDLESS_S:g} s"
    except Exception:  # noqa: BLE001 - whatever comes out of the program is what is looked for
        return "crash", traceback.format_exc()
    if said.startswith(TOO_LONG):
        return "hang", said
    return ("disagreement" if said else ""), said


def fuzz(numbers: range, seed: int) -> tuple[Counter[str], list[str]]:
    """Read and check the files of these numbers: figures, and what was wrong in words."""
    sums: Counter[str] = Counter()
    words: list[str] = []

    def note(kind: str, said: str, what: str) -> None:
        if kind:
            sums[f"violations: {kind}"] += 1
            words.append(f"{kind}: {said[:_SHOWN_MAX]}\n  in {what}")

    with tempfile.TemporaryDirectory(prefix="zbr-fuzz-") as directory:
        readings, checks = Readings(Path(directory)), Checks(Path(directory))
        with readings.open():
            for number in numbers:
                case = case_of(seed, number)
                note(*judged(lambda: readings.disagreement(case)), str(case))  # noqa: B023 - called at once
            sums.update(readings.seen)
        with checks.open():
            for number in (each for each in numbers if each % CHECK_EACH == 0):
                checked = checked_of(seed, number)
                note(*judged(lambda: checks.disagreement(checked)), f"{checked.options} {checked.case}")  # noqa: B023
            sums.update(checks.seen)
    sums["files"] += len(numbers)
    return sums, words


def figures(files: int, seed: int, processes: int | None = None) -> Counter[str]:
    """Fuzz so many files on all cores; prints what is wrong as it is found, returns the figures."""
    begun, end = time.monotonic(), files
    portions = [range(first, min(first + _PORTION, end)) for first in range(0, end, _PORTION)]
    sums: Counter[str] = Counter({"files": 0, "violations": 0})
    # Not forked: whoever calls may have threads.
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        for found, words in pool.map(fuzz, portions, [seed] * len(portions)):
            sums.update(found)
            for line in words:
                print(line, flush=True)  # noqa: T201
    for kind in _KINDS:
        sums["violations"] += sums[f"violations: {kind}"]
    sums["seconds"] = round(time.monotonic() - begun)
    return sums
