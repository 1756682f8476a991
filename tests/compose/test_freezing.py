from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

from runner.compose.compile import compile_job
from runner.compose.freezing import Freezer
from runner.compose.heritage import Heritage
from runner.compose.parents import Parents
from runner.compose.places import Meaning
from runner.core.acts import HoldKind
from runner.core.operation import CompileContext
from runner.core.options import JobOptions
from runner.core.outcome import Outcome, Status
from runner.core.task import Task
from runner.edge.checkpoint.acts import ActSession, Holding
from runner.edge.config import load

MEANING = Meaning("built-in", "tenant.1", "new", "", skip_done=True)
ROW = "create_bill_run,{name},A1,2026-01-31"


class Told(ActSession):
    """A registry that knows some acts, and how an earlier run holds them."""

    def __init__(self, kinds: dict[str, HoldKind]) -> None:
        self._kinds = kinds

    def holdings(self, acts: Iterable[str], *, besides: Collection[str] = ()) -> Iterator[Holding]:
        """What it was told of these acts."""
        del besides
        for act in acts:
            if act in self._kinds:
                yield Holding(act, "old", 1, self._kinds[act], Outcome(Status.SUCCEEDED))


def frozen(tmp_path: Path, names: list[str], kinds: dict[str, HoldKind]) -> list[Task]:
    """The tasks of bill runs with these names."""
    path = tmp_path / "job.csv"
    rows = [ROW.format(name=name) for name in names]
    path.write_text("\n".join(["operation,name,accountId,targetDate", *rows]) + "\n")
    config = tmp_path / "config.toml"
    config.write_text('[tenants.t]\nenvironment = "sandbox"\n')
    options = JobOptions(path=str(path), allow_duplicates=True)
    with compile_job(options, load(config).tenant("t"), "2026-01-01") as job, Parents() as parents:
        assert list(job.problems) == []
        context = CompileContext(today="2026-01-01", org_names={}, marker=True)
        freezer = Freezer(MEANING, context, Told(kinds), parents, Heritage(now=0.0))
        return [task for row in freezer.freeze(job) for task in row.tasks]


def test_equal_rows_are_different_acts(tmp_path):
    """Each of equal rows is an act of its own, the same ones every time."""
    acts = [task.act for task in frozen(tmp_path, ["same", "same"], {})]
    assert len(set(acts)) == 2
    assert [task.act for task in frozen(tmp_path, ["same", "other", "same"], {})][::2] == acts


def test_a_row_that_is_left_alone_is_the_one_that_was_done(tmp_path):
    """Where one of two equal rows failed and was corrected, the other is still the act that was done."""
    failed, done = (task.act for task in frozen(tmp_path, ["same", "same"], {}))
    kinds = {failed: HoldKind.FREE, done: HoldKind.DONE}
    corrected, same = frozen(tmp_path, ["corrected", "same"], kinds)
    assert (same.act, same.done_by is not None) == (done, True)
    assert corrected.done_by is None


def test_equal_rows_take_first_what_is_held(tmp_path):
    """Of equal rows the first ones are those that an earlier run has done."""
    first, second, third = (task.act for task in frozen(tmp_path, ["same"] * 3, {}))
    kinds = {first: HoldKind.FREE, second: HoldKind.DONE, third: HoldKind.DONE}
    assert [task.act for task in frozen(tmp_path, ["same"] * 2, kinds)] == [second, third]
    assert [task.act for task in frozen(tmp_path, ["same"] * 3, kinds)] == [second, third, first]
