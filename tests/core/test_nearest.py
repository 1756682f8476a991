import pytest

from runner.core.nearest import did_you_mean, nearest

NAMES = ("create_bill_run", "cancel_bill_run", "cancel_journal_run", "detach_charges")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("cancel_bil_run", "cancel_bill_run"),
        ("Cancel_Bill_Run", "cancel_bill_run"),
        (" detach_charge", "detach_charges"),
        ("zzz", None),
        ("", None),
        ("cancel_bill_run" * 100_000, None),
    ],
)
def test_nearest_name(name: str, expected: str | None):
    """The most alike name is found whatever its case; a name like no other, or an endless one, has none."""
    assert nearest(name, NAMES) == expected
    assert did_you_mean(name, NAMES) == ("" if expected is None else f'; did you mean "{expected}"?')
