"""What a job file's name says about how it is read."""

from dataclasses import dataclass

from runner.core.job import JobFormat
from runner.core.plaintext import quoted
from runner.edge.jobfile.origin import STDIN_PATH
from runner.edge.jobfile.stop import ReadingStopped

_GZIP_ENDING = ".gz"
_FORMATS: dict[str, JobFormat] = {".csv": "csv", ".jsonl": "jsonl", ".ndjson": "jsonl"}
_HINTS = {
    ".json": "write one object a line and call it .jsonl",
    ".tsv": "give --format csv --delimiter tab",
    ".xlsx": 'save it as "CSV UTF-8"',
    ".xls": 'save it as "CSV UTF-8"',
    ".zip": "unpack it",
}


@dataclass(frozen=True, slots=True)
class Named:
    """How a job is read: its format, and whether it is decompressed."""

    format: JobFormat
    is_gzip: bool


def read_name(path: str, wanted: JobFormat | None) -> Named:
    """Decide by `--format` (`wanted`), else by the ending in any case; raises `ReadingStopped`."""
    if path == STDIN_PATH:
        return Named(wanted or "csv", is_gzip=False)
    name = path.replace("\\", "/").rpartition("/")[2].lower()
    is_gzip = name.endswith(_GZIP_ENDING)
    _, dot, last = name.removesuffix(_GZIP_ENDING).rpartition(".")
    ending = dot + last
    found = wanted or _FORMATS.get(ending)
    if found is None:
        hint = _HINTS.get(ending, "rename it, or give --format csv or --format jsonl")
        raise ReadingStopped(
            0, f"the name {quoted(path)} does not end in .csv or .jsonl (or with .gz behind that); {hint}"
        )
    return Named(found, is_gzip)
