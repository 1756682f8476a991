"""Deterministic values: the same tenant, object and count give the same again, in every process."""

import hashlib


def digest(*parts: object) -> str:
    """32 hex digits made of the parts."""
    text = "\x1f".join(str(part) for part in parts)
    return hashlib.md5(text.encode("utf-8", "surrogatepass"), usedforsecurity=False).hexdigest()


def fraction(*parts: object) -> float:
    """A number from 0 up to, not including, 1."""
    return int(digest(*parts)[:13], 16) / 16**13


def between(low: float, high: float, *parts: object) -> float:
    """A number from `low` to `high`."""
    return low + (high - low) * fraction(*parts)


def uuid_of(*parts: object) -> str:
    """36 characters in the form of a UUID."""
    made = digest(*parts)
    return f"{made[:8]}-{made[8:12]}-{made[12:16]}-{made[16:20]}-{made[20:]}"
