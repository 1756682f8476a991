"""What the command line, the environment and the config decided for one launch; made once, in `cli`."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

from runner.core.job import JobFormat
from runner.core.operation import Until


@dataclass(frozen=True, slots=True)
class JobOptions:
    """How a job file is read.

    `sha256` is the digest that its bytes must have, `meaning` that of the tasks that its rows become
    (`run PLAN`); None: any.
    """

    path: str
    format: JobFormat | None = None
    operation: str | None = None
    delimiter: Literal[",", ";", "\t"] | None = None
    entities: tuple[str, ...] = ()
    orgs: tuple[str, ...] = ()
    allow_duplicates: bool = False
    allow_empty: bool = False
    skip_invalid: bool = False
    sha256: str | None = None
    meaning: str | None = None


@dataclass(frozen=True, slots=True)
class FailureLimit:
    """`--max-failures`: a count from the first task on, or a share of the finished ones from the 100th on."""

    count: int | None = None
    percent: float | None = 50.0


@dataclass(frozen=True, slots=True)
class LaunchOptions:
    """How one launch goes about its tasks; None means what the tenant (or the resumed run) says."""

    until: Until = "settled"
    concurrency: int | None = None
    rate_per_minute: int | None = None
    limit: int | None = None
    max_failures: FailureLimit = FailureLimit()
    max_duration_s: float | None = None
    preflight: bool = True
    canary: bool | None = None


@dataclass(frozen=True, slots=True)
class Consent:
    """What the user has agreed to."""

    yes: bool = False
    confirm: str | None = None
    reason: str | None = None


ProgressMode: TypeAlias = Literal["auto", "bar", "plain", "json", "none"]


@dataclass(frozen=True, slots=True)
class Site:
    """Where a command works.

    `config` None: `./config.toml` where there is one, else the built-in tenant alone is configured. `tenant`
    None: the config's `default_tenant`.
    """

    config: str | None = None
    tenant: str | None = None
    runs_dir: str = "runs"


@dataclass(frozen=True, slots=True)
class Voice:
    """How a command speaks.

    `json`: one document on standard output; `quiet`: no notes on standard error; `verbose`: more of them.
    """

    json: bool = False
    quiet: bool = False
    verbose: bool = False
    progress: ProgressMode = "auto"


@dataclass(frozen=True, slots=True)
class Invocation:
    """One call of `run`, `resume` or `retry`, as the command line and the environment decided it.

    `job` is there for `run` alone, and may name a plan. `run` is the RUN of `resume` and `retry`: a run id, a
    run directory, or None for the latest. `told` holds the names of the fields of `launch` that somebody gave
    (as an option or by the environment): the others are what the resumed run says. `retryable` is for `retry`
    (only tasks that may well succeed later), `skip_done`, `run_label` and `run_id` for `run`.
    """

    site: Site = Site()
    voice: Voice = Voice()
    job: JobOptions | None = None
    run: str | None = None
    launch: LaunchOptions = LaunchOptions()
    told: frozenset[str] = frozenset()
    consent: Consent = Consent()
    run_label: str | None = None
    run_id: str | None = None
    skip_done: bool = False
    retryable: bool = False
