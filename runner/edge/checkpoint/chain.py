"""The digests that make every edit visible which does not recompute them all."""

import hashlib
from collections.abc import Iterable, Sequence
from typing import TypeAlias

from runner.core.jsonvalue import Json, canonical
from runner.edge.checkpoint.schema import LOOSE_META_KEYS

Column: TypeAlias = int | str | bytes | None


def sum_of(columns: Sequence[Column]) -> bytes:
    """The sum of one frozen row or task over its columns, in their order (32 bytes)."""
    # ascii() tells None, numbers, text and bytes apart and spells each in one way, ten times as fast as JSON.
    return hashlib.sha256(ascii(tuple(columns)).encode("ascii")).digest()


class RunningDigest:
    """A digest over sums that are added one after the other."""

    def __init__(self) -> None:
        self._digest = hashlib.sha256()

    def add(self, one: bytes) -> None:
        """Add the next sum."""
        self._digest.update(one)

    def hex(self) -> str:
        """The digest so far, 64 hex digits."""
        return self._digest.hexdigest()


def frozen_digest(meta: dict[str, Json]) -> bytes:
    """The digest of the plan, before the first event in the chain.

    It is made of `meta`, which holds the digests over all rows and all tasks (`rows_digest`, `tasks_digest`).
    """
    kept = {key: value for key, value in meta.items() if key not in LOOSE_META_KEYS}
    return hashlib.sha256(canonical(["plan/1", kept])).digest()


def epoch_value(frozen: str, epoch: int) -> Json:
    """The value of `epoch` in `meta`: the number, and a sum over it and the plan's digest (64 hex digits)."""
    return [epoch, hashlib.sha256(canonical(["epoch/1", frozen, epoch])).hexdigest()]


def epoch_in(meta: dict[str, Json]) -> int | None:
    """How often the run was opened for writing; None where the value is not one that we wrote."""
    match meta.get("epoch"):
        case [int(epoch), _] if meta["epoch"] == epoch_value(str(meta.get("frozen")), epoch):
            return epoch
        case _:
            return None


def next_hash(before: bytes, seq: int, task: int | None, kind: str, body: str) -> bytes:
    """The hash of event `seq`: over the hash before it and the canonical JSON of [seq, task, kind, body].

    `body` is canonical JSON already, and is hashed as it stands on disk.
    """
    number = "null" if task is None else task
    return hashlib.sha256(before + f'[{seq},{number},"{kind}",{body}]'.encode()).digest()


def first_broken(before: bytes, lines: Iterable[tuple[int, int | None, str, str, bytes]]) -> int | None:
    """The seq of the first event that does not follow from the one before; None where all do.

    `lines` are (seq, task, kind, body, hash), `before` the hash before the first of them.
    """
    last: int | None = None
    for seq, task, kind, body, found in lines:
        if last is not None and seq != last + 1:
            return seq
        if next_hash(before, seq, task, kind, body) != found:
            return seq
        before, last = found, seq
    return None
