"""The fourteen bugs of the failure model (6.2), as changes of the loaded program, and who must see them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from tests.planted import ofclient, ofengine, ofkeys, ofstorage, oftime

SIMULATION: Final = "simulation"
"""Random histories, judged by the checker."""


@dataclass(frozen=True, slots=True)
class Bug:
    """`plant` changes the program in this process. `judge` is `SIMULATION`, or tests that have to fail."""

    what: str
    plant: Callable[[], None]
    judge: str | tuple[str, ...] = SIMULATION


_WIRE: Final = "tests/edge/http/test_wire.py"
BUGS: Final[Mapping[str, Bug]] = {
    "random_keys": Bug("every request has a new idempotency key", ofkeys.random_keys),
    "key_without_body": Bug("the key does not depend on the row's fields", ofkeys.key_without_body),
    "key_without_scope": Bug("the key does not depend on entity and orgs", ofkeys.key_without_scope),
    "new_key_after_timeout": Bug("a lost reply is asked for with a new key", ofkeys.new_key_after_timeout),
    "same_key_after_refusal": Bug("a stored refusal is asked for again", ofkeys.same_key_after_refusal),
    "resend_after_24h": Bug("a key is trusted for ever", ofkeys.resend_after_24h),
    "no_intent_for_put": Bug("a PUT leaves before its `sent` is on disk", ofengine.no_intent_for_put),
    "outcome_before_reply": Bug("a write counts as done when it leaves", ofengine.outcome_before_reply),
    "synchronous_normal": Bug(
        "a commit does not wait for the disk", ofstorage.synchronous_normal, ofstorage.JUDGES
    ),
    "continue_after_commit_error": Bug(
        "a failed commit is passed over", ofstorage.continue_after_commit_error
    ),
    "transport_retry_on": Bug("the HTTP client sends again by itself", ofclient.transport_retry_on, (_WIRE,)),
    "follow_redirects": Bug("redirects are followed", ofclient.follow_redirects, (_WIRE,)),
    "accepted_is_done": Bug("an accepted cancel counts as done", ofengine.accepted_is_done),
    "wall_clock_in_backoff": Bug("waits go by the wall clock", oftime.wall_clock_in_backoff),
}
