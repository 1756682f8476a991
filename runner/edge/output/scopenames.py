"""A task's scope in the words of a job file, so that the row, read again, means exactly this task."""

from collections.abc import Mapping

from runner.core.scope import Scope


class ScopeNames:
    """Names entities and orgs by their configured names, where they have one, else by id."""

    def __init__(self, entities: Mapping[str, str], orgs: Mapping[str, str]) -> None:
        """Both map configured names to ids; of several names for one id the first is taken."""
        self._entities = _by_id(entities)
        self._orgs = _by_id(orgs)

    def entity(self, scope: Scope) -> str | None:
        """The cell `entity`; None where the task sends no entity."""
        return None if scope.entity is None else self._entities.get(scope.entity, scope.entity)

    def org(self, scope: Scope) -> str | None:
        """The cell `org`, a comma between several; None where the task sends no org."""
        return ",".join(self._orgs.get(one, one) for one in scope.orgs) or None


def _by_id(names: Mapping[str, str]) -> dict[str, str]:
    by_id: dict[str, str] = {}
    for name, one in names.items():
        if _is_one_name(name):
            by_id.setdefault(one, name)
    return by_id


def _is_one_name(name: str) -> bool:
    """Whether a cell with this name alone reads as this name, and not as a fan-out."""
    return name not in {"", "*"} and name.isprintable() and not set(name) & {",", "|"}
