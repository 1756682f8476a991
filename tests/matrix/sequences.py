"""Cells in which more than one reply is struck: what follows what, and what the server has stored."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from runner.core.policy import Policy
from runner.core.wire import Lost, NotSent, NotSentCause, Reply
from tests.matrix.cells import schedules, task_of
from tests.matrix.meanings import BILL, CREATE, DETACH, JOURNAL, KINDS, PUTS, Kind
from tests.matrix.play import HTML, Act, Effect, Play, Sends, Strike, arrived, refusal
from tests.simulation.jobs import UNMARKED, create_cells, make_task

LOST: Final = Lost("the connection was reset")
_CALM: Final = Sends((1, 1), 1)
_S: Final = "succeeded"
_QUIET: Final = (160.0, 220.0)
_ANY: Final = (0.0, float("inf"))
_MINUTE: Final = (0.0, 61.0)
"""The tenant's 429 says by `ratelimit-reset` when its minute is over."""
_HOURS: Final = 3600.0


def pair(
    name: str,
    kind: Kind,
    strikes: list[Strike],
    acts: tuple[Act, ...],
    sends: Sends,
    scenario: str = "",
    **more,
) -> Play:
    """A struck task with a calm one of the same operation behind it."""
    return Play(
        name=f"{name} | {kind}",
        tasks=(task_of(1, kind), task_of(2, kind)),
        acts=acts,
        sends=(sends, _CALM),
        scenario=f"{scenario}\n{schedules(2) if kind == DETACH else ''}",
        strikes=tuple((1, strike) for strike in strikes),
        setup={"concurrency": 1},
        **more,
    )


def single(
    name: str,
    kind: Kind,
    strikes: list[Strike],
    acts: tuple[Act, ...],
    sends: Sends,
    scenario: str = "",
    **more,
) -> Play:
    """A struck task alone in the world."""
    play = pair(name, kind, strikes, acts, sends, scenario, **more)
    return replace(play, tasks=play.tasks[:1], sends=play.sends[:1])


def then(*statuses: str, code: str | None = None) -> tuple[Act, ...]:
    """A launch in which it goes wrong, one that only reads, one that sends again; the other task succeeds."""
    exits = {_S: 0, "failed": 1, "partial": 1, "unknown": 3, "accepted": 3, "not_attempted": 4}
    codes = tuple(code if status != _S else None for status in statuses)
    first, settled, final = (
        Act((status, _S), exits[status], reason_codes=(each,))
        for status, each in zip(statuses, codes, strict=True)
    )
    return (
        first,
        Act(
            settled.statuses,
            settled.code,
            sends=False,
            calm=True,
            gap_s=200.0,
            reason_codes=settled.reason_codes,
        ),
        Act(final.statuses, final.code, gap_s=60.0, reason_codes=final.reason_codes),
    )


def _nth(reply: Reply, *nth: int, effect: Effect = "none") -> Strike:
    return Strike(reply, effect, nth)


def always_lost() -> Iterator[Play]:
    """The same fault for every write: where it ends, and how often a PUT is sent at most."""
    strikes = [_nth(LOST)]
    yield pair(
        "always lost", CREATE, strikes, then("unknown", "unknown", _S, code="reply_lost"), Sends((2, 9), 1)
    )
    for kind in (BILL, DETACH):
        failed = then("failed", "failed", "failed", code="reply_lost")
        yield pair("always lost", kind, strikes, failed, Sends((2, 2), 0, apart_s=(_QUIET,), reads=2))
    unknown = then("unknown", "unknown", "unknown", code="reply_lost")
    yield pair("always lost", JOURNAL, strikes, unknown, Sends((2, 2), 0, apart_s=(_QUIET,), reads=2))
    for category in (60, 61, 99):
        said = _nth(arrived(500, refusal(f"531000{category}")))
        acts = then("unknown", "unknown", _S, code=f"531000{category}")
        # "a very limited number of times", then it is searched (3.C): two writes in a launch
        yield pair(f"always {category}", CREATE, [said], acts, Sends((3, 3), 1))
    running = then("unknown", "unknown", _S, code="http_409")
    yield pair("always 409", CREATE, [_nth(arrived(409))], running, Sends((2, 9), 1))


