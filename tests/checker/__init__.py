"""The checker: holds what a run says against what its tenant did. It shares no code with the runner.

It is given a record in plain values: the frozen tasks, the checkpoint's events, the ledger's lines, the
tenant's effects, the requests on the wire, and what each target shows in the end. `tasks` judges what is said
of each task, `order` the events, `wire` each request. What they find is lost, duplicate, false (failed,
succeeded, unchanged, partial, accepted, not_attempted), unaccounted, unsettled though evidence existed, or a
breach of a rule that is never relaxed.
"""

from collections import defaultdict

from tests.checker.order import judge_order
from tests.checker.record import Finding, Record
from tests.checker.tasks import judge_tasks
from tests.checker.wire import judge_wire

__all__ = ["check"]


def check(record: Record) -> dict[str, list[Finding]]:
    """What is wrong, by kind; empty where nothing is."""
    found: defaultdict[str, list[Finding]] = defaultdict(list)
    for finding in (*judge_tasks(record), *judge_order(record), *judge_wire(record)):
        found[finding.kind].append(finding)
    return dict(found)
