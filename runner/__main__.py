"""The door of the program: `python -m runner`."""

from runner.compose.interrupts import Interrupts


def enter() -> None:
    """Take the signals before anything else is loaded, which takes longer than to press Ctrl-C."""
    interrupts = Interrupts()
    interrupts.install()
    from runner.cli.main import main  # noqa: PLC0415 - see above

    main(interrupts)


if __name__ == "__main__":
    enter()
