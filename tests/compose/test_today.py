from datetime import UTC, datetime

from runner.compose.today import today_of
from runner.core.tenant import Tenant, TenantKind

MIDNIGHT = datetime(2026, 12, 1, 3, 0, tzinfo=UTC).timestamp()


def test_today_is_the_tenants():
    """At three in the morning in London it is still yesterday in New York."""
    here = Tenant("t", TenantKind.SANDBOX, "https://x", timezone="Europe/London")
    there = Tenant("t", TenantKind.SANDBOX, "https://x", timezone="America/New_York")
    assert (today_of(here, MIDNIGHT), today_of(there, MIDNIGHT)) == ("2026-12-01", "2026-11-30")


def test_without_a_timezone_no_day_is_known():
    """The machine's own timezone says nothing about the tenant's."""
    assert today_of(Tenant("t", TenantKind.SANDBOX, "https://x"), MIDNIGHT) is None
