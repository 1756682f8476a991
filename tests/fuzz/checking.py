"""The whole command `check` on fuzzed files, in this process: exit code, problems, what it leaves behind."""

import contextlib
import io
import json
import os
import re
import socket
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Final
from unittest.mock import patch

from runner.cli.main import program
from tests.fuzz.cases import Case, columns_of, manner_of, written
from tests.fuzz.readings import HANG_S, TOO_LONG
from tests.fuzz.secondjob import Judgement, judgement_on
from tests.fuzz.secondparser import Reading, printable, second_reading
from tests.fuzz.secondscopes import World
from tests.fuzz.wellformed import sheet_of
from tests.fuzz.worlds import WORLDS

_PLACE: Final = re.compile(r"job\.(csv|jsonl)(\.gz)?:[0-9]+(:.*?)?: .+")
_VALID: Final = re.compile(r"job\.[a-z.]+: [0-9]+ rows?, [0-9]+ tasks?(, of which [0-9]+ rejected)?, valid")
_SPELLED: Final = {",": ",", ";": ";", "\t": "tab"}


@dataclass(frozen=True)
class Checked:
    """One file that is checked, with its tenant and options."""

    case: Case
    world: World
    options: tuple[str, ...]

    @property
    def name(self) -> str:
        """The file's name."""
        manner = self.case.manner
        return f"job.{'jsonl' if manner.jsonl else 'csv'}{'.gz' if manner.gzipped else ''}"


def checked_of(seed: int, number: int) -> Checked:
    """The file of this number: more rows that are wrong in themselves, less damage to the bytes."""
    rng = Random(f"check {seed}/{number}")  # noqa: S311 - to be made again, not to be secret
    manner = manner_of(rng)
    world = rng.choice(WORLDS)
    sheet = sheet_of(rng, rng.choice((0, 0.2, 0.5)), columns_of(world))
    content = written(rng, sheet, manner, rng.choice((0, 0, 0, 0, 1)))
    flags = {"--allow-duplicates": rng.random() < 0.2, "--allow-empty": manner.may_be_empty}
    flags |= {"--skip-invalid": rng.random() < 0.3, "--json": rng.random() < 0.8}
    options = [flag for flag, given in flags.items() if given]
    given = {"--operation": world.operation, "--entity": world.entity, "--org": world.org}
    options += [part for name, value in given.items() if value for part in (name, value)]
    if manner.delimiter != "," and not manner.jsonl:
        options += ["--delimiter", _SPELLED[manner.delimiter]]
    return Checked(Case(f"check {seed}/{number}", content, manner), world, tuple(options))


class Checks:
    """Runs `check` in a directory of its own, where nothing may be left behind; `seen` counts exit codes."""

    def __init__(self, directory: Path) -> None:
        self.seen: Counter[str] = Counter()
        self._directory = directory
        self._sent: list[object] = []

    @contextmanager
    def open(self) -> Iterator[None]:
        """In it the program works in our directory, and every connection is seen."""
        temporary = self._directory / "tmp"
        temporary.mkdir()
        kept = {name: value for name, value in os.environ.items() if not name.startswith("ZUORA_")}

        def refuse(_: socket.socket, address: object) -> int:
            self._sent.append(address)
            raise OSError

        with (
            contextlib.chdir(self._directory),
            patch.dict(os.environ, kept, clear=True),
            patch.object(tempfile, "tempdir", str(temporary)),
            patch.object(socket.socket, "connect", refuse),
            patch.object(socket.socket, "connect_ex", refuse),
        ):
            yield

    def disagreement(self, checked: Checked) -> str:
        """What `check` says differently about a file than the second judge, or does besides; else ""."""
        Path(checked.name).write_bytes(checked.case.content)
        Path("config.toml").write_text(_config(checked.world))
        before = self._standing()
        with (
            contextlib.redirect_stdout(io.StringIO()) as out,
            contextlib.redirect_stderr(io.StringIO()) as err,
        ):
            begun = time.process_time()
            code = program(("check", checked.name, "--config", "config.toml", *checked.options))
            took_s = time.process_time() - begun
        self.seen[f"checks with exit code {code}"] += 1
        left = self._standing() ^ before
        Path(checked.name).unlink()
        if took_s > HANG_S:
            return f"{TOO_LONG} {took_s:.1f} s of the processor"
        if left or self._sent:
            return f"left behind: {sorted(left)}, sent to: {self._sent}"
        if code not in (0, 2):
            return f"exit code {code}: {err.getvalue()}"
        return _compared(checked, code, out.getvalue(), err.getvalue())

    def _standing(self) -> set[tuple[str, int]]:
        return {(str(path), path.stat().st_mtime_ns) for path in Path().rglob("*") if path.is_file()}


