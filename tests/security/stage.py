"""Where commands are called with secrets planted, and a tenant that repeats them in every way."""

import base64
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, TypeAlias
from urllib.parse import urlencode

from tests.security.calling import CLIENT_ID, Place, cancel, create, detach, journal
from tests.security.canaries import MISPLACED, PROXY_PASSWORD, RENEWED, SECRET, TOKEN, spellings
from tests.security.hostile import Answer, Asked, Tenant, grant, raw, refusal, said

PLANTED: Final = {
    "client secret": SECRET,
    "token": TOKEN,
    "renewed token": RENEWED,
    "proxy password": PROXY_PASSWORD,
    "secret in the config": MISPLACED,
}
_BAD_REQUEST: Final = 400
_RULE: Final = 58730030
_SOME_VERBS: Final = (("status",), ("results", "--json"), ("settle", "-v", "--json"))
_EVERY_VERB: Final = (
    *((*verb, *how) for verb in (("status",), ("runs",), ("results",)) for how in ((), ("--json",))),
    *((*verb, *how) for verb in (("verify",), ("settle",), ("doctor",)) for how in (("-v",), ("--json",))),
)
ROWS: Final = [cancel(1), journal(2), create("a"), detach(3)]


@dataclass
class Stage:
    """Where one scenario plays; `planted` are the files in which we put secrets ourselves."""

    place: Place
    is_long: bool
    planted: list[Path] = field(default_factory=list)

    @contextmanager
    def tenant(self, answer: Answer, answer_token: Answer | None = None, more: str = "") -> Iterator[Tenant]:
        """A tenant that is configured, with the secret in the environment."""
        with Tenant(answer, answer_token or (lambda _: grant(TOKEN))) as tenant:
            self.place.tenant(tenant.origin, more)
            self.place.credentials(SECRET)
            yield tenant

    def run(self, *more: str, rows: list[dict[str, object]] | None = None) -> int:
        """Run a job of all four operations."""
        job = self.place.job("job.jsonl", rows or ROWS)
        return self.place.call("run", job, "--yes", "-v", *more).code

    def tour(self) -> None:
        """The verbs that tell of a run; in the long form all of them, in words and as JSON."""
        call = self.place.call
        run = self.place.run_directory().name
        for verb in _EVERY_VERB if self.is_long else _SOME_VERBS:
            call(*verb)
        for task in range(1, len(ROWS) + 1):
            call("show", run, str(task), *(("-v",) if task % 2 else ("--json",)))
        call("resume", run, "--yes", "-v")
        if self.is_long:
            call("retry", run, "--yes", "--json")
            call("resolve", run, "1", "--as", "succeeded", "--reason", "seen")
            call("stop", run, "--for-good")


Scenario: TypeAlias = Callable[[Stage], None]


def echo(asked: Asked) -> str:
    """All that a careless server may repeat: our header, our form, each secret in every spelling."""
    basic = base64.b64encode(f"{CLIENT_ID}:{SECRET}".encode()).decode()
    form = urlencode({"client_id": CLIENT_ID, "client_secret": SECRET})
    # Backwards, and cut off, no server spells it by accident.
    words = {*spellings(SECRET), *spellings(TOKEN)} - {SECRET[::-1], TOKEN[::-1], SECRET[:14], TOKEN[:14]}
    words -= {word for word in words if word.isalnum() and word.isupper()}  # nor in base32
    cut = (SECRET[:20], TOKEN[:20])
    return " ".join([f"Authorization: {head(asked)}", f"Basic {basic}", form, *cut, *sorted(words)])


def repeats(status: int, **headers: str) -> Answer:
    """Refuse everything, with our secrets in every text."""

    def answer(asked: Asked) -> bytes:
        code = _RULE if status == _BAD_REQUEST else echo(asked)  # with a code of Zuora's it is a failure
        return refusal(code, echo(asked), status, Zuora_Request_Id=head(asked), **headers)

    return answer


def head(asked: Asked) -> str:
    """The header that a server may repeat in one of its own."""
    return asked.header("authorization") or f"Bearer {TOKEN}"


def in_success(asked: Asked) -> bytes:
    """Success, with our secrets in every text of it; the targets are as they must be for a write."""
    text = echo(asked)
    told = {"success": True, "processId": text, "name": text, "number": asked.segment, "id": asked.segment}
    if asked.target.startswith("/object-query"):
        return said({"data": [], "nextPage": None, "note": text})
    if asked.method == "GET":
        return said({**told, "status": "FullyProcessed" if "schedules" in asked.path else "Completed"})
    made = {"id": f"{7:032x}", "status": text} if asked.method == "POST" else {"status": "CancelInProgress"}
    return said({**told, **made}, Zuora_Request_Id=head(asked))


def as_html(asked: Asked) -> bytes:
    """The page of a broken gateway."""
    page = f"<html><pre>{echo(asked)}</pre></html>".encode()
    return raw(page, 502, Content_Type="text/html", X_Echo=head(asked))
