"""The whole state of a simulated tenant, and the one way in which it changes."""

from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields
from datetime import tzinfo
from functools import partial
from typing import Any, Final, cast
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from runner.sandbox.agenda import Agenda
from runner.sandbox.answers import RefusedError
from runner.sandbox.bill_run_shelf import RUN_COUNTS_FROM, BillRunShelf, id_of_number, number_of_id
from runner.sandbox.chance import between
from runner.sandbox.scenario import Scenario
from runner.sandbox.scenario_objects import BillRunPart
from runner.sandbox.setup import Setup
from runner.sandbox.state import (
    BillRun,
    Birth,
    InvoiceSchedule,
    JournalRun,
    JsonObject,
    Where,
)

_BILL_RUN_FIELDS: Final = tuple(BillRun.__dataclass_fields__)
_BILL_RUN_DEFAULTS: Final[Mapping[str, tuple[object, ...]]] = {
    each.name: ([], {}, ()) if each.default is MISSING else (each.default,)
    for each in fields(BillRun)
    if each.default is not MISSING or each.default_factory is not MISSING
}
_JOURNAL_RUN_FIELDS: Final = tuple(JournalRun.__dataclass_fields__)


@dataclass(frozen=True, slots=True)
class Change:
    """What a write did: `facts` make the state (live and from the journal), `effect` tells of it."""

    facts: JsonObject
    effect: JsonObject | None = None


@dataclass(frozen=True, slots=True)
class Done:
    """How a write ended: a body, or a refusal; a refusal with a change did a part."""

    body: JsonObject | None = None
    refused: RefusedError | None = None
    change: Change | None = None


@dataclass(slots=True)
class World:
    """What exists. `started_at` is when this server began; the scenario's times count from it."""

    birth: Birth
    setup: Setup
    scenario: Scenario
    started_at: float
    agenda: Agenda = field(default_factory=Agenda)
    shelf: BillRunShelf = field(init=False)
    zone: tzinfo = field(init=False)
    journal_runs: dict[tuple[str, str], JournalRun] = field(default_factory=dict[tuple[str, str], JournalRun])
    schedules: dict[tuple[str, str], InvoiceSchedule] = field(
        default_factory=dict[tuple[str, str], InvoiceSchedule]
    )
    runs_made: int = 0

    def __post_init__(self) -> None:
        exist = self.scenario.tenant.unmentioned == "exist"
        self.shelf = BillRunShelf(self.agenda, self.birth.at, unmentioned_exist=exist)
        try:
            self.zone = ZoneInfo(self.setup.timezone)
        except (ZoneInfoNotFoundError, ValueError):
            raise ValueError(f"timezone {self.setup.timezone!r} is not known") from None
        self._populate()

    @property
    def unmentioned_exist(self) -> bool:
        """Whether a well-formed key that nobody mentioned names something."""
        return self.scenario.tenant.unmentioned == "exist"

    def delay_s(self, span: list[float], *parts: object) -> float:
        """A duration of asynchronous work: the same for the same object, divided by the tenant's speed."""
        made = between(span[0], span[1], self.birth.id, self.scenario.tenant.seed, *parts)
        return made / self.scenario.tenant.speed

    def apply(self, facts: JsonObject) -> None:
        """Make the state what a change says; the only place in which a write changes anything."""
        for each in _objects(facts, "bill_runs"):
            self._put_bill_run(_bill_run(each))
        for each in _objects(facts, "journal_runs"):
            self.put_journal_run(JournalRun(**each))
        for each in _objects(facts, "detached"):
            schedule = self.schedule(str(each["key"]), Where(each["entity"], tuple(each["orgs"])))
            if schedule is not None:
                self.schedules[schedule.home, schedule.key] = schedule
                schedule.detached.update(
                    cast("tuple[str, str, str]", tuple(charge)) for charge in each["charges"]
                )

    def put_journal_run(self, run: JournalRun) -> None:
        """Keep a journal run; where a cancel is under way, its end will happen."""
        self.journal_runs[run.home, run.number] = run
        if run.ends_at is not None:
            self.agenda.add(run.ends_at, partial(self._end_journal_run, run))

    def schedule(self, key: str, where: Where) -> InvoiceSchedule | None:
        """The invoice schedule with this key as this scope sees it."""
        known = self.schedules.get(("", key)) or self.schedules.get((where.home, key))
        if known is not None:
            return known if known.entity in (None, where.entity) else None
        mentioned = key in self.scenario.invoice_schedules
        if mentioned or not self.unmentioned_exist:
            return None
        return InvoiceSchedule(key=key, status="FullyProcessed", home=where.home, entity=where.entity)

    def _put_bill_run(self, run: BillRun) -> None:
        digits = run.number.removeprefix("BR-")
        if not run.home and digits.isdigit() and int(digits) >= RUN_COUNTS_FROM:
            self.runs_made = max(self.runs_made, int(digits) - RUN_COUNTS_FROM + 1)
        self.shelf.put(run)

    def _end_journal_run(self, run: JournalRun, _at: float) -> None:
        if self.journal_runs.get((run.home, run.number)) is not run:
            return
        run.cancelled += run.cancelling
        run.cancelling = 0
        run.ends_at = None
        run.status = "Completed" if run.staying else "Cancelled"
        run.stuck = 0  # what was stuck could go in a second cancel

    def _populate(self) -> None:
        for key, part in self.scenario.bill_runs.items():
            if part.exists:
                self.shelf.put(_from_scenario(key, part, self))
            else:
                number = key if key.startswith("BR-") else number_of_id(key)
                self.shelf.gone |= {number, id_of_number(number), key}
        for number, part in self.scenario.journal_runs.items():
            if part.exists:
                kept = part.model_dump(exclude={"exists"})
                self.put_journal_run(JournalRun(number=number, **kept))
        for key, part in self.scenario.invoice_schedules.items():
            if not part.exists:
                continue
            charges = part.charges
            self.schedules["", key] = InvoiceSchedule(
                key=key,
                status=part.status,
                entity=part.entity,
                charges=None
                if charges is None
                else [(c.orderKey, c.subscriptionKey, c.chargeNumber) for c in charges],
                listed_by=part.listed_by,
                unposted_invoices=part.unposted_invoices,
                partial=part.partial,
                stuck=tuple(part.stuck),
            )
        self._preload()

    def _preload(self) -> None:
        part = self.scenario.preload
        for index in range(1, part.pending + 1):
            number = f"BR-{40_000_000 + index}"
            ends_at = self.started_at + part.for_s * index / part.pending
            self.shelf.put(
                BillRun(
                    id=id_of_number(number),
                    number=number,
                    name=f"Preloaded {index}",
                    status="Pending",
                    created_at=self.birth.at,
                    updated_at=self.birth.at,
                    entity=self.setup.entities[0] if self.setup.entities else None,
                    plan=[(ends_at, "Completed")],
                )
            )


