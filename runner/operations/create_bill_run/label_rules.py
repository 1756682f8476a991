"""Rules of organizationLabels: by themselves, and against the orgs of a scope."""

from collections.abc import Iterator, Mapping
from typing import Final

from runner.core.job import FieldProblem
from runner.core.jsonvalue import Json, JsonObject, text_at
from runner.operations.reading.places import Finding
from runner.operations.reading.seen import Seen

FIELD: Final = "organizationLabels"
_FLAGS: Final = ("cascadingDown", "excluded")


def label_rules(seen: Seen) -> Iterator[Finding]:
    """Each label names its org once: by id or by name."""
    for index, label in enumerate(seen.objects(FIELD)):
        named = [member for member in ("organizationId", "organizationName") if member in label]
        if not named:
            yield (FIELD, index), "give organizationId or organizationName"
        if len(named) > 1:
            yield (FIELD, index), "give either organizationId or organizationName, not both"


def labels_of(orgs: tuple[str, ...]) -> list[Json]:
    """The labels that say what a scope says."""
    return [{"organizationId": org} for org in orgs]


def plain(labels: list[JsonObject]) -> bool:
    """Whether labels only name orgs, so that they say no more than the scope does."""
    return not any(flag in label for label in labels for flag in _FLAGS)


def disagreements(
    labels: list[JsonObject], orgs: tuple[str, ...], names: Mapping[str, str]
) -> list[FieldProblem]:
    """Why labels do not agree with the orgs of the scope; nothing where they do."""
    unknown = [name for label in labels if (name := text_at(label, "organizationName")) and name not in names]
    if unknown:
        listed = ", ".join(f'"{name}"' for name in unknown)
        advice = "give its id under [tenants.<name>] orgs in the config, or use organizationId"
        return [FieldProblem(FIELD, f"cannot compare {listed} with the row's orgs: {advice}")]
    included = {_id(label, names) for label in labels if label.get("excluded") is not True}
    if included != set(orgs):
        return [FieldProblem(FIELD, f"names {_listed(included)}, but the row acts on {_listed(set(orgs))}")]
    return []


def resolved(labels: list[JsonObject], names: Mapping[str, str]) -> list[JsonObject]:
    """Labels by id where a name is configured: the one spelling that two equal rows share."""
    return [_by_id(label, names) for label in labels]


def _by_id(label: JsonObject, names: Mapping[str, str]) -> JsonObject:
    flags: JsonObject = {flag: label[flag] for flag in _FLAGS if flag in label}
    known = _id(label, names)
    return {"organizationId": known, **flags} if known else label


def _id(label: JsonObject, names: Mapping[str, str]) -> str:
    return text_at(label, "organizationId") or names.get(text_at(label, "organizationName") or "", "")


def _listed(orgs: set[str]) -> str:
    return ", ".join(f'"{org}"' for org in sorted(orgs)) or "no org"
