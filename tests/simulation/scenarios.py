"""What goes wrong in a simulation: any fault that a server may be guilty of, but no lie.

A lie is a reply that proves something (a refusal, a not found, a connection that was never made) and is not
true. Against those nothing helps, so a fault that proves that nothing was done has no effect here either.
"""

import random
from collections.abc import Mapping

ANY = ("applied", "none", "late")
NONE = ("none",)
UNCLEAR_STATUSES = (408, 409, 425, 500, 502, 503, 504)
REFUSING_STATUSES = (401, 403, 429, 429)
DECIDING_STATUSES = (400, 404, 422)
UNCLEAR_CATEGORIES = (60, 61, 99)
REFUSING_CATEGORIES = (50, 70)
DECIDING_CATEGORIES = (20, 30)
"""A business refusal under a key decides what became of the key's earlier requests, so that a made-up one
would be a lie: these strike PUTs alone. Creations are refused by the tenant's own rule (`[[created]]`)."""
PUTS = ("cancel_bill_run", "cancel_journal_run", "detach_charges")
OF_WRITES: Mapping[str, tuple[str, ...]] = {
    "latency": ANY,
    "no_connect": NONE,
    "reset_before": ANY,
    "reset_after": ANY,
    "late_effect": ("late",),
    "timeout": ANY,
    "status": ANY,
    "lock": NONE,
    "html200": ANY,
    "garbage": ANY,
    "empty": ANY,
    "truncate": ANY,
    "drip": ANY,
    "gzip_bomb": ANY,
    "oversized": ANY,
    "redirect": ANY,
    "no_success_field": ("applied",),
    "success_false": ANY,
}
OF_READS = (
    "latency", "no_connect", "reset_after", "status", "html200", "garbage", "empty", "truncate", "drip",
)  # fmt: skip
_OFTEN = ("reset_before", "reset_after", "late_effect", "timeout", "status", "success_false")


def random_tenant(chance: random.Random) -> list[str]:
    """The tenant's own numbers, and how it keeps its keys."""
    yes_no = ("true", "false")
    parts = [
        f"[tenant]\nspeed = {chance.choice((1, 10, 100))}\nseed = {chance.randint(0, 999)}",
        f"latency_s = {chance.choice((0.0, 0.05, 0.4))}",
        f"[keys]\nstore_429 = {chance.choice(yes_no)}\nstore_5xx = {chance.choice(yes_no)}",
        f"store_gateway = {chance.choice(yes_no)}\nreplay_track_id = {chance.choice(yes_no)}",
        "[[created]]\nname = '^broken'\nend = 'Error'",
        "[[created]]\nname = '^refused'\nrefuse = { category = 30 }",
    ]
    if chance.random() < 0.2:
        parts.append(f"[limits]\nconcurrency = {chance.choice((1, 2, 5))}")
        parts.append(f"retry_after_s = {chance.choice((0, 1, 20))}")
    if chance.random() < 0.1:
        parts.append("[preload]\npending = 501\nfor_s = 90")
    return parts


def random_faults(chance: random.Random) -> list[str]:
    """Up to four faults of writes and one of reads; each strikes now and then, and not for ever."""
    parts: list[str] = []
    for _ in range(chance.randint(0, 4)):
        if chance.random() < 0.15:
            parts += ["[[faults]]", *_matching(chance, chance.choice(PUTS)), *_deciding(chance)]
            continue
        kinds = _OFTEN if chance.random() < 0.5 else tuple(OF_WRITES)
        parts += ["[[faults]]", *_matching(chance, "write"), *_striking(chance, chance.choice(kinds))]
    if chance.random() < 0.3:
        kind = chance.choice(OF_READS)
        parts += ["[[faults]]", *_matching(chance, "read"), f"fault = '{kind}'"]
        if kind == "status":
            parts.append(f"status = {chance.choice((401, 429, 500, 502, 503, 504))}")
    return parts


def _matching(chance: random.Random, subject: str) -> list[str]:
    probability = chance.choice((0.1, 0.3, 0.6, 1.0))
    return [
        f"match = {{ operation = '{subject}', probability = {probability} }}",
        f"times = {chance.choice((1, 1, 2, 3, 5, 12))}",
    ]


def _deciding(chance: random.Random) -> list[str]:
    """What strikes PUTs alone; another id in the reply to a creation would be a lie as well."""
    if chance.random() < 0.2:
        return ["fault = 'wrong_id'"]
    if chance.random() < 0.5:
        return ["fault = 'status'", f"status = {chance.choice(DECIDING_STATUSES)}", "effect = 'none'"]
    return ["fault = 'success_false'", f"category = {chance.choice(DECIDING_CATEGORIES)}", "effect = 'none'"]


def _striking(chance: random.Random, kind: str) -> list[str]:
    """One fault of writes; its effect, its delay and whether it is stored are drawn as far as they may be."""
    effects = OF_WRITES[kind]
    parts = [f"fault = '{kind}'", f"after_s = {chance.choice((0.5, 5.0, 119.0))}"]
    if kind == "status":
        proves = chance.random() < 0.4
        status = chance.choice(REFUSING_STATUSES if proves else UNCLEAR_STATUSES)
        effects = NONE if proves else ANY
        parts.append(f"status = {status}")
        if status in {429, 503} and chance.random() < 0.6:
            parts.append(f"retry_after = '{chance.choice((1, 20, 200))}'")
    if kind == "success_false":
        proves = chance.random() < 0.5
        effects = NONE if proves else ANY
        parts.append(f"category = {chance.choice(REFUSING_CATEGORIES if proves else UNCLEAR_CATEGORIES)}")
    if kind in {"latency", "timeout", "drip"}:
        parts.append(f"delay_s = {chance.choice((0.2, 20.0, 120.0, 170.0))}")
    parts.append(f"effect = '{chance.choice(effects)}'")
    if chance.random() < 0.3:
        parts.append(f"stored = {chance.choice(('true', 'false'))}")
    return parts
