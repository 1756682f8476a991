"""`init`: a config and example jobs to begin with."""

from collections.abc import Iterator
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from shlex import quote
from typing import Final

from runner.compose.console import Console
from runner.core.fault import UserFault
from runner.core.jsonvalue import Json

_SAMPLES: Final = "samples"


def scaffold(directory: str, console: Console) -> int:
    """Write the samples into a directory, which is made where it is missing; always 0.

    A file that is there is left alone, whatever it holds. Raises `UserFault` where nothing can be written.
    """
    home = Path(directory)
    written: list[Json] = []
    left: list[Json] = []
    for name, sample in _samples(files("runner.compose").joinpath(_SAMPLES), ""):
        path = home / name
        (written if _write(path, sample.read_bytes()) else left).append(str(path))
    for path in written:
        console.out(f"wrote {path}")
    for path in left:
        console.out(f"left alone {path}: it is there already")
    console.note("\n".join(_next_steps(directory)))
    console.json({"written": written, "left_alone": left})
    return 0


def _samples(folder: Traversable, prefix: str) -> Iterator[tuple[str, Traversable]]:
    for each in sorted(folder.iterdir(), key=lambda one: (one.is_dir(), one.name)):
        if each.is_dir():
            yield from _samples(each, f"{prefix}{each.name}/")
        else:
            yield f"{prefix}{each.name}", each


def _write(path: Path, content: bytes) -> bool:
    """Write a new file; False where there is something of that name."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("xb") as stream:
            stream.write(content)
    except FileExistsError as fault:
        if fault.filename == str(path):
            return False
        raise UserFault(
            f"{path.parent} is not a directory", hint="name another one: zuora-batch init DIR"
        ) from None
    except OSError as fault:
        raise UserFault(
            f"{path} cannot be written: {fault.strerror}", hint="name another one: zuora-batch init DIR"
        ) from None
    return True


def _next_steps(directory: str) -> Iterator[str]:
    yield "next:"
    if directory != ".":
        yield f"  cd {quote(directory)}"
    yield "  zuora-batch check jobs/create-bill-runs.csv   # offline: is every row valid?"
    yield "  zuora-batch plan jobs/create-bill-runs.csv    # offline: what would be sent?"
    yield "  zuora-batch run jobs/create-bill-runs.csv     # on the built-in simulated tenant"
