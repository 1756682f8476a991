"""Where a task acts within its tenant: one entity, one set of orgs."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Scope:
    """One entity and one set of orgs, by id; `orgs` is sorted and free of repeats.

    `entity` None sends no `Zuora-Entity-Ids`; an empty `orgs` sends no `Zuora-Org-Ids`
    (which for Zuora means all orgs of the user, so only a tenant without orgs may have it).
    """

    entity: str | None = None
    orgs: tuple[str, ...] = ()
