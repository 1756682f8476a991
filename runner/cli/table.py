"""The table of commands: each module is imported only when its command is called.

A command is a module of `runner.cli.verbs` with a `VERB` in it. Its summary stands here, so that the list of
commands can be shown without importing any of them.
"""

from typing import Final, NamedTuple


class Entry(NamedTuple):
    """One command: its name, the module in `runner.cli.verbs`, what the list says of it."""

    name: str
    module: str
    summary: str


PURPOSES: Final[dict[str, tuple[Entry, ...]]] = {
    "Start": (
        Entry("init", "init", "Write a commented config.toml and example jobs."),
        Entry("operations", "operations", "List the operations; for one, its fields, limits and rules."),
        Entry("template", "template", "Print a header-only CSV (or one JSONL line) to fill in."),
        Entry("schema", "schema", "Print the JSON Schema of a job or of the config."),
    ),
    "Before anything is sent": (
        Entry("check", "check", "Validate every row offline and print every problem."),
        Entry("plan", "plan", "Show what would be sent: counts, requests, time, risks."),
    ),
    "Execute": (
        Entry("run", "run", "Check, plan, ask, execute."),
        Entry("resume", "resume", "Continue an unfinished run, and settle what is in doubt."),
        Entry("retry", "retry", "Run the failed tasks of a run anew, with their frozen bytes."),
        Entry("stop", "stop", "Ask a running run to stop, or end one for good."),
    ),
    "Settle": (
        Entry("settle", "settle", "Find out what is unknown or accepted, by reading alone."),
        Entry("resolve", "resolve", "Decide what reading cannot, with a reason."),
    ),
    "Look": (
        Entry("status", "status", "Show where a run stands, while it runs or after."),
        Entry("runs", "runs", "List all runs of the runs directory."),
        Entry("show", "show", "Show one task's whole history."),
        Entry("results", "results", "Write ledger, result files, summary and report again."),
        Entry("verify", "verify", "Check the whole checkpoint, and that the ledger follows from it."),
        Entry("doctor", "doctor", "Check config, credentials, clock, limits, entities and orgs."),
    ),
    "Rehearse": (Entry("sandbox", "sandbox", "Serve the simulated tenant over HTTP until stopped."),),
}
"""The commands by what they are for, in the order in which people meet them."""

BY_NAME: Final = {entry.name: entry for entries in PURPOSES.values() for entry in entries}
