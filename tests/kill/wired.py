"""The program with a counted wire to its tenant, which a process of its own serves."""

import json
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.kill.ground import lead_through
from tests.kill.program import Program
from tests.kill.watch import SentEvents, wait_until
from tests.kill.wire import Wire


@contextmanager
def wired_program_in(directory: Path) -> Iterator[tuple[Program, Wire]]:
    """A program in a ground that is laid out, and the wire; the tenant is ended in the end."""
    program = Program(directory)
    with Wire(SentEvents(program.runs).has) as wire:
        lead_through(directory, wire.port)
        tenant = program.start("sandbox", "--tenant", "sandbox")
        address = program.tenant / "address.json"
        try:
            wait_until(lambda: address.exists() or tenant.poll() is not None)
            assert tenant.poll() is None, tenant.communicate()
            wire.upstream = json.loads(address.read_text())["port"]
            yield program, wire
        finally:
            tenant.send_signal(signal.SIGTERM)
            tenant.communicate(30.0)
    assert not wire.faults, wire.faults
