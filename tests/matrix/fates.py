"""What comes of each meaning, by hand: the evidence table (4.5), the contract, the follow-ups of 3.C.

Three courses. `through`: the launch goes on after the struck reply, the next write is calm. `blind`: the same
with `--no-preflight`. `stopped`: a SIGINT comes while the struck reply is on its way; 200 s later (past the
quiet window) a launch only reads, then one sends again. Each fate has the status after each of the three.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from tests.matrix.meanings import BILL, CREATE, DETACH, JOURNAL, PUTS, Kind, Meaning
from tests.matrix.play import Effect

Course: TypeAlias = Literal["through", "blind", "stopped"]
QUIET_S: Final = 150.0
"""For so long after the last byte "not there" proves nothing; then it has to be seen twice, 10 s apart."""
SOON_S: Final = 12.0
"""A write that may be repeated at once is repeated within this time (backoff of the first retry, a lock)."""
_S, _F, _U, _N = "succeeded", "failed", "unknown", "not_attempted"


@dataclass(frozen=True, slots=True)
class Fate:
    """`statuses` after the first launch, the one that only reads, and the one that sends again.

    `writes`: from, to; `keys` as in `Sends`. `apart_s`: from and to between the struck reply and the next
    write (the readable wait is added to both). `reads`: at least so many between those two. `code` and
    `why`: how the first launch ends, where its tasks' statuses do not say it.
    """

    statuses: tuple[str, str, str]
    writes: tuple[int, int] = (1, 1)
    keys: str = "same"
    apart_s: tuple[float, float] | None = None
    reads: int = 0
    code: int | None = None
    why: str = ""


_DONE: Final = Fate((_S, _S, _S))
_FAILED: Final = Fate((_F, _F, _F))
_AGAIN_SOON: Final = Fate((_S, _S, _S), (2, 2), apart_s=(0.0, SOON_S))
_NEW_KEY_SOON: Final = Fate((_S, _S, _S), (2, 2), keys="new", apart_s=(0.0, SOON_S))
_READ_THEN_AGAIN: Final = Fate((_S, _S, _S), (2, 2), apart_s=(QUIET_S + 10.0, QUIET_S + 60.0), reads=2)
"""Read back past the quiet window, twice, then sent once more."""
_UNTIL_THE_KEY_TELLS: Final = Fate((_S, _S, _S), (2, 8))
_LEFT_UNKNOWN: Final = Fate((_U, _U, _U))

_THROUGH_ALL: Final[Mapping[Meaning, Fate]] = {
    Meaning.REFUSED: _FAILED,
    Meaning.FORBIDDEN: _FAILED,
    Meaning.LIMITED: _AGAIN_SOON,
    Meaning.TOKEN: _AGAIN_SOON,
    Meaning.NOT_SENT: _AGAIN_SOON,
}
"""Proven to have done nothing, whatever the operation."""

_CREATE_THROUGH: Final[Mapping[tuple[Meaning, Effect], Fate]] = {
    (Meaning.UNCLEAR, "none"): _AGAIN_SOON,
    (Meaning.UNCLEAR, "applied"): _AGAIN_SOON,
    (Meaning.UNCLEAR, "late"): _UNTIL_THE_KEY_TELLS,
    (Meaning.RUNNING, "none"): _AGAIN_SOON,
    (Meaning.RUNNING, "applied"): _AGAIN_SOON,
    (Meaning.RUNNING, "late"): _UNTIL_THE_KEY_TELLS,
    (Meaning.MISMATCH, "none"): _LEFT_UNKNOWN,
    (Meaning.MISMATCH, "applied"): _DONE,
    (Meaning.MISMATCH, "late"): _DONE,
    (Meaning.LOCKED, "none"): _NEW_KEY_SOON,
}
_PUT_THROUGH: Final[Mapping[tuple[Meaning, Effect], Fate]] = {
    (Meaning.UNCLEAR, "none"): _READ_THEN_AGAIN,
    (Meaning.UNCLEAR, "applied"): _DONE,
    (Meaning.UNCLEAR, "late"): _DONE,
    (Meaning.LOCKED, "none"): _AGAIN_SOON,
}

_BLIND: Final[Mapping[Kind, Mapping[Effect, Fate]]] = {
    BILL: {"none": _LEFT_UNKNOWN, "applied": _DONE, "late": _DONE},
    JOURNAL: {"none": _LEFT_UNKNOWN, "applied": _DONE, "late": _DONE},
    DETACH: {"none": _LEFT_UNKNOWN, "applied": _LEFT_UNKNOWN, "late": _LEFT_UNKNOWN},
}
"""Without a preflight a lost PUT is settled only where the target state is seen (contract): a charge that is
not listed was perhaps never listed, so a detach is for `resolve`."""

_STOPPED_ALL: Final[Mapping[Meaning, Fate]] = {
    Meaning.FORBIDDEN: Fate((_F, _F, _F), code=7, why="every reply was 403"),
    Meaning.LIMITED: Fate((_N, _N, _S), (2, 2)),
    Meaning.TOKEN: Fate((_N, _N, _S), (2, 2)),
    Meaning.NOT_SENT: Fate((_N, _N, _S), (2, 2)),
}
_NOTHING_PROVES: Final = Fate((_U, _U, _S), (2, 2))
"""Reading cannot settle it: the launch that sends again does (by the same key; a journal run is a state)."""
_CREATE_STOPPED: Final[Mapping[tuple[Meaning, Effect], Fate]] = {
    (Meaning.REFUSED, "none"): _FAILED,
    (Meaning.UNCLEAR, "none"): _NOTHING_PROVES,
    (Meaning.UNCLEAR, "applied"): Fate((_U, _S, _S)),
    (Meaning.UNCLEAR, "late"): Fate((_U, _S, _S)),
    (Meaning.RUNNING, "none"): _NOTHING_PROVES,
    (Meaning.RUNNING, "applied"): Fate((_U, _S, _S)),
    (Meaning.RUNNING, "late"): Fate((_U, _S, _S)),
    (Meaning.MISMATCH, "none"): _LEFT_UNKNOWN,
    (Meaning.MISMATCH, "applied"): Fate((_U, _S, _S)),
    (Meaning.MISMATCH, "late"): Fate((_U, _S, _S)),
    (Meaning.LOCKED, "none"): Fate((_N, _N, _S), (2, 2), keys="new"),
    (Meaning.TAKEN, "applied"): _DONE,
}
_PUT_STOPPED: Final[Mapping[Kind, Mapping[tuple[Meaning, Effect], Fate]]] = {
    kind: {
        # Refused: whether a part of it took effect is looked at before it is called failed.
        (Meaning.REFUSED, "none"): Fate((_N, _F, _F)),
        (Meaning.UNCLEAR, "none"): _NOTHING_PROVES if kind == JOURNAL else Fate((_U, _F, _F)),
        (Meaning.UNCLEAR, "applied"): Fate((_U, _S, _S)),
        (Meaning.UNCLEAR, "late"): Fate((_U, _S, _S)),
        (Meaning.LOCKED, "none"): Fate((_N, _N, _S), (2, 2)),
        # A cancel is only begun by its reply; a detach has ended with it.
        (Meaning.TAKEN, "applied"): _DONE if kind == DETACH else Fate(("accepted", _S, _S)),
    }
    for kind in PUTS
}


def fate_of(meaning: Meaning, kind: Kind, effect: Effect, course: Course) -> Fate:
    """What comes of it; KeyError where it is no cell."""
    if course == "stopped":
        return _stopped(meaning, kind, effect)
    if meaning is Meaning.TAKEN and effect == "applied":
        return _DONE
    if effect == "none" and meaning in _THROUGH_ALL:
        return _THROUGH_ALL[meaning]
    if kind == CREATE:
        return _CREATE_THROUGH[meaning, effect]
    if course == "blind" and meaning is Meaning.UNCLEAR:
        return _BLIND[kind][effect]
    return _PUT_THROUGH[meaning, effect]


def _stopped(meaning: Meaning, kind: Kind, effect: Effect) -> Fate:
    if effect == "none" and meaning in _STOPPED_ALL:
        return _STOPPED_ALL[meaning]
    return _CREATE_STOPPED[meaning, effect] if kind == CREATE else _PUT_STOPPED[kind][meaning, effect]


EXIT_CODES: Final[Mapping[str, int]] = {_S: 0, _F: 1, _U: 3, "accepted": 3, _N: 4}
"""The exit code of a run of which one task stands so, and all others succeeded (contract)."""
