"""The operation `detach_charges`."""

import hashlib
from collections.abc import Iterator, Sequence
from typing import Final, Literal
from urllib.parse import quote

from runner.core.job import FieldProblem, Row
from runner.core.jsonvalue import Json, JsonObject, canonical, dumps, list_at, text_at
from runner.core.operation import Claim, CompileContext, Draft, Fields, Frozen, Inquiry, Question, Success
from runner.core.scope import Scope
from runner.core.task import Task
from runner.operations.common import Common
from runner.operations.detach_charges.fields import FIELD, READER
from runner.operations.detach_charges.looking import PATH, look_at_schedules

KEY: Final = "scheduleKey"
WHOLE_RISK: Final = "chargeNumbers absent: every charge of the subscription is detached"


class DetachCharges(Common):
    """Detaches charges; synchronous, without a key, and in effect one-way."""

    def __init__(self) -> None:
        super().__init__("detach_charges", READER)

    @property
    def method(self) -> Literal["PUT"]:
        """PUT, never with a key."""
        return "PUT"

    @property
    def summary(self) -> str:
        """One line for people."""
        return "Detach charges from an invoice schedule that is fully or partially processed."

    @property
    def retry_text(self) -> str:
        """How it is retried and settled."""
        return (
            "After a lost reply the schedule's charges are compared with those listed before the send: "
            "none listed any more is done, all still listed (seen twice, past the quiet window) is sent"
            " again, once, some is partial. A charge that was not listed before proves nothing; then it"
            " stays unknown, for resolve."
        )

    def read(self, row: Row) -> Fields | list[FieldProblem]:
        """Judge a row by itself."""
        body = self._body(row)
        if isinstance(body, list):
            return body
        return Fields({FIELD: body[FIELD]}, text_at(body, KEY) or "")

    def draft(self, fields: Fields, scope: Scope, context: CompileContext) -> Draft | list[FieldProblem]:
        """Put a valid row into a scope."""
        del context
        items = _merged([item for item in list_at(fields.body, FIELD) if isinstance(item, dict)])
        normal: JsonObject = {KEY: fields.target, FIELD: [*items]}
        whole = any("chargeNumbers" not in item for item in items)
        claims = tuple(_claims(fields.target, items, normal))
        return Draft(fields, scope, normal, claims, (WHOLE_RISK,) if whole else ())

    def freeze(self, draft: Draft, act: str, context: CompileContext) -> Frozen:
        """Make the bytes."""
        del act, context
        target = draft.fields.target
        body = dumps(draft.fields.body).encode("utf-8")
        return Frozen(f"{PATH}/{quote(target, safe='')}/detach", body, target)

    def success(self, task: Task, body: JsonObject) -> Success | None:
        """Synchronous, as far as it is documented: success is the end of it."""
        del body
        return Success(task.target, None, ended=True)

    def look(self, questions: Sequence[Question]) -> Inquiry:
        """Read the schedules."""
        return look_at_schedules(questions)


def _merged(items: list[JsonObject]) -> list[JsonObject]:
    """One item for each order and subscription, charges and items sorted."""
    charges: dict[tuple[str, str], list[str] | None] = {}
    for item in items:
        key = (text_at(item, "orderKey") or "", text_at(item, "subscriptionKey") or "")
        named = [str(charge) for charge in list_at(item, "chargeNumbers")]
        charges[key] = [*(charges.get(key) or []), *named] if "chargeNumbers" in item else None
    return [_item(*key, charges[key]) for key in sorted(charges)]


def _item(order: str, subscription: str, charges: list[str] | None) -> JsonObject:
    item: JsonObject = {"orderKey": order, "subscriptionKey": subscription}
    if charges is not None:
        named: list[Json] = [*sorted(charges)]
        item["chargeNumbers"] = named
    return item


def _claims(schedule: str, items: list[JsonObject], normal: JsonObject) -> Iterator[Claim]:
    """Two different rows may share a subscription, each with charges of its own, but no charge.

    A row that names charges claims its subscription as "each" (which agrees with itself) and every charge
    with its own digest; a row without charges claims the subscription with its digest, which agrees with
    an equal row alone.
    """
    digest = hashlib.sha256(canonical(normal)).hexdigest()[:16]
    shares: dict[str, str] = {}
    for item in items:
        subscription = text_at(item, "subscriptionKey") or ""
        shares[subscription] = "each" if "chargeNumbers" in item else f"all:{digest}"
        for charge in list_at(item, "chargeNumbers"):
            yield Claim(f"schedule:{schedule}/charge:{charge}", digest)
    for subscription, share in shares.items():
        yield Claim(f"schedule:{schedule}/subscription:{subscription}", share)
