"""The command `zuora-batch`: finds the command that was asked for, runs it, and leaves with its exit code.

Importing this module imports click, the table of commands and the signals, nothing else: `--help` is quick.
"""

import os
import sys
from collections.abc import Sequence
from importlib import import_module
from io import TextIOWrapper
from typing import Final, NoReturn, cast

import click

import runner
from runner.cli.table import BY_NAME, PURPOSES
from runner.compose.interrupts import Interrupts

PROGRAM_NAME: Final = "zuora-batch"
_COMPLETE_VARIABLE: Final = "_ZUORA_BATCH_COMPLETE"
_EPILOG: Final = (
    "`zuora-batch COMMAND --help` teaches by example. Every option has a twin in the environment: "
    "--runs-dir is ZUORA_BATCH_RUNS_DIR, and so on (but for --confirm and --run-id)."
)


class Program(click.Group):
    """The group of all commands; its list is made from the table alone."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """All names, in the order of the table."""
        return list(BY_NAME)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - as above
        """Import a command; None where there is none of that name."""
        entry = BY_NAME.get(cmd_name)
        if entry is None:
            return None
        return cast("click.Command", import_module(f"runner.cli.verbs.{entry.module}").VERB)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command that was typed; a usage error names the one that was probably meant."""
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as fault:
            from difflib import get_close_matches  # noqa: PLC0415 - for mistyped commands alone

            near = get_close_matches(args[0], BY_NAME, n=1)
            if not near:
                raise
            message = f"{fault.format_message()} Did you mean {near[0]!r}?"
            raise click.UsageError(message, ctx) from None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - as above
        """Write the table, grouped by purpose, without importing any command."""
        wide = max(map(len, BY_NAME))
        for purpose, entries in PURPOSES.items():
            with formatter.section(purpose):
                formatter.write_dl([(entry.name.ljust(wide), entry.summary) for entry in entries])


def _root(*, version: bool) -> int:
    context = click.get_current_context()
    if version:
        click.echo(f"{PROGRAM_NAME} {runner.__version__}")
        context.exit(0)
    if context.invoked_subcommand is None:
        click.echo(context.get_help())
    return 0


PROGRAM: Final = Program(
    name=PROGRAM_NAME,
    callback=_root,
    invoke_without_command=True,
    help="Run batches of changes against the Zuora billing API: every row is done once, or you are told why.",
    epilog=_EPILOG,
    params=[click.Option(["--version"], is_flag=True, help="Print the version.")],
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)


def program(arguments: Sequence[str], interrupts: Interrupts | None = None) -> int:
    """Run one command line (without the program's own name) and return its exit code; never raises.

    What a command raises is told on standard error; `runner.cli.faults` says how, and with which code.
    `interrupts` (of `runner.compose.interrupts`) are the signals of this process, where it is ours alone.
    """
    try:
        if os.environ.get(_COMPLETE_VARIABLE):
            return _complete(os.environ[_COMPLETE_VARIABLE])
        with PROGRAM.make_context(PROGRAM_NAME, list(arguments), obj=interrupts) as context:
            return cast("int", PROGRAM.invoke(context))
    except click.exceptions.Exit as done:
        return done.exit_code
    except (Exception, KeyboardInterrupt) as fault:  # noqa: BLE001 - the one door out of the program
        from runner.cli.faults import explain_early  # noqa: PLC0415 - not needed by `--help`

        return explain_early(fault, arguments)
    finally:
        _flush()


def main(interrupts: Interrupts | None = None) -> None:
    """Enter here: `zuora-batch`. `interrupts`: the signals, where they are installed already."""
    if interrupts is None:
        interrupts = Interrupts()
        interrupts.install()
    _leave_no_core()
    _open_missing()
    for stream in (sys.stdout, sys.stderr):
        # A terminal that cannot show a character must not stop a run.
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    code = program(sys.argv[1:], interrupts)
    interrupts.retire()
    _leave(code)


def _leave(code: int) -> NoReturn:
    """Leave the process, also where a thread still waits for something that does not come."""
    threading = sys.modules.get("threading")
    waiting = () if threading is None else (one for one in threading.enumerate() if not one.daemon)
    if len(tuple(waiting)) > 1:
        _flush()
        os._exit(code)
    sys.exit(code)


def _leave_no_core() -> None:
    """Write no core dump, whatever happens: secrets would stand in it. Children inherit the limit."""
    try:
        import resource  # noqa: PLC0415 - not on every system; one without it is refused later, with a reason
    except ImportError:  # pragma: no cover - every POSIX system has it, and others are refused later
        return
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _open_missing() -> None:
    """Give streams that were closed before the start (`>&-`) a place that swallows all.

    No file of a run may come to stand where output goes.
    """
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is None:
            opened = os.open(os.devnull, os.O_RDWR)
            if opened != number:
                os.dup2(opened, number)
                os.close(opened)
            setattr(sys, name, os.fdopen(number, "r" if number == 0 else "w", closefd=False))


def _complete(instruction: str) -> int:
    from click.shell_completion import shell_complete  # noqa: PLC0415 - only for a shell that asks

    return shell_complete(PROGRAM, {}, PROGRAM_NAME, _COMPLETE_VARIABLE, instruction)


def _flush() -> None:
    """Empty both streams; a reader that has gone away (`| head`) or a full disk is no fault of ours."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
