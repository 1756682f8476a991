"""How a simulated tenant is set up by the command that needs it."""

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self, cast


@dataclass(frozen=True, slots=True)
class Setup:
    """One simulated tenant as its configuration wants it.

    `entities` and `orgs` are ids. Without entities (orgs) the tenant has whichever well-formed one a request
    names; with them it has no other. `scenario` is the path of a scenario file. `timezone` is an IANA name:
    the tenant's own, in which dates are written.
    """

    name: str = "sandbox"
    entities: tuple[str, ...] = ()
    orgs: tuple[str, ...] = ()
    scenario: str | None = None
    timezone: str = "UTC"

    def dumps(self) -> str:
        """One line of JSON, which `loads` reads."""
        return json.dumps(asdict(self), separators=(",", ":"))

    @classmethod
    def loads(cls, text: str | bytes) -> Self:
        """Read what `dumps` wrote."""
        members = cast("dict[str, str | list[str] | None]", json.loads(text))
        scenario = members["scenario"]
        return cls(
            name=str(members["name"]),
            entities=tuple(members["entities"] or ()),
            orgs=tuple(members["orgs"] or ()),
            scenario=None if scenario is None else str(scenario),
            timezone=str(members["timezone"]),
        )

    def digest(self) -> str:
        """Equal for two setups that make the same tenant; a scenario file counts by its content."""
        seen = hashlib.sha256(self.dumps().encode())
        if self.scenario is not None and Path(self.scenario).is_file():
            seen.update(Path(self.scenario).read_bytes())
        return seen.hexdigest()
