"""Cells about more than one task: lanes, what stops a launch, outages, long waits, and faults of reads."""

from collections.abc import Iterator
from typing import Final

from runner.core.scope import Scope
from runner.core.wire import Reply
from tests.matrix.cells import schedules, task_of
from tests.matrix.meanings import BILL, CREATE, DETACH, JOURNAL, KINDS, Kind
from tests.matrix.play import HTML, Act, Play, Sends, Strike, arrived
from tests.matrix.sequences import pair
from tests.simulation.jobs import ENTITIES

_S: Final = "succeeded"
_N: Final = "not_attempted"
_US, _EMEA = (Scope(entity) for entity in ENTITIES)
_CALM: Final = Sends((1, 1), 1)


def _row(
    name: str,
    kind: Kind,
    scopes: list[Scope],
    struck: tuple[tuple[int, ...], Reply],
    acts: tuple[Act, ...],
    sends,
) -> Play:
    return Play(
        name=f"{name} | {kind}",
        tasks=tuple(task_of(number, kind, scope) for number, scope in enumerate(scopes, start=1)),
        acts=acts,
        sends=tuple(sends),
        scenario=schedules(len(scopes)) if kind == DETACH else "",
        strikes=tuple((number, Strike(struck[1])) for number in struck[0]),
        setup={"concurrency": 1},
    )


def forbidden() -> Iterator[Play]:
    """403 three times in a row in one entity: that lane stops, the other goes on; every reply 403: 7."""
    scopes = [_US, _US, _US, _US, _EMEA, _EMEA]
    three = ((1, 2, 3), arrived(403))
    failed = ("failed", "failed", "failed")
    acts = (
        Act((*failed, _N, _S, _S), 4, reason_codes=("http_403",) * 3),
        Act((*failed, _N, _S, _S), 4, sends=False, calm=True, gap_s=60.0),
        Act((*failed, _S, _S, _S), 1),
    )
    every = (Act(("failed", "failed"), 7, "every reply was 403"), Act(("failed", "failed"), 1, calm=True))
    for kind in KINDS:
        sends = [*[Sends((1, 1), 0)] * 3, _CALM, _CALM, _CALM]
        yield _row("403 in one entity", kind, scopes, three, acts, sends)
        both = ((1, 2), arrived(403))
        yield _row("403 everywhere", kind, [_US, _EMEA], both, every, [Sends((1, 1), 0)] * 2)
        apart = ((1, 2, 4), arrived(403))
        mixed = ("failed", "failed", _S, "failed", _S)
        goes_on = (Act(mixed, 1), Act(mixed, 1, calm=True))
        some = [Sends((1, 1), int(status == _S)) for status in mixed]
        yield _row("403, not in a row", kind, [_US] * 5, apart, goes_on, some)


def garbled() -> Iterator[Play]:
    """Three replies in a row that Zuora does not give: a wrong network; the launch stops."""
    settled = {CREATE: "unknown", BILL: "failed", JOURNAL: "unknown", DETACH: "failed"}
    for kind in KINDS:
        end = _S if settled[kind] == "unknown" else "failed"
        acts = (
            Act(("unknown",) * 3 + (_N, _N), 4, "in a row that Zuora does not give"),
            Act((settled[kind],) * 3 + (_N, _N), 4, sends=False, calm=True, gap_s=200.0),
            Act((end,) * 3 + (_S, _S), 0 if end == _S else 1, gap_s=60.0),
        )
        struck = Sends((2, 2), 1) if end == _S else Sends((1, 1), 0)
        portal = ((1, 2, 3), arrived(200, HTML))
        yield _row("captive portal", kind, [Scope()] * 5, portal, acts, [*[struck] * 3, _CALM, _CALM])
        apart = ((1, 2, 4), arrived(200, HTML))
        again = (Act((_S,) * 5, 0),)
        twice = Sends((2, 2), 1)
        yield _row(
            "HTML, not in a row", kind, [Scope()] * 5, apart, again, [twice, twice, _CALM, twice, _CALM]
        )
    left = ("unknown",) * 3 + (_S,)
    mismatch = ((1, 2, 3), arrived(422))
    goes_on = (Act(left, 3, reason_codes=("key_mismatch",) * 3), Act(left, 3, calm=True, gap_s=200.0))
    yield _row("422 in a row", CREATE, [Scope()] * 4, mismatch, goes_on, [*[Sends((1, 1), 0)] * 3, _CALM])


