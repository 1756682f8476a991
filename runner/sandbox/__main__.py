"""The server process that `attach` starts: `python -m runner.sandbox DIRECTORY SETUP`."""

import asyncio
import os
import sys
from pathlib import Path


def main() -> int:
    """Leave the starter at once, then serve in the background; 0 also where another server was faster."""
    if os.fork():
        return 0
    from runner.sandbox.server import SandboxBusyError, run_server  # noqa: PLC0415  (after the starter is free)
    from runner.sandbox.setup import Setup  # noqa: PLC0415

    directory, setup = Path(sys.argv[1]), Setup.loads(sys.argv[2])
    try:
        asyncio.run(run_server(directory, setup, port=0, pinned=False, announce=lambda _origin: None))
    except SandboxBusyError:
        return 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
