import pytest

from tests.security.corpus import STRINGS
from tests.security.injection import through_replies, through_rows
from tests.security.wireinjection import Tried, into_requests


@pytest.fixture
def tried() -> Tried:
    """What is counted."""
    return Tried()


def test_requests_leave_as_they_are_or_not_at_all(tried: Tried):
    """Of every hostile string in a path or a header the server sees exactly that, or nothing."""
    into_requests(STRINGS, tried)
    assert tried.wrong == []
    assert len(STRINGS) >= 200
    assert tried.counts["path"] == 2 * len(STRINGS)


def test_rows_are_refused_or_sent_exactly(tried: Tried):
    """Every hostile string in a field of a row is refused in our own words, or arrives as a value alone."""
    through_rows(STRINGS, tried)
    assert tried.wrong == []
    assert tried.counts["rows refused"] > 5 * len(STRINGS)
    assert tried.counts["rows sent"] > 100


def test_replies_stay_text(tried: Tried):
    """No text of a server's becomes a formula, a tag, a control code, a line or a request of its own."""
    through_replies(STRINGS, tried, is_long=False)
    assert tried.wrong == []
    assert min(tried.counts[sink] for sink in ("formula", "html", "terminal", "path", "header")) >= 2
    assert tried.counts["tasks shown"] > 50
