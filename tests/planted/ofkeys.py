"""Bugs of idempotency keys."""

import secrets
from dataclasses import replace

from runner.core import doubt, plan, request, task
from runner.core.scope import Scope
from runner.core.step import Send


def random_keys() -> None:
    """Every request has a key of its own."""
    request.idempotency_key = lambda act, generation: secrets.token_hex(32)  # noqa: ARG005 - it takes what the real one takes


def key_without_body() -> None:
    """All creations of one scope share a key."""
    whole = task.Act.digest
    task.Act.digest = lambda self: whole(replace(self, fields={}))


def key_without_scope() -> None:
    """The same row in two entities has one key."""
    whole = task.Act.digest
    task.Act.digest = lambda self: whole(replace(self, scope=Scope()))


def new_key_after_timeout() -> None:
    """A creation whose reply was lost is sent with the next key."""
    asked = doubt._creation

    def creation(view):
        step = asked(view)
        return replace(step, generation=step.generation + 1) if isinstance(step, Send) else step

    doubt._creation = creation


def same_key_after_refusal() -> None:
    """A creation that was refused for a lock is sent with the key under which the refusal is stored."""
    asked = plan._send

    def send(view):
        return replace(asked(view), generation=max(view.task.generation, view.past.generation))

    plan._send = send


def resend_after_24h() -> None:
    """A key of any age is taken to decide."""
    doubt._key_trusted = lambda view: True  # noqa: ARG005 - it takes what the real one takes
    doubt.key_over = lambda view: False  # noqa: ARG005
