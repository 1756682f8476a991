"""The words of the report: plain ones, for people who book and not for people who program."""

from collections.abc import Mapping
from shlex import quote
from typing import Final, NamedTuple

from runner.core.outcome import Status
from runner.core.plaintext import plain
from runner.core.runsummary import RunFacts, Summary


class StatusWords(NamedTuple):
    """A status as the report calls it, what it means, and what to do about it."""

    title: str
    meaning: str
    to_do: str


STATUS_WORDS: Final[Mapping[Status, StatusWords]] = {
    Status.SUCCEEDED: StatusWords("Done", "Zuora did it.", "Nothing."),
    Status.UNCHANGED: StatusWords("Already so", "It was so before; nothing was changed.", "Nothing."),
    Status.PARTIAL: StatusWords(
        "Partly done",
        "Part of it took effect, and nothing more of it is under way.",
        "Look at the result in Zuora. What is left of cancels and detaches stands in the result file, "
        "which may be run as it is.",
    ),
    Status.FAILED: StatusWords(
        "Failed",
        "It is proven that nothing of it took effect.",
        "Correct the rows in the result file, then run that file.",
    ),
    Status.ACCEPTED: StatusWords(
        "Under way",
        "Zuora took it; its end has not been seen yet.",
        "Find out later (see above). Do not run these rows again.",
    ),
    Status.UNKNOWN: StatusWords(
        "Not known",
        "It was sent, and may or may not have taken effect.",
        "Find out first (see above). Do not run these rows again before that.",
    ),
    Status.REJECTED: StatusWords(
        "Invalid row",
        "The row was left out because it is not valid; nothing was sent.",
        "Correct the rows in the result file, then run that file.",
    ),
    Status.NOT_ATTEMPTED: StatusWords(
        "Not attempted",
        "Nothing of it is under way: it was not sent, or only refused before the run stopped.",
        "Do the rest (see above).",
    ),
}

_CODE_TO_DO: Final[Mapping[str, str]] = {
    "key_mismatch": "Zuora knows this key from another request. Look in Zuora whether it was done, "
    "then tell by zuora-batch resolve.",
    "no_answer": "The answer was lost on its way. Find out first (see above).",
}

_EXIT_WORDS: Final[Mapping[int, str]] = {
    0: "everything is done",
    1: "finished; some of it failed, is only partly done, or was invalid",
    2: "refused; nothing was sent",
    3: "nothing is left to attempt, but the end of some tasks is not known yet",
    4: "stopped before everything was attempted; it can be resumed",
    5: "stopped because storage failed or is damaged",
    6: "another program was working on this run",
    7: "stopped because Zuora did not accept the credentials; nothing was accepted",
    70: "stopped by a fault of the program itself; what was done is safely recorded",
    130: "forced to stop; it can be resumed",
}


class Command(NamedTuple):
    """A command to type next, and why."""

    why: str
    command: str


def exit_words(code: int) -> str:
    """An exit code in words."""
    return _EXIT_WORDS.get(code, "ended")


def to_do(status: Status, code: str | None, retryable: int) -> str:
    """What to do about tasks that ended so; `retryable` counts those that may well succeed later."""
    words = _CODE_TO_DO.get(code or "", STATUS_WORDS[status].to_do)
    if status is Status.FAILED and retryable:
        return f"The same may well succeed later: try these again (see above). If it does not: {words}"
    return words


def next_commands(run: RunFacts, summary: Summary, retryable: int) -> list[Command]:
    """What to type next, the most urgent first; empty where nothing is left to do.

    `retryable` counts the failed tasks that may well succeed later.
    """
    counts = summary.counts
    results = f"zuora-batch run --tenant {quote(run.tenant)} runs/{run.run_id}"
    rest = f"{results}/not_attempted.{run.format}" if run.ended else f"zuora-batch resume {run.run_id}"
    in_doubt = counts[Status.UNKNOWN] + counts[Status.ACCEPTED]
    every = (
        (in_doubt, "Find out what is not known yet (only reads)", f"zuora-batch settle {run.run_id}"),
        (counts[Status.NOT_ATTEMPTED], "Do the rest", rest),
        (
            retryable,
            "Try those again that may well succeed later",
            f"zuora-batch retry {run.run_id} --retryable",
        ),
        (counts[Status.FAILED], "Once the failed rows are corrected", f"{results}/failed.{run.format}"),
        (
            counts[Status.PARTIAL],
            "Do what is left of cancels and detaches",
            f"{results}/partial.{run.format}",
        ),
        (counts[Status.REJECTED], "Once the invalid rows are corrected", f"{results}/rejected.{run.format}"),
    )
    return [Command(why, plain(command)) for wanted, why, command in every if wanted]