def outages() -> Iterator[Play]:
    """Maintenance: everything 503 for an hour; and the network gone for two."""
    for kind in KINDS:
        many = Sends((2, 12), 1) if kind == CREATE else Sends((2, 2), 1)
        scenario = f"[tenant]\nlatency_s = 1.0\n{schedules(2) if kind == DETACH else ''}"
        begins = "[[faults]]\nmatch = {{ operation = 'any', from_s = {0}, until_s = 3600 }}\n{1}"
        maintenance = "fault = 'status'\nstatus = 503"
        before = (
            Act((_N, _N), 4, "no useful answer", lasts_s=120.0),
            Act((_N, _N), 4, "no useful answer", sends=True, lasts_s=120.0),
            Act((_S, _S), 0, gap_s=3600.0),
        )
        tasks = (task_of(1, kind), task_of(2, kind))
        yield Play(
            f"maintenance from the start | {kind}", tasks, before, (_CALM, _CALM),
            f"{scenario}\n{begins.format(0, maintenance)}",
        )  # fmt: skip
        amid = (
            Act(("unknown", "unknown"), 3, "no useful answer", lasts_s=1300.0),
            Act(("unknown", "unknown"), 3, "no useful answer", sends=False, lasts_s=120.0),
            Act((_S, _S), 0, gap_s=3600.0),
        )
        looked_s = 2.0 if kind == JOURNAL else 1.0  # a journal run that has ended is looked at with two reads
        yield Play(
            f"maintenance amid it | {kind}", tasks, amid, (many, many),
            f"{scenario}\n{begins.format(looked_s, maintenance)}",
        )  # fmt: skip
        gone = (
            Act((_N, _N), 4, "no useful answer", lasts_s=1300.0),
            Act((_N, _N), 4, None, lasts_s=120.0),
            Act((_S, _S), 0, gap_s=3600.0),
        )
        unsent = Sends((2, 12), 1)
        yield Play(
            f"no network amid it | {kind}", tasks, gone, (unsent, unsent),
            f"{scenario}\n{begins.format(looked_s, chr(10).join(['fault = ' + repr('no_connect')]))}",
        )  # fmt: skip


def long_waits() -> Iterator[Play]:
    """`Retry-After` above 15 minutes is not slept through, and not undercut in a later launch either."""
    for wait_s in (3600.0, 172_800.0, 900_000_000.0):
        hint = {"retry_after": f"{wait_s:.0f}"}
        open_end = wait_s > 1e6
        for kind in KINDS:
            limited = (
                Act((_N, _N), 4, "asks to wait", lasts_s=700.0),
                Act((_N, _S), 4, "asks to wait", gap_s=60.0, lasts_s=300.0),
                *(() if open_end else (Act((_S, _S), 0, gap_s=wait_s),)),
            )
            pause = ((wait_s, float("inf")),)
            sends = Sends((1, 1), 0) if open_end else Sends((2, 2), 1, apart_s=pause)
            strike = [Strike(arrived(429, **hint))]
            yield pair(f"429 wait {wait_s:g}", kind, strike, limited, sends, open_end=open_end)
            if open_end:
                continue
            unclear = (
                Act(("unknown", _N), 4, "asks to wait", lasts_s=700.0),
                Act(("unknown", _S), 3, gap_s=60.0, lasts_s=2000.0),
                Act((_S, _S), 0, gap_s=wait_s),
            )
            # After 20 hours a key is not trusted any more.
            sends = Sends((2, 2), 1, "12" if wait_s > 72_000.0 else "11", apart_s=pause)
            yield pair(f"503 wait {wait_s:g}", kind, [Strike(arrived(503, HTML, **hint))], unclear, sends)


READ_FAULTS: Final = (
    ("no connection", "fault = 'no_connect'"),
    ("reset", "fault = 'reset_after'"),
    ("HTML", "fault = 'html200'"),
    ("garbage", "fault = 'garbage'"),
    ("empty", "fault = 'empty'"),
    ("truncated", "fault = 'truncate'"),
    ("oversized", "fault = 'oversized'"),
    ("gzip bomb", "fault = 'gzip_bomb'"),
    ("429", "fault = 'status'\nstatus = 429\nretry_after = '20'"),
    ("500", "fault = 'status'\nstatus = 500"),
    ("503", "fault = 'status'\nstatus = 503\nretry_after = '20'"),
    ("401", "fault = 'status'\nstatus = 401"),
    ("403", "fault = 'status'\nstatus = 403"),
)


def faulty_reads() -> Iterator[Play]:
    """A look that fails proves nothing and costs nothing: it is asked again, before and after the write."""
    for kind in KINDS:
        for name, fault in READ_FAULTS:
            text = f"[[faults]]\nmatch = {{ operation = 'read' }}\ntimes = 1\n{fault}"
            yield pair(f"a read: {name}", kind, [], (Act((_S, _S), 0),), _CALM, text)
            times = 1 if name == "401" else 2
            later = f"[[faults]]\nmatch = {{ operation = 'read', from_s = 1.0 }}\ntimes = {times}\n{fault}"
            lost = [Strike(arrived(503, HTML), "applied")]
            sends = Sends((2, 2), 1) if kind == CREATE else _CALM
            yield pair(f"a read-back: {name}", kind, lost, (Act((_S, _S), 0),), sends, later)
        for name, fault, code, why in (
            ("redirected", "fault = 'redirect'", 4, "redirect"),
            ("401 for ever", "fault = 'status'\nstatus = 401", 7, "401 came again"),
            ("500 for ever", "fault = 'status'\nstatus = 500", 4, "no useful answer"),
            ("no reply in time", "fault = 'latency'\ndelay_s = 40.0", 4, "no useful answer for 30 s"),
        ):
            text = f"[[faults]]\nmatch = {{ operation = 'read' }}\n{fault}"
            acts = (Act((_N, _N), code, why), Act((_S, _S), 0, calm=True))
            yield pair(f"reads: {name}", kind, [], acts, _CALM, text)


LANES: Final = (forbidden, garbled, outages, long_waits, faulty_reads)
