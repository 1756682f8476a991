"""The name that somebody probably meant."""

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Final

_NAME_MAX: Final = 100


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name most like `name`, whatever its case; None where none is near.

    A name of more than 100 characters is like no other (comparing takes quadratic time).
    """
    if len(name) > _NAME_MAX:
        return None
    by_folded = {one.casefold(): one for one in known}
    found = get_close_matches(name.strip().casefold(), by_folded, n=1)
    return by_folded[found[0]] if found else None


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """`; did you mean "NAME"?` to put at the end of a message, or nothing."""
    near = nearest(name, known)
    return "" if near is None else f'; did you mean "{near}"?'
