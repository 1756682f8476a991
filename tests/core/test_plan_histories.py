"""Whole histories on virtual time: whatever the server says, the planner keeps its rules and comes to an end.

The rules are judged from the events alone, by an oracle that shares no code with the planner.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import chain, repeat

from hypothesis import event, given, note, settings
from hypothesis import strategies as st

from runner.core.event import Answered, Observed, Sent, TaskEvent
from runner.core.history import Past, after, fold
from runner.core.outcome import Outcome, Status
from runner.core.plan import plan
from runner.core.policy import Policy, Traits
from runner.core.sighting import Sighting, Standing
from runner.core.step import Look, Rest, Send, Settle, View
from runner.core.task import Task
from runner.core.verdict import UNCLEAR_KINDS, Verdict
from runner.core.verdict import VerdictKind as Kind
from tests.core.making import T0, cancel, creation

Replies = Iterator[Verdict | None]
Sights = Iterator[Standing | None]

STEPS_MAX = 3000
UNREAD_MAX = 6
_TAKEN = {Kind.DONE, Kind.ACCEPTED}
_NOTHING_DONE = {Standing.UNTOUCHED, Standing.ABSENT}

_VERDICTS = st.sampled_from([
    None,  # the program dies before it has the answer on disk
    Verdict(Kind.DONE, result_id="b1", result_state="Pending", marker_read=True),
    Verdict(Kind.ACCEPTED, result_id="b1", result_state="CancelInProgress"),
    Verdict(Kind.REFUSED, http_status=400, code="53100030", digest="r1"),
    Verdict(Kind.REFUSED, http_status=400, code="53100020", digest="r2"),
    Verdict(Kind.REFUSED, http_status=404, code="53100040", digest="r3"),
    Verdict(Kind.REFUSED, http_status=400, code="http_400", digest="r4"),
    Verdict(Kind.BUSY, http_status=409, code="53100050", digest="l1"),
    Verdict(Kind.LIMITED, http_status=429, code="http_429", wait_s=5.0, digest="w1"),
    Verdict(Kind.GATED, http_status=400, code="53100030", digest="g1"),
    Verdict(Kind.IN_FLIGHT, http_status=409, code="http_409", digest="f1"),
    Verdict(Kind.TOKEN, http_status=401, code="http_401"),
    Verdict(Kind.FORBIDDEN, http_status=403, code="http_403"),
    Verdict(Kind.MISMATCH, http_status=422, code="key_mismatch"),
    Verdict(Kind.UNCLEAR, code="reply_lost"),
    Verdict(Kind.UNCLEAR, http_status=500, code="http_500", digest="s1"),
    Verdict(Kind.UNCLEAR, http_status=500, code="http_500", digest="s2", wait_s=30.0),
    Verdict(Kind.GARBLED, http_status=200, code="not_understood"),
    Verdict(Kind.NOT_SENT, code="connect"),
])  # fmt: skip
_LAST_VERDICTS = st.sampled_from([
    Verdict(Kind.DONE, result_id="b1"),
    Verdict(Kind.REFUSED, http_status=400, code="53100030"),
    Verdict(Kind.BUSY, http_status=409, code="53100050", digest="l1"),
    Verdict(Kind.UNCLEAR, code="reply_lost"),
    Verdict(Kind.UNCLEAR, http_status=500, code="http_500", digest="s1"),
    Verdict(Kind.IN_FLIGHT, http_status=409, code="http_409"),
])  # fmt: skip
"""What the server says in the end for ever: none of those by which a lane waits, and then stops the run."""
_STANDINGS = st.sampled_from([None, *Standing])


@dataclass
class Write:
    """One write as the oracle sees it."""

    generation: int
    at: float
    reply: Verdict | None = None
    last_byte_at: float = 0.0

    @property
    def unclear(self) -> bool:
        """Whether it may have taken effect, by itself."""
        return self.reply is None or self.reply.kind in UNCLEAR_KINDS or self.reply.kind is Kind.IN_FLIGHT

    @property
    def decides(self) -> bool:
        """Whether it is a business refusal: it decides all of its generation."""
        reply = self.reply
        return (
            reply is not None
            and reply.kind in {Kind.REFUSED, Kind.GATED}
            and reply.http_status == 400
            and (reply.code or "").isdigit()
        )


@dataclass(repr=False)
class World:
    """One task, what the server will say of it, and the launches that work on it."""

    task: Task
    traits: Traits
    policy: Policy
    replies: Replies
    sights: Sights
    gap_s: float
    now: float = T0
    launched_at: float = T0
    marker_read: bool = False
    past: Past = field(default_factory=Past)
    events: list[TaskEvent] = field(default_factory=list)
    writes: list[Write] = field(default_factory=list)
    looks_since: list[tuple[float, Standing]] = field(default_factory=list)
    looks: int = 0
    looked_at: float | None = None
    unread: int = 0
    sends: int = 0
    key_sends: int = 0

    def __repr__(self) -> str:
        """What happened."""
        told = "\n".join(f"  {each}" for each in self.events)
        return f"{self.task.operation}, {self.policy}, {self.traits}:\n{told}\n"

    def view(self) -> View:
        """The task as the planner sees it."""
        return View(
            self.policy, self.traits, self.task, self.past, self.now, self.now, self.launched_at,
            self.looks, self.looked_at, self.sends, self.key_sends, self.marker_read, clock_since=0.0,
        )  # fmt: skip

    def record(self, happened: TaskEvent) -> None:
        """Write down, and fold."""
        self.events.append(happened)
        self.past = after(self.past, happened)

    def run(self) -> Outcome | Rest:
        """Until the end of the last launch: settled, or at rest."""
        try:
            return self.run_on()
        except AssertionError:
            note(repr(self))
            raise

    def run_on(self) -> Outcome | Rest:
        """Plan, act, fold; judge what is planned."""
        for _ in range(STEPS_MAX):
            step = plan(self.view())
            match step:
                case Settle():
                    self.judge_settle(step.outcome)
                    return step.outcome
                case Rest():
                    return step
                case Look():
                    if self.unread >= UNREAD_MAX:
                        return Rest("reads are not answered")
                    self.look(step)
                case Send():
                    self.judge_send(step)
                    self.send(step)
        raise AssertionError(f"no end after {STEPS_MAX} steps")

    def look(self, step: Look) -> None:
        """Read the target."""
        self.now = max(self.now, step.at) + 0.1
        self.looks, self.looked_at = self.looks + 1, self.now
        standing = next(self.sights)
        if standing is None:
            self.unread += 1
            return
        self.unread = 0
        self.marker_read = self.marker_read or standing is Standing.REACHED
        self.looks_since.append((self.now, standing))
        self.record(Observed(1, self.now, step.purpose, Sighting(standing, state=standing.value)))

    def send(self, step: Send) -> None:
        """Write, and get an answer or die."""
        self.now = max(self.now, step.at)
        attempt = len(self.writes) + 1
        before = self.past.generation
        self.record(Sent(1, self.now, attempt, step.generation, f"t-{attempt}", self.now))
        write = Write(step.generation, self.now, next(self.replies))
        self.writes.append(write)
        self.looks_since.clear()
        self.looks, self.looked_at, self.unread, self.sends = 0, None, 0, self.sends + 1
        self.key_sends = self.key_sends + 1 if step.generation == before else 1
        if write.reply is None:
            self.now += self.gap_s
            self.launched_at, self.sends, self.marker_read = self.now, 0, True
            self.key_sends = 0
            write.last_byte_at = self.now
            return
        self.now += 0.5
        write.last_byte_at = self.now
        self.record(Answered(1, self.now, attempt, write.reply))

    # --- the rules, by the events alone ---

    def open_writes(self) -> list[Write]:
        """Writes that may have taken effect and are not decided."""
        left: list[Write] = []
        for write in self.writes:
            if left and write.generation != left[-1].generation:
                left = []  # `judge_send` has seen the proof
            if self.task.keyed and write.decides:
                left = []
            elif write.unclear:
                left.append(write)
        return left

    def nothing_done(self, standing: Standing) -> bool:
        """Twice, uninterrupted, past the quiet window, apart."""
        if len(self.looks_since) < 2 or {each for _, each in self.looks_since[-2:]} != {standing}:
            return False
        (first, _), (second, _) = self.looks_since[-2:]
        last_byte_at = max(write.last_byte_at if write.reply is None else write.at for write in self.writes)
        lost_at = max((write.last_byte_at for write in self.open_writes()), default=0.0)
        quiet = first >= max(last_byte_at, lost_at) + self.policy.quiet_s
        return quiet and second - first >= self.policy.spacing_s

    def judge_send(self, step: Send) -> None:
        """Whether this write may be sent."""
        assert self.policy.sends
        replies = [write.reply for write in self.writes if write.reply is not None]
        assert not any(reply.kind in _TAKEN for reply in replies)
        assert not any(reply.kind is Kind.MISMATCH for reply in replies)
        doubtful = self.open_writes()
        if not self.task.keyed:
            assert step.generation == 0
            assert not doubtful or self.nothing_done(Standing.UNTOUCHED)
            assert len(doubtful) <= 1
            return
        present = self.writes[-1].generation if self.writes else 0
        assert step.generation - present in {0, 1}
        if doubtful and step.generation == present:
            key_since = min(write.at for write in self.writes if write.generation == present)
            assert max(self.now, step.at) - key_since < self.policy.key_trust_s + self.policy.settle_s
        elif doubtful:
            assert self.nothing_done(Standing.ABSENT)
            assert self.marker_read
            assert self.key_decides_no_more(present)

    def key_decides_no_more(self, generation: int) -> bool:
        """Its time is over, or its stored reply was replayed."""
        same_key = [write for write in self.writes if write.generation == generation]
        digests = [write.reply.digest for write in same_key if write.reply and write.reply.digest]
        replayed = len(digests) > 1 and digests[-1] == digests[-2]
        return replayed or self.now - same_key[0].at >= self.policy.key_trust_s

    def judge_settle(self, outcome: Outcome) -> None:
        """Whether this may be claimed."""
        kinds = {write.reply.kind for write in self.writes if write.reply is not None}
        last = self.looks_since[-1][1] if self.looks_since else None
        if outcome.status is Status.SUCCEEDED:
            assert Kind.DONE in kinds or last is Standing.REACHED
            assert self.writes
        elif outcome.status is Status.UNCHANGED:
            assert last is Standing.REACHED
            assert not self.open_writes()
        elif outcome.status is Status.FAILED and not kinds & _TAKEN:
            undone = any(self.nothing_done(standing) for standing in _NOTHING_DONE)
            assert not self.open_writes() or undone or last is Standing.IMPOSSIBLE or self.was_under_way()
        elif outcome.status is Status.PARTIAL:
            assert last is Standing.PARTLY or self.nothing_done(Standing.ABSENT)

    def was_under_way(self) -> bool:
        """Whether our cancel was seen in progress, so that its end elsewhere counts."""
        return any(standing is Standing.UNDER_WAY for _, standing in self.looks_since)


def _not_of_keys(reply: Verdict | None) -> bool:
    return reply is None or reply.kind not in {Kind.MISMATCH, Kind.IN_FLIGHT}


@st.composite
def worlds(draw: st.DrawFn, *, sends: bool = True) -> World:
    """Any task, any replies and sightings, and the same for ever after."""
    operation = draw(st.sampled_from(["create", "create without a marker", "cancel", "journal"]))
    task = cancel() if operation in {"cancel", "journal"} else creation(marker=operation == "create")
    policy = Policy(
        sends=sends,
        preflight=draw(st.booleans()),
        until=draw(st.sampled_from(["accepted", "settled", "completed"])),
    )
    follows = task.keyed and policy.until == "completed"
    verdicts, last_verdicts = (
        (_VERDICTS, _LAST_VERDICTS)
        if task.keyed
        else (_VERDICTS.filter(_not_of_keys), _LAST_VERDICTS.filter(_not_of_keys))
    )
    nothing_done = st.just(Standing.ABSENT if task.keyed else Standing.UNTOUCHED)
    standings = nothing_done | _STANDINGS  # half of them, so that doubts come to be proven undone
    replies = chain(draw(st.lists(verdicts, max_size=8)), repeat(draw(last_verdicts)))
    sights = chain(draw(st.lists(standings, max_size=12)), repeat(draw(standings)))
    gap_s = draw(st.sampled_from([0.1, 1.0, 200.0, 90_000.0]))
    traits = Traits(follows, untouched_proves=operation != "journal")
    return World(task, traits, policy, replies, sights, gap_s)


@settings(max_examples=500, deadline=None)
@given(worlds())
def test_every_history_keeps_the_rules_and_comes_to_an_end(world: World):
    """Whatever is answered and seen, no rule of sending or settling is broken, and every launch ends."""
    end = world.run()
    event(end.status.value if isinstance(end, Outcome) else end.reason)
    assert fold(world.events) == world.past
    last_sent_at = world.writes[-1].at if world.writes else T0
    assert world.now - max(last_sent_at, world.launched_at) <= world.policy.settle_s + 62.0


@settings(max_examples=100, deadline=None)
@given(worlds(sends=False), st.lists(_VERDICTS, min_size=1, max_size=5))
def test_a_command_that_only_reads_never_sends(world: World, replies: list[Verdict | None]):
    """With `sends=False` no past whatever leads to a write, and every one comes to an end."""
    world.policy = replace(world.policy, sends=True)
    for reply in replies:
        world.replies = iter([reply])
        world.send(Send(1 if world.task.keyed else 0, world.now))
    world.policy = replace(world.policy, sends=False)
    sent = len(world.writes)
    for _ in range(STEPS_MAX):
        step = plan(world.view())
        assert not isinstance(step, Send)
        if not isinstance(step, Look) or world.unread >= UNREAD_MAX:
            break
        world.look(step)
    else:
        raise AssertionError("no end")
    assert len(world.writes) == sent


@settings(max_examples=100, deadline=None)
@given(worlds(), st.integers(0, 40))
def test_folding_in_one_go_or_in_two_is_the_same(world: World, cut: int):
    """A past that is read again from the log equals the one that was kept in memory."""
    world.run()
    assert fold(world.events[cut:], fold(world.events[:cut])) == world.past


@settings(max_examples=60, deadline=None)
@given(worlds())
def test_a_decided_task_stays_decided(world: World):
    """After a final status no further launch does anything."""
    end = world.run()
    if isinstance(end, Outcome):
        settled = world.past._replace(outcome=end)
        assert plan(replace(world.view(), past=settled, launched_at=world.now)) == Rest("decided")
