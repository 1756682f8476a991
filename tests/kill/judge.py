"""Holds a run's ledger against the tenant's own record of effects. Shares no code with the runner."""

import json
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

_OPEN = frozenset({"not_attempted", "unknown", "accepted"})


@dataclass
class Findings:
    """Row numbers of what must never be; all empty in the end."""

    lost: list[int] = field(default_factory=list)
    duplicate: list[int] = field(default_factory=list)
    false_failed: list[int] = field(default_factory=list)
    unaccounted: list[int] = field(default_factory=list)
    unsettled: list[int] = field(default_factory=list)

    def any(self) -> bool:
        """Whether anything was found."""
        return any(vars(self).values())


def judge(targets: list[str], run: Path, tenant: Path) -> Findings:
    """`targets`: for each row, what its effect is known by (the name of what is created, else the target)."""
    effects = Counter(_known_by(effect) for effect in _lines(tenant / "effects.jsonl"))
    ledger = _lines(run / "ledger.jsonl")
    told = Counter(line["row"] for line in ledger)
    statuses = {line["row"]: line["status"] for line in ledger}
    found = Findings()
    for row, target in enumerate(targets, 1):
        done, status = effects[target], statuses.get(row)
        if told[row] != 1:
            found.unaccounted.append(row)
        if done > 1:
            found.duplicate.append(row)
        if status in {"succeeded", "unchanged"} and not done:
            found.lost.append(row)
        if status == "failed" and done:
            found.false_failed.append(row)
        if status in _OPEN:
            found.unsettled.append(row)
    return found


def _known_by(effect: dict) -> str:
    if effect["operation"] == "create_bill_run":
        return effect["name"].partition(" zbr-")[0]
    return effect["target"]


def _lines(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
