"""Today's date, where the tenant is."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from runner.core.tenant import Tenant


def today_of(tenant: Tenant, now: float) -> str | None:
    """The date (YYYY-MM-DD) in the tenant's timezone at `now` (seconds since the epoch).

    None where no timezone is configured: the machine's own says nothing about the tenant's.
    """
    if tenant.timezone is None:
        return None
    return datetime.fromtimestamp(now, UTC).astimezone(ZoneInfo(tenant.timezone)).date().isoformat()
