"""From a job file to tasks: read, judge, fan out, draft, put aside. Offline, and in bounded memory."""

from collections.abc import Sequence
from typing import Final, TypeAlias

from runner.compose.compiledjob import CompiledJob
from runner.compose.payload import digest_of, payload_of
from runner.core.fanout import FanOut
from runner.core.fault import UserFault
from runner.core.job import FieldProblem, Problem, Row
from runner.core.jsonvalue import Json
from runner.core.nearest import did_you_mean
from runner.core.operation import CompileContext, Draft, Fields, Operation
from runner.core.options import JobOptions
from runner.core.plaintext import quoted
from runner.core.resultcells import Parent, doubt_of, parent_of
from runner.core.rowkeys import RowKeys, row_keys
from runner.core.scope import Scope
from runner.core.tenant import Tenant
from runner.edge.jobfile import JobReader
from runner.edge.spoolentry import Entry, RejectedRow
from runner.operations.catalog import CATALOG

_Scopes: TypeAlias = tuple[Scope, ...] | list[FieldProblem]

_PLACES_MAX: Final = 256
_NAMES: Final = tuple(CATALOG)
_FIELDS: Final = frozenset(doc.name for operation in CATALOG.values() for doc in operation.field_docs)


def compile_job(options: JobOptions, tenant: Tenant, today: str | None) -> CompiledJob:
    """Read a job and compile each of its rows for a tenant; close what it returns (a context manager).

    `today` is the date (YYYY-MM-DD) in the tenant's timezone, None where none is configured. What is wrong
    with the file stands in `problems` of the result, all of it, in file order; with `--skip-invalid` a row
    that is wrong by itself (or contradicts another) is rejected instead. Nothing is sent, and no file is
    written but temporary ones.

    Raises:
        UserFault: an option is wrong, or the job is not the one that was planned.
        StorageFault: the temporary directory is full.
    """
    fan_out = FanOut(options, tenant)
    _check_options(options, fan_out)
    reader = JobReader(options, _FIELDS)
    job = CompiledJob(reader, options)
    try:
        context = CompileContext(today=today, org_names=tenant.orgs, marker=tenant.marker)
        _Compiler(job, options, fan_out, context).take_all(reader)
        _check_planned(job, options)
        job.compare()
    except BaseException:
        job.close()
        raise
    return job


def _check_planned(job: CompiledJob, options: JobOptions) -> None:
    """Refuse a job that is not what its plan was made of."""
    hint = f"look at it, then plan it anew: zuora-batch plan {job.display_name} -o PLAN"
    if options.sha256 is not None and job.sha256 != options.sha256:
        raise UserFault(
            f"{job.display_name}: its bytes are not those that were planned; nothing was sent", hint=hint
        )
    if options.meaning is not None and job.meaning != options.meaning:
        raise UserFault(
            f"{job.display_name}: its rows mean other tasks than were planned, since the config has changed; "
            "nothing was sent",
            hint=hint,
        )


def _check_options(options: JobOptions, fan_out: FanOut) -> None:
    lines = [f"{problem.column}: {problem.message}" for problem in fan_out.option_problems()]
    name = options.operation
    if name is not None and name not in CATALOG:
        known = ", ".join(_NAMES)
        near = did_you_mean(name, _NAMES)
        lines.append(f"--operation: {quoted(name)} is no operation; expected one of {known}{near}")
    if lines:
        raise UserFault("\n".join(lines))


