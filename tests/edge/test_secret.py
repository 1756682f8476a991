import base64
import copy
import json
import pickle
from dataclasses import asdict
from urllib.parse import quote, quote_plus

import pytest

from runner.edge.secret import Credentials, Secret, redact

PLAIN = 'canary"/ä +5f1e'


def test_it_prints_as_stars():
    """However it is printed, a secret is three stars; only reveal shows it."""
    secret = Secret(PLAIN)
    assert [repr(secret), str(secret), f"{secret:>20}", f"{secret!r}", repr([secret])] == ["***"] * 4 + [
        "[***]"
    ]
    assert (
        repr(Credentials("id", secret, "x")) == "Credentials(client_id='id', client_secret=***, source='x')"
    )
    assert secret.reveal() == PLAIN
    assert not hasattr(secret, "__dict__")


def test_it_is_not_copied():
    """A secret is neither pickled nor copied, alone or in what holds it."""
    secret = Secret(PLAIN)
    for act in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError, match="not pickled"):
            act(secret)
    with pytest.raises(TypeError, match="not pickled"):
        asdict(Credentials("id", secret, "x"))


def test_it_is_blacked_out_in_every_spelling():
    """A living secret is blacked out plain, URL-quoted, in base64 and as JSON writes it."""
    secret = Secret(PLAIN)
    raw = PLAIN.encode()
    for text in (
        PLAIN,
        quote(raw, safe=""),
        quote_plus(raw),
        base64.b64encode(raw).decode(),
        json.dumps(PLAIN),
    ):
        assert "canary" not in redact(f"<{text}>"), text
        assert "5f1e" not in redact(f"<{text}>"), text
    assert bool(secret)


def test_short_ones_are_left_alone():
    """What has three characters is no secret: blacking it out would spoil every text."""
    secret = Secret("abc")
    assert redact("abc") == "abc"
    assert bool(secret)
    assert not Secret("")