def bill_run_facts(runs: list[BillRun]) -> JsonObject:
    """Facts that put these bill runs."""
    return {"bill_runs": [_told(run) for run in runs]}


def journal_run_facts(run: JournalRun) -> JsonObject:
    """Facts that put this journal run."""
    return {"journal_runs": [{name: getattr(run, name) for name in _JOURNAL_RUN_FIELDS}]}


def _told(run: BillRun) -> JsonObject:
    """A bill run's fields, without those that are as they are by default: a journal holds many of them."""
    values = ((name, getattr(run, name)) for name in _BILL_RUN_FIELDS)
    return {name: value for name, value in values if value not in _BILL_RUN_DEFAULTS.get(name, ())}


def _objects(facts: JsonObject, name: str) -> list[dict[str, Any]]:
    return cast("list[dict[str, Any]]", facts.get(name) or [])


def _bill_run(members: Mapping[str, Any]) -> BillRun:
    run = BillRun(**members)
    run.orgs = tuple(run.orgs)
    run.plan = [(at, status) for at, status in run.plan]
    return run


def _from_scenario(key: str, part: BillRunPart, world: World) -> BillRun:
    number = part.number or (key if key.startswith("BR-") else number_of_id(key))
    run_id = part.id or (id_of_number(number) if key.startswith("BR-") else key)
    made_at = world.birth.at - 86400.0
    ended_at = made_at + 60 if part.status in {"Completed", "Error", "Posted", "Canceled"} else None
    recurring = part.repeat_type != "None"
    name = part.name or f"Bill run {number}"
    return BillRun(
        id=run_id,
        number=number,
        name=name,
        status=part.status,
        created_at=made_at,
        updated_at=made_at,
        entity=part.entity,
        orgs=tuple(sorted(part.orgs)),
        plan=[(world.started_at + turn.after_s, turn.status) for turn in part.then],
        repeat_type=part.repeat_type,
        series=part.series or (name if recurring else run_id),
        posted_invoices=part.posted_invoices,
        accounts=part.accounts,
        invoices=part.invoices,
        credit_memos=part.credit_memos,
        error_message=part.error_message,
        executed_at=None if ended_at is None else made_at + 2,
        ended_at=ended_at,
        cancel_s=part.cancel_s,
        cancel_ends=part.cancel_ends,
        fields={} if not recurring else {"schedule": {"repeatType": part.repeat_type}},
    )
