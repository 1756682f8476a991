"""One fuzzed file: made from a seed and a number, so that it can be made again."""

from dataclasses import dataclass
from random import Random
from typing import Final

from tests.fuzz.harm import grown, harmed, soup
from tests.fuzz.names import KNOWN
from tests.fuzz.secondparser import Manner
from tests.fuzz.secondscopes import World
from tests.fuzz.squeeze import squeezed
from tests.fuzz.wellformed import Sheet, sheet_of
from tests.fuzz.worlds import WORLDS
from tests.fuzz.writing import DELIMITERS, as_csv, as_jsonl

_SOUP: Final = 0.12
_WITH_BOM: Final = 0.1
_GIANT: Final = 1 / 4000
_PIECES_BELOW: Final = 4096
_SHOWN_MAX: Final = 1500


@dataclass(frozen=True)
class Case:
    """A file, and how it is to be read.

    `piece`: in what pieces it comes in (0: as it is asked for); `world`: the place of the tenant for which
    its rows are judged.
    """

    seed: str
    content: bytes
    manner: Manner
    piece: int = 0
    world: int = 0

    def __str__(self) -> str:
        more = len(self.content) - _SHOWN_MAX
        cut = f" and {more} bytes more" if more > 0 else ""
        manner = self.manner
        how = f"{'jsonl' if manner.jsonl else 'csv'}{'.gz' if manner.gzipped else ''} {manner.delimiter!r}"
        return f"{self.seed} {how} piece={self.piece}: {self.content[:_SHOWN_MAX]!r}{cut}"


def manner_of(rng: Random) -> Manner:
    """CSV or JSONL, now and then compressed, mostly with commas."""
    jsonl, gzipped = rng.random() < 0.4, rng.random() < 0.08
    return Manner(jsonl, gzipped, rng.choice(DELIMITERS), KNOWN, may_be_empty=rng.random() < 0.3)


def written(rng: Random, sheet: Sheet, manner: Manner, harms: int) -> bytes:
    """A job as the bytes of a file, harmed so many times."""
    content = (as_jsonl(sheet) if manner.jsonl else as_csv(sheet, manner.delimiter)).encode()
    if rng.random() < _SOUP:
        content += soup(rng, manner.delimiter)
    if rng.random() < _WITH_BOM:
        content = b"\xef\xbb\xbf" + content
    for _ in range(harms):
        content = harmed(rng, content)
    if rng.random() < _GIANT:
        content = grown(rng, content)
    return squeezed(rng, content) if manner.gzipped else content


def case_of(seed: int, number: int) -> Case:
    """The file of this number: in the even ones bytes are harmed up to four times, in the odd ones cells."""
    rng = Random(f"{seed}/{number}")  # noqa: S311 - to be made again, not to be secret
    manner = manner_of(rng)
    world = number // 2 % len(WORLDS)
    if number % 2:
        hostility, harms = rng.choice((0.4, 0.9)), rng.choice((0, 0, 0, 1))
    else:
        hostility, harms = 0.15, rng.choice((1, 1, 1, 2, 2, 3, 4))
    content = written(rng, sheet_of(rng, hostility, columns_of(WORLDS[world])), manner, harms)
    piece = rng.choice((0,) * 12 + (1, 3, 64, 64)) if len(content) < _PIECES_BELOW else 0
    return Case(f"{seed}/{number}", content, manner, piece, world)


def columns_of(world: World) -> tuple[float, float]:
    """How often a job has a column for the entity, and one for the org: nearly always where it needs them."""
    return (0.95, 0.95) if world.entities and not (world.entity or world.default_entity) else (0.2, 0.1)
