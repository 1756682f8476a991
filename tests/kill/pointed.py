"""The real program, struck at a named point: `python -m tests.kill.pointed POINT NTH -- ARGS`.

It imports the program, puts itself before or after one function of it, and on the NTH fitting call of that
function sends its own process a signal (SIGKILL unless told otherwise). `tests.kill.places` lists the points.
"""

import argparse
import atexit
import importlib
import inspect
import json
import os
import signal
import sys
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from functools import wraps
from pathlib import Path
from typing import Any, Final

from runner.cli.main import main as program_main
from tests.kill.places import PLACES, Place
from tests.kill.plants import PLANTS

Blows = Sequence[tuple[float, int]]
"""Signals, each with the time in seconds after which it comes."""
KILLED: Final[Blows] = ((0.0, signal.SIGKILL),)


def arm(point: str, nth: int, blows: Blows = KILLED, counts: str | None = None) -> None:
    """Have this process struck by signals on the nth call; or, with `counts`, only count all calls.

    `counts` is a file: what was counted, by point, is written to it when the process ends. A point that is
    the name of a planted bug makes the program wrong instead.
    """
    if counts is not None:
        _count_all(Path(counts))
        return
    if point in PLANTS:
        PLANTS[point]()
        return
    calls = Counter[str]()

    def struck() -> bool:
        calls[point] += 1
        return calls[point] == nth

    install(PLACES[point], struck, lambda: _strike(blows))


def _strike(blows: Blows) -> None:
    for after_s, number in blows:
        if after_s > 0.0:
            later = threading.Timer(after_s, os.kill, (os.getpid(), number))
            later.daemon = True
            later.start()
        else:
            os.kill(os.getpid(), number)


def install(place: Place, counted: Callable[[], bool], deed: Callable[[], None]) -> None:
    """Put a deed before or after the function of a place; `counted` says at each fitting call whether."""
    module, _, owner_name = place.owner.partition(":")
    owner = importlib.import_module(module)
    owner = getattr(owner, owner_name) if owner_name else owner
    found = inspect.getattr_static(owner, place.name)
    kind = type(found) if isinstance(found, classmethod | staticmethod) else None
    function: Any = getattr(found, "__func__", found) if kind else found

    def strike(when: str, args: tuple[Any, ...]) -> None:
        if when == place.when and counted():
            place.first(*args)
            deed()

    wrapped = _around_coroutine if inspect.iscoroutinefunction(function) else _around
    replaced = wrapped(function, place.fits, strike)
    setattr(owner, place.name, kind(replaced) if kind else replaced)


def _around(
    function: Callable[..., Any], fits: Callable[..., bool], strike: Callable[..., None]
) -> Callable[..., Any]:
    @wraps(function)
    def struck(*args: Any, **kwargs: Any) -> Any:
        if not fits(*args, **kwargs):
            return function(*args, **kwargs)
        strike("before", args)
        result = function(*args, **kwargs)
        strike("after", args)
        return result

    return struck


def _around_coroutine(
    function: Callable[..., Any], fits: Callable[..., bool], strike: Callable[..., None]
) -> Callable[..., Any]:
    @wraps(function)
    async def struck(*args: Any, **kwargs: Any) -> Any:
        if not fits(*args, **kwargs):
            return await function(*args, **kwargs)
        strike("before", args)
        result = await function(*args, **kwargs)
        strike("after", args)
        return result

    return struck


def _count_all(path: Path) -> None:
    calls = Counter[str]()

    def counter(name: str) -> Callable[[], bool]:
        def count() -> bool:
            calls[name] += 1
            return False

        return count

    for name, place in PLACES.items():
        install(place, counter(name), lambda: None)
    atexit.register(lambda: path.write_text(json.dumps(calls)))


def main() -> None:
    """Arm the point, then be the program."""
    parser = argparse.ArgumentParser(prog="python -m tests.kill.pointed", description=__doc__)
    parser.add_argument("point", choices=[*PLACES, *PLANTS])
    parser.add_argument("nth", type=int)
    parser.add_argument("--signal", default="SIGKILL", type=lambda name: signal.Signals[name])
    parser.add_argument("arguments", nargs="+", metavar="ARGS", help="of zuora-batch, after --")
    asked = parser.parse_args()
    sys.argv = ["zuora-batch", *asked.arguments]
    arm(asked.point, asked.nth, [(0.0, asked.signal)])
    program_main()


if __name__ == "__main__":
    main()