def always_refused() -> Iterator[Play]:
    """A lock is given up after five writes; limits and connections never make a task failed (contract)."""
    for kind in KINDS:
        keys = "new" if kind == CREATE else "same"
        lock = [_nth(arrived(409, refusal("53100050")))]
        failed = then("failed", "failed", "failed", code="53100050")
        yield pair("always locked", kind, lock, failed, Sends((5, 5), 0, keys))
        stopped = (
            Act(("not_attempted", _S), 4, "no useful answer", lasts_s=1500.0),
            Act(("not_attempted", _S), 4, sends=False, calm=True),
            Act((_S, _S), 0),
        )
        yield pair("always 429", kind, [_nth(arrived(429))], stopped, Sends((3, 60), 1))
        gone = _nth(NotSent(NotSentCause.CONNECT, "refused"))
        yield pair("writes never connect", kind, [gone], stopped, Sends((3, 60), 1))


def twice_struck() -> Iterator[Play]:
    """A second reply after an ambiguous first one: what it proves of the first (3.C, design.md "Rules")."""
    done = then(_S, _S, _S)
    for kind in KINDS:
        lost = [_nth(LOST, 1), _nth(LOST, 2, effect="applied")]
        writes = (3, 3) if kind == CREATE else (2, 2)
        yield pair("lost, then lost but applied", kind, lost, done, Sends(writes, 1))
    for kind in PUTS:
        refused = [_nth(LOST, 1), _nth(arrived(400, refusal("53100030")), 2)]
        end = "unknown" if kind == JOURNAL else "failed"
        acts = then(end, end, end, code="53100030")
        yield pair("lost, then refused", kind, refused, acts, Sends((2, 2), 0, apart_s=(_QUIET,), reads=2))
        for name, reply in _PROVING_NOTHING_OF_BEFORE:
            strikes = [_nth(LOST, 1), _nth(reply, 2)]
            yield pair(
                f"lost, then {name}", kind, strikes, done, Sends((3, 3), 1, apart_s=(_QUIET,), reads=2)
            )
    refused = [_nth(LOST, 1), _nth(arrived(400, refusal("53100030")), 2)]
    failed = then("failed", "failed", "failed", code="53100030")
    yield pair("lost, then refused", CREATE, refused, failed, Sends((2, 2), 0))
    for effect in ("none", "applied"):
        for name, reply in (*_PROVING_NOTHING_OF_BEFORE, *_UNDER_A_KEY):
            strikes = [_nth(LOST, 1, effect=effect), _nth(reply, 2)]
            yield pair(f"lost, {effect}, then {name}", CREATE, strikes, done, Sends((3, 3), 1))


_PROVING_NOTHING_OF_BEFORE: Final[tuple[tuple[str, Reply], ...]] = (
    ("401", arrived(401)),
    ("429", arrived(429)),
    ("a lock", arrived(409, refusal("53100050"))),
    ("no connection", NotSent(NotSentCause.CONNECT, "refused")),
)
_UNDER_A_KEY: Final[tuple[tuple[str, Reply], ...]] = (
    ("403", arrived(403)),
    ("404", arrived(404)),
    ("404 category 40", arrived(404, refusal("53100040"))),
    ("409", arrived(409)),
    ("500", arrived(500, HTML)),
    ("503", arrived(503, HTML)),
    ("limit", arrived(200, refusal("53100070"))),
    ("HTML", arrived(200, HTML)),
)
"""What may come from in front of the keys, and says nothing of the request before."""


def token_refused_twice() -> Iterator[Play]:
    """401 with a new token as well: the launch stops with 7, and no row has failed."""
    for kind in KINDS:
        acts = (
            Act(("not_attempted",), 7, "401 came again", reason_codes=("http_401",)),
            Act(("not_attempted",), 4, sends=False, calm=True, gap_s=200.0),
            Act((_S,), 0),
        )
        sends = Sends((3, 3), 1, apart_s=((0.0, 5.0),))
        yield single("401 twice", kind, [_nth(arrived(401), 1, 2)], acts, sends)
        everyone = (
            Act(("not_attempted", "not_attempted"), 7, "401 came again"),
            Act(("not_attempted", "not_attempted"), 4, sends=False, calm=True, gap_s=200.0),
            Act((_S, _S), 0),
        )
        play = pair("401 for everyone", kind, [_nth(arrived(401))], everyone, Sends((2, 3), 1))
        yield replace(play, strikes=(*play.strikes, (2, _nth(arrived(401)))), sends=(Sends((2, 3), 1),) * 2)


