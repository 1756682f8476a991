"""The tables of the report, ready to be printed: every text of others is plain and cut where it is long."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from runner.core.ledgerline import LedgerLine
from runner.core.outcome import Status
from runner.core.plaintext import shown
from runner.core.runsummary import RunFacts
from runner.core.scope import Scope
from runner.edge.output.reportwords import STATUS_WORDS, to_do
from runner.edge.output.resultfiles import result_name
from runner.edge.output.scopenames import ScopeNames
from runner.edge.output.tally import GOOD, WORST_FIRST, Place, Reason, Tally

BAR_WIDTH: Final = 1000
"""Units of the bar that shows the shares."""

_TEXT_MAX: Final = 300
_NAME_MAX: Final = 80
_ORDER: Final = (Status.SUCCEEDED, Status.UNCHANGED, *(one for one in WORST_FIRST if one not in GOOD))


@dataclass(frozen=True, slots=True)
class StatusRow:
    """How many tasks ended in one way. `start` and `width` are its part of the bar."""

    status: str
    title: str
    meaning: str
    count: int
    start: float
    width: float


@dataclass(frozen=True, slots=True)
class ReasonRow:
    """How many tasks ended so for one reason; `tasks` names the first of them."""

    title: str
    code: str
    message: str
    count: int
    tasks: str
    to_do: str


@dataclass(frozen=True, slots=True)
class PlaceRow:
    """How the tasks of one operation in one entity ended; `counts` stand as the columns do."""

    operation: str
    entity: str
    counts: tuple[int, ...]
    total: int


@dataclass(frozen=True, slots=True)
class DetailRow:
    """One task that a person has to see to."""

    task: int
    line: int
    custom_id: str
    operation: str
    scope: str
    result_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class Section:
    """The first tasks of one status, how many more there are, and the file in which all of them stand."""

    title: str
    rows: list[DetailRow]
    more: int
    file: str


class ReportView:
    """The tables of one run's report."""

    def __init__(self, run: RunFacts, tally: Tally) -> None:
        self._run = run
        self._tally = tally
        self._names = ScopeNames(run.entities, run.orgs)
        self._present = [status for status in _ORDER if tally.counts[status]]

    @property
    def columns(self) -> list[str]:
        """The titles of the statuses that occur, as the columns of `places`."""
        return [STATUS_WORDS[status].title for status in self._present]

    def statuses(self) -> Iterator[StatusRow]:
        """All eight, in one order."""
        counts = self._tally.counts
        unit = BAR_WIDTH / max(1, sum(counts.values()))
        before = 0
        for status in _ORDER:
            words, count = STATUS_WORDS[status], counts[status]
            start, width = round(before * unit, 2), round(count * unit, 2)
            yield StatusRow(status.value, words.title, words.meaning, count, start, width)
            before += count

    def reasons(self) -> Iterator[ReasonRow]:
        """The worst status first, in it the most frequent reason."""
        for reason in self._tally.reasons:
            yield ReasonRow(
                title=STATUS_WORDS[reason.status].title,
                code=name_text(reason.code),
                message=_message(reason),
                count=reason.count,
                tasks=_first_tasks(reason),
                to_do=to_do(reason.status, reason.code, reason.retryable),
            )

    def places(self) -> Iterator[PlaceRow]:
        """By operation and entity."""
        for place in self._tally.places:
            yield PlaceRow(
                operation="all others" if place.other else name_text(place.operation),
                entity=self._entity(place),
                counts=tuple(place.counts[status] for status in self._present),
                total=sum(place.counts.values()),
            )

    def sections(self) -> Iterator[Section]:
        """The tasks that did not end well, one by one as far as there is room."""
        for status in WORST_FIRST:
            lines = self._tally.details.get(status, [])
            if lines:
                yield Section(
                    title=STATUS_WORDS[status].title,
                    rows=[self._detail(line) for line in lines],
                    more=self._tally.counts[status] - len(lines),
                    file=result_name(status, self._run.format),
                )

    def _entity(self, place: Place) -> str:
        return name_text(self._names.entity(Scope(entity=place.entity)))

    def _detail(self, line: LedgerLine) -> DetailRow:
        scope = Scope(entity=line.entity, orgs=line.org or ())
        where = (self._names.entity(scope), self._names.org(scope))
        said = (line.reason_code, line.reason_message, line.note)
        return DetailRow(
            task=line.task,
            line=line.line,
            custom_id=name_text(line.custom_id),
            operation=name_text(line.operation),
            scope=" / ".join(name_text(one) for one in where if one),
            result_id=" ".join(name_text(one) for one in (line.result_id, line.result_state) if one),
            reason="; ".join(shown(one, _TEXT_MAX) for one in said if one),
        )


def name_text(name: str | None) -> str:
    """A name of others as the report shows it: at most 80 characters."""
    return shown(name or "", _NAME_MAX)


def _message(reason: Reason) -> str:
    if reason.other:
        return "other reasons"
    return shown(reason.message, _TEXT_MAX) or ("" if reason.code else "no reason was given")


def _first_tasks(reason: Reason) -> str:
    numbers = ", ".join(map(str, reason.tasks))
    return f"{numbers}, ..." if reason.count > len(reason.tasks) else numbers