def _config(world: World) -> str:
    lines = ['default_tenant = "acme"', "[tenants.acme]", 'environment = "us2-apisandbox"']
    lines += ['timezone = "America/New_York"'] if world.dated else []
    for key, names in (("entities", world.entities), ("orgs", world.orgs)):
        lines.append(
            "{} = {{ {} }}".format(key, ", ".join(f'{name} = "{one}"' for name, one in names.items()))
        )
    defaults = {"default_entity": world.default_entity, "default_org": world.default_org}
    lines += [f'{key} = "{name}"' for key, name in defaults.items() if name]
    return "\n".join(lines)


def _compared(checked: Checked, code: int, out: str, err: str) -> str:
    reading = second_reading(checked.case.content, checked.case.manner)
    may_repeat = "--allow-duplicates" in checked.options
    is_csv = not checked.case.manner.jsonl
    judgement = judgement_on(reading, checked.world, is_csv=is_csv, may_repeat=may_repeat)
    if "--json" not in checked.options:
        return _of_text(code, out, err) or _of_code(checked, code, reading, judgement)
    document = json.loads(out)
    problems: dict[int, set[str]] = {}
    for problem in document["problems"]:
        problems.setdefault(problem["line"], set()).add(problem["column"])
    if (code == 2) != bool(problems):
        return f"exit code {code} with {problems}"
    if code == 0 and document["rows"] != len(reading.rows):
        return f"{document['rows']} rows, by the second parser {len(reading.rows)}"
    wrong = _of_code(checked, code, reading, judgement)
    if wrong or reading.refused is not None or judgement.open:
        return wrong or _of_cells(checked, judgement, problems, reading)
    if code == 0:
        tasks = _tasks(judgement)
        return "" if document["tasks"] == tasks else f"{document['tasks']} tasks, by the second judge {tasks}"
    return _of_cells(checked, judgement, problems, reading) or _of_rows(judgement, problems)


def _of_text(code: int, out: str, err: str) -> str:
    """For people: each problem on one line that begins with its place, and nothing invisible in it."""
    lines = out.splitlines()
    shape = _PLACE if code else _VALID
    shaped = all(shape.fullmatch(line) and printable(line) for line in lines)
    if not shaped or not all(map(printable, err.splitlines())) or "Traceback" in err:
        return f"said {out!r} {err!r}"
    counted = f"{len(lines)} problem{'s' if len(lines) > 1 else ''} in job."
    return "" if code == 0 or counted in err else f"{len(lines)} lines, but {err!r}"


def _of_code(checked: Checked, code: int, reading: Reading, judgement: Judgement) -> str:
    skips = "--skip-invalid" in checked.options
    if reading.refused is not None:
        expected = 2
    elif judgement.open and not skips:
        surely = any(verdict.right is False for verdict in judgement.verdicts) or judgement.shapeless
        expected = 2 if surely else code
    else:
        expected = 0 if skips or judgement.is_right else 2
    return "" if code == expected else f"exit code {code}, by the second judge {expected}: {judgement}"


def _tasks(judgement: Judgement) -> int:
    out = judgement.left_out
    done = sum(len(verdict.scopes) for verdict in judgement.verdicts if verdict.line not in out)
    return done + len(out)


def _of_cells(checked: Checked, judgement: Judgement, problems: dict[int, set[str]], reading: Reading) -> str:
    """Each cell that is wrong by itself is told, in its line and column, and each row that is none."""
    if "--skip-invalid" in checked.options or reading.refused is not None:
        return ""
    for line in judgement.shapeless:
        if line not in problems:
            return f"nothing on line {line}, which is no row"
    for verdict in judgement.verdicts:
        told = problems.get(verdict.line, set())
        if verdict.right is False and not (told and verdict.is_told(told)):
            return f"line {verdict.line}: told {sorted(told)}, by the second judge {verdict}"
    return ""


def _of_rows(judgement: Judgement, problems: dict[int, set[str]]) -> str:
    """Rows that are right are told only where they go badly with an earlier one, and then always."""
    together = judgement.later.union(*judgement.contradicting)
    for verdict in judgement.verdicts:
        if verdict.right and verdict.line not in together and verdict.line in problems:
            return f"line {verdict.line}: told {problems[verdict.line]}, by the second judge {verdict}"
    missed = judgement.later - set(problems)
    silent = [pair for pair in judgement.contradicting if not pair & set(problems)]
    return f"not told: {sorted(missed)}, {silent}" if missed or silent else ""
