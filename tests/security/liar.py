"""A tenant in whose every text stands something hostile: which one, is told by the number of the target."""

import json
import re
from collections.abc import Sequence
from typing import Final
from urllib.parse import unquote

from tests.security.corpus import sendable
from tests.security.hostile import Asked, raw, refusal, said

_RULE: Final = "58730030"
_NAMED: Final = re.compile(r"n(\d+)(?: zbr-[0-9a-f]{16})?")


class Liar:
    """Answers row number N with strings from that place on; four are taken, then four refused."""

    def __init__(self, strings: Sequence[str]) -> None:
        self._strings = strings
        self._written: set[str] = set()

    def text(self, number: int, nth: int = 0) -> str:
        """One of the strings that belong to a row; the reply's JSON cannot carry half a character."""
        found = self._strings[(number * 3 + nth) % len(self._strings)]
        return found.encode("utf-8", "replace").decode()

    def __call__(self, asked: Asked) -> bytes:
        """Any reply."""
        match asked.method, asked.path.split("/")[2 if asked.path.startswith("/v1/") else 1]:
            case "GET", "object-query":
                return self._listed(asked)
            case "GET", "journal-entries":
                return self._entries(int(asked.path.rpartition("-")[2]))
            case "GET", kind:
                return self._read(kind, asked.segment)
            case _, kind:
                return self._write(kind, asked)

    def _write(self, kind: str, asked: Asked) -> bytes:
        number = _number(asked.segment or json.loads(asked.body)["name"])
        headers: dict[str, str] = {
            "Zuora_Request_Id": sendable(self.text(number, 1)),
            "Content_Type": sendable(self.text(number, 2)) or "x",
            "Concurrency_Limit_Type": sendable(self.text(number)),
        }
        if number // 4 % 2:
            return refusal(_RULE, self.text(number), 400, **headers)
        self._written.add(asked.segment)
        texts = {
            "processId": self.text(number, 1),
            "name": self.text(number, 2),
            "message": self.text(number),
        }
        made = f"{number:032x}" if kind == "bill-runs" else asked.segment
        state = self.text(number) if asked.method == "POST" else "CancelInProgress"
        return said({"success": True, "id": made, "status": state, **texts}, 200, **headers)

    def _read(self, kind: str, segment: str) -> bytes:
        number = _number(segment)
        if number % 11 == 10 and segment not in self._written:
            return refusal("58730040", self.text(number, 2), 404)
        state = "FullyProcessed" if "schedule" in kind else "Completed"
        if segment in self._written and kind == "bill-runs":
            state = self.text(number)
        told = {
            "success": True,
            "id": segment,
            "number": segment,
            "status": state,
            "name": self.text(number, 1),
        }
        item = {"subscriptionKey": "A-S1", "chargeNumbers": [f"C-{number}", self.text(number, 1)]}
        return said({**told, "updatedDate": self.text(number, 2), "specificSubscriptions": [item]})

    def _entries(self, number: int) -> bytes:
        entries = [
            {"number": self.text(number), "status": "Cancelled"},
            {"number": self.text(number, 1), "status": "Created", "transferredToAccounting": "Yes"},
        ]
        following = {"nextPage": self.text(number, 2)} if number % 3 == 0 else {}
        return said({"success": True, "journalEntries": entries, **following})

    def _listed(self, asked: Asked) -> bytes:
        """Object queries: every fifth name is there already, and the cursor points wherever a string does."""
        number = _NAMED.search(unquote(asked.target))
        if "cursor=" in asked.target or number is None:
            return said({"data": []})
        names = [match for match in _NAMED.finditer(unquote(asked.target)) if int(match[1]) % 5 == 0]
        rows = [
            {
                "id": f"{int(match[1]):032x}",
                "name": match[0],
                "billingRunNumber": self.text(int(match[1])),
                "status": self.text(int(match[1]), 1),
                "errorMessage": self.text(int(match[1]), 2),
            }
            for match in names
        ]
        return said({"data": rows, "nextPage": self.text(int(number[1]), 1)})


def token_reply(strings: Sequence[str]) -> bytes:
    """A token whose scope lists hostile names."""
    scope = " ".join(["tenant.4711", *(f"entity.{each}" for each in strings if each.isprintable())])
    told = {
        "access_token": "t0ken-of-the-liar",
        "token_type": "bearer",
        "expires_in": 3600,
        "scope": scope[:9000],
    }
    return raw(json.dumps(told).encode())


def _number(text: str) -> int:
    """The number in an id, a number or a name of ours."""
    if len(text) == 32 and not text.startswith("n"):
        return int(text, 16)
    found = re.search(r"\d+", text)
    return int(found[0]) if found else 0
