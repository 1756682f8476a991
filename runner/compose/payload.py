"""What a compiled row is in one scope, as the spool keeps it for us."""

import hashlib
import json
from decimal import Decimal
from json import JSONEncoder
from typing import Final, cast

from runner.core.jsonvalue import Json, JsonObject, canonical, dumps, list_at, object_at
from runner.core.operation import Draft, Fields
from runner.edge.spoolentry import Entry

# Every row passes here. It runs in C, but does not know Decimal; what it cannot spell is left to jsonvalue.
_QUICK: Final = JSONEncoder(sort_keys=True, separators=(",", ":"))
_DIGEST_BYTES: Final = 16


def digest_of(draft: Draft) -> str:
    """Equal for drafts of one operation with the same normal form; for comparisons within one job alone."""
    try:
        spelled = _QUICK.encode(draft.normal).encode("ascii")
    except TypeError:
        spelled = canonical(draft.normal)
    return hashlib.blake2b(spelled, digest_size=_DIGEST_BYTES).hexdigest()


def payload_of(draft: Draft) -> str:
    """One line of JSON; scope and claims are left out, since the spool has them itself."""
    fields = draft.fields
    members: JsonObject = {
        "body": fields.body,
        "target": fields.target,
        "number": fields.number,
        "normal": draft.normal,
        "risks": list[Json](draft.risks),
    }
    try:
        return _QUICK.encode(members)
    except TypeError:
        return dumps(members)


def draft_of(entry: Entry) -> Draft:
    """The draft of an entry that was read back; without its claims, which the spool has compared."""
    # Not jsonvalue.parse: it bounds the depth, and what was within bounds stands some levels deeper here.
    members = cast("JsonObject", json.loads(entry.payload, parse_float=Decimal))
    return Draft(
        fields=Fields(
            body=object_at(members, "body"),
            target=cast("str", members["target"]),
            number=cast("str | None", members["number"]),
        ),
        scope=entry.scope,
        normal=object_at(members, "normal"),
        risks=tuple(cast("list[str]", list_at(members, "risks"))),
    )
