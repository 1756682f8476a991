"""Tenants and options under which rows are judged, as the runner and as the second judge know them."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Final, cast

from runner.compose.compile import _Compiler
from runner.compose.compiledjob import CompiledJob
from runner.core.fanout import FanOut
from runner.core.job import Row
from runner.core.operation import CompileContext
from runner.core.options import JobOptions
from runner.core.tenant import Tenant, TenantKind
from runner.edge.spoolentry import Entry
from tests.fuzz.secondrows import verdict_on
from tests.fuzz.secondscopes import World

_TODAY: Final = "2026-06-15"
_ACME: Final = World(
    {"us": "2c92c0f8", "emea": "2c92-eeee"},
    {"north": "8a90", "south": "8a91"},
)
WORLDS: Final = (
    _ACME,
    replace(_ACME, default_entity="us", default_org="south"),
    replace(_ACME, entity="us|emea", org="north"),
    World(dated=False),
    World(),
    World(operation="cancel_bill_run"),
)


@dataclass
class _Taken:
    """In place of a job: what a row became."""

    entries: list[Entry] = field(default_factory=list)

    def add(self, entry: Entry) -> None:
        self.entries.append(entry)

    def note_parent(self, run: str, line: int) -> None:
        """Nothing: no run is looked for."""


class Rows:
    """Compiles rows one by one, as `check` does, and compares with the second judge."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._taken = _Taken()
        tenant = Tenant(
            "acme",
            TenantKind.SANDBOX,
            "https://rest.example",
            entities=world.entities,
            orgs=world.orgs,
            default_entity=world.default_entity,
            default_org=world.default_org,
        )
        given = {"entities": world.entity, "orgs": world.org}
        wanted = {name: (value,) for name, value in given.items() if value}
        options = replace(JobOptions("-", operation=world.operation), **wanted)
        context = CompileContext(_TODAY if world.dated else None, world.orgs)
        job = cast("CompiledJob", cast("object", self._taken))
        self._compiler = _Compiler(job, options, FanOut(options, tenant), context)

    def disagreement(self, rows: Iterable[Row]) -> str:
        """Of the rows of one file: each by itself, and which of them mean the same."""
        meanings: dict[object, str] = {}
        digests: dict[str, object] = {}
        for row in rows:
            self._taken.entries.clear()
            problems = self._compiler._compile(row)
            verdict = verdict_on(row.line, row.cells, self._world, is_csv=row.format == "csv")
            told = {problem.column for problem in problems}
            if verdict.right is None:
                continue
            if verdict.right is bool(problems) or not verdict.is_told(told):
                return f"line {row.line}: told {problems}, by the second judge {verdict}"
            if not verdict.right:
                continue
            scopes = [(entry.scope.entity, frozenset(entry.scope.orgs)) for entry in self._taken.entries]
            if scopes != verdict.scopes:
                return f"line {row.line}: scopes {scopes}, by the second judge {verdict.scopes}"
            digest = f"{self._taken.entries[0].operation} {self._taken.entries[0].digest}"
            meaning = verdict.operation, verdict.meaning
            if (
                meanings.setdefault(meaning, digest) != digest
                or digests.setdefault(digest, meaning) != meaning
            ):
                return f"line {row.line}: means {digests[digest]}, by the second judge {meaning}"
        return ""