class _Compiler:
    """Takes the rows of one job, one after the other."""

    def __init__(
        self, job: CompiledJob, options: JobOptions, fan_out: FanOut, context: CompileContext
    ) -> None:
        self._job = job
        self._options = options
        self._fan_out = fan_out
        self._context = context
        self._places: dict[tuple[str | None, str | None], _Scopes] = {}

    def take_all(self, reader: JobReader) -> None:
        for item in reader.rows():
            if isinstance(item, Row):
                self._take(item)
            elif self._options.skip_invalid and item.source is not None:
                self._job.spool.add_rejected(RejectedRow(item.row, item.line, item.source, item.message))
            else:
                self._job.problems.add(item)

    def _take(self, row: Row) -> None:
        doubt = doubt_of(row.cells)
        if doubt is not None:
            self._job.doubts.add(Problem(row.line, doubt.column, doubt.message))
        problems = _by_column(self._compile(row), row)
        if problems and self._options.skip_invalid:
            self._job.spool.add_rejected(RejectedRow(row.row, row.line, row.source, _reason_of(problems)))
            return
        for problem in problems:
            self._job.problems.add(Problem(row.line, problem.column, problem.message))

    def _compile(self, row: Row) -> list[FieldProblem]:
        """Put the row's tasks into the spool, or say everything that is wrong with it by itself."""
        keys = row_keys(row.cells, self._options.operation, _NAMES)
        scopes = self._scopes(row)
        parent = parent_of(row.cells)
        operation = _operation_of(row.cells.get("operation"), self._options.operation)
        fields = None if operation is None else operation.read(row)
        problems = [one for found in (keys, scopes, fields) if isinstance(found, list) for one in found]
        if isinstance(parent, FieldProblem):
            problems.append(parent)
            parent = None
        if operation is None or not isinstance(keys, RowKeys) or not isinstance(fields, Fields):
            return problems
        drafts = [] if isinstance(scopes, list) else self._drafts(operation, fields, scopes, problems)
        if problems:
            return problems
        if parent is not None:
            self._job.note_parent(parent.run, row.line)
        for draft in drafts:
            self._job.add(_entry(row, keys, draft, parent))
        return []

    def _scopes(self, row: Row) -> _Scopes:
        """As `FanOut.scopes`; most rows of a job act in one of a few places."""
        entity, org = row.cells.get("entity"), row.cells.get("org")
        if not (isinstance(entity, str | None) and isinstance(org, str | None)):
            return self._fan_out.scopes(row.cells)
        known = self._places.get((entity, org))
        if known is None:
            known = self._fan_out.scopes(row.cells)
            if len(self._places) < _PLACES_MAX:
                self._places[entity, org] = known
        return known

    def _drafts(
        self, operation: Operation, fields: Fields, scopes: tuple[Scope, ...], problems: list[FieldProblem]
    ) -> list[Draft]:
        """The row in each scope; what is wrong with it there goes to `problems`, once for all scopes."""
        drafts: list[Draft] = []
        seen = set(problems)
        for scope in scopes:
            drafted = operation.draft(fields, scope, self._context)
            if isinstance(drafted, Draft):
                drafts.append(drafted)
                continue
            problems += [one for one in drafted if one not in seen]
            seen.update(drafted)
        return drafts


def _operation_of(cell: Json, default: str | None) -> Operation | None:
    name = default if cell is None else cell
    return CATALOG.get(name) if isinstance(name, str) else None


def _by_column(problems: Sequence[FieldProblem], row: Row) -> list[FieldProblem]:
    """In the order of the row's columns; those of columns that it does not have come last."""
    places = {name: place for place, name in enumerate(row.cells)} if problems else {}
    return sorted(problems, key=lambda problem: places.get(problem.column, len(places)))


def _entry(row: Row, keys: RowKeys, draft: Draft, parent: Parent | None) -> Entry:
    return Entry(
        row=row.row,
        line=row.line,
        source=row.source,
        operation=keys.operation,
        scope=draft.scope,
        digest=digest_of(draft),
        payload=payload_of(draft),
        custom_id=keys.custom_id,
        claims=draft.claims,
        parent=None if parent is None or parent.task is None else (parent.run, parent.task),
    )


def _reason_of(problems: Sequence[FieldProblem]) -> str:
    """Why a row is left out, in one line."""
    return "; ".join(f"{each.column}: {each.message}" if each.column else each.message for each in problems)