def stored() -> Iterator[Play]:
    """What the server stores under a key is replayed for 24 h: only then, and never else, another key."""
    done = then(_S, _S, _S)
    for name, fault, sends in (
        ("500, none", "fault = 'status'\nstatus = 500", Sends((3, 3), 1, "112", apart_s=(_ANY, _QUIET))),
        ("503, none", "fault = 'status'\nstatus = 503", Sends((3, 3), 1, "112", apart_s=(_ANY, _QUIET))),
        ("category 61, none", "fault = 'success_false'\ncategory = 61\neffect = 'none'",
         Sends((3, 3), 1, "112", apart_s=(_ANY, _QUIET))),
        ("500, applied", "fault = 'status'\nstatus = 500\neffect = 'applied'", Sends((2, 2), 1)),
        ("504 after 120 s, applied", "fault = 'timeout'", Sends((2, 2), 1)),
        ("500, late", "fault = 'status'\nstatus = 500\neffect = 'late'", Sends((2, 8), 1)),
        ("429, none", "fault = 'status'\nstatus = 429", Sends((3, 3), 1, "112", apart_s=(_MINUTE, _MINUTE))),
        ("429 wait 20, none", "fault = 'status'\nstatus = 429\nretry_after = '20'",
         Sends((3, 3), 1, "112", apart_s=((20.0, 29.0), (20.0, 29.0)))),
        ("lock, none", "fault = 'lock'", Sends((2, 2), 1, "12")),
    ):  # fmt: skip
        yield pair(f"stored {name}", CREATE, [], done, sends, _stored(fault))
    twice = (
        Act(("not_attempted",), 7, "401 came again"),
        Act(("not_attempted",), 4, sends=False, gap_s=60.0),
        Act((_S,), 0),
    )
    token = _stored("fault = 'status'\nstatus = 401")
    yield single("stored 401, none", CREATE, [], twice, Sends((3, 3), 1, "112"), token)


def _stored(fault: str) -> str:
    match = "match = { operation = 'create_bill_run', target = '^run 1 ' }"
    return f"[[faults]]\n{match}\ntimes = 1\nstored = true\n{fault}"


def alone() -> Iterator[Play]:
    """Where no marker was ever read back whole, not finding one proves nothing; without one, neither."""
    scenario = _stored("fault = 'status'\nstatus = 500")
    acts = tuple(Act(("unknown",), 3, sends=sends, gap_s=200.0) for sends in (True, False, True))
    unmarked = make_task(1, CREATE, create_cells(1), context=UNMARKED)
    target = scenario.replace("^run 1 ", "^run 1")
    for name, task in (("no marker was read", task_of(1, CREATE)), ("no marker", unmarked)):
        yield Play(f"stored 500, none, {name} | {CREATE}", (task,), acts, (Sends((2, 9), 0),), target)


def after_hours() -> Iterator[Play]:
    """A key is trusted for 20 hours of the server's clock; then it is searched, and then another is used."""
    lost = then("unknown", "unknown", "unknown")[0]
    brief = Policy(same_key_max=2)
    again = Act((_S, _S), 0, calm=True, gap_s=21 * _HOURS)
    yield pair(
        "lost, resumed after 21 h", CREATE, [_nth(LOST)], (lost, again), Sends((3, 3), 1, "112"), policy=brief
    )
    soon = Act((_S, _S), 0, calm=True, gap_s=19 * _HOURS)
    yield pair(
        "lost, resumed after 19 h", CREATE, [_nth(LOST)], (lost, soon), Sends((3, 3), 1, "111"), policy=brief
    )
    applied = [_nth(LOST, 1, effect="applied")]
    cut = Act(("unknown", "not_attempted"), 4, "SIGINT", stop_after_s=0.5)
    yield pair("lost but applied, resumed after 21 h", CREATE, applied, (cut, again), Sends((1, 1), 1))


SEQUENCES: Final = (
    always_lost, always_refused, twice_struck, token_refused_twice, stored, alone, after_hours,
)  # fmt: skip
