"""`plan.json`: what was planned, so that exactly that can be run."""

import hashlib
import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import Final, cast

from runner.compose.compiledjob import CompiledJob
from runner.core.fault import UserFault
from runner.core.jsonvalue import Json, JsonFault, JsonObject, canonical, object_at, parse_object, text_at
from runner.core.options import Invocation, JobOptions
from runner.core.plaintext import shown

KIND: Final = "zuora-batch plan"
VERSION: Final = 1
_ENDING: Final = ".json"
_BYTES_MAX: Final = 4 * 1024 * 1024
_PLANNED_LAUNCH: Final = ("until", "concurrency", "rate_per_minute", "limit", "preflight")
"""What `plan` can be told of a launch; the rest is said when it is run."""


def is_plan(path: str) -> bool:
    """Whether a path names a plan: jobs end in .csv, .jsonl or .gz."""
    return path.lower().endswith(_ENDING)


def plan_document(invocation: Invocation, tenant: str, job: CompiledJob, found: JsonObject) -> JsonObject:
    """The plan as it is written: `found` is what planning found out (counts, requests, risks)."""
    options = invocation.job
    assert options is not None  # noqa: S101 - for the type checker: `plan` always has a job
    launch = cast("JsonObject", asdict(invocation.launch))
    told: JsonObject = {name: launch[name] for name in _PLANNED_LAUNCH if name in invocation.told}
    document: JsonObject = {
        "kind": KIND,
        "version": VERSION,
        "job": str(Path(options.path).resolve()),
        "job_sha256": job.sha256,
        "meaning": job.meaning,
        "tenant": tenant,
        "run_label": invocation.run_label,
        "job_options": {name: _plain(value) for name, value in _how_read(options).items()},
        "launch_options": told,
        **found,
    }
    return {**document, "digest": _digest(document)}


def write_plan(path: str, document: JsonObject) -> None:
    """Write it, in place of an older one; `UserFault` where that fails, or the name is not a plan's."""
    if not is_plan(path):
        raise UserFault(f"-o: {shown(path)} does not end in {_ENDING}, so `run` would take it for a job")
    try:
        Path(path).write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    except OSError as fault:
        raise UserFault(f"-o: {shown(path)} cannot be written: {fault.strerror}") from None


def planned(invocation: Invocation) -> Invocation:
    """The invocation with what its plan says, where its job is a plan; else as it is.

    What the command line says of the launch goes before the plan. Options that say what the rows mean stand
    in the plan alone. The job is compared when it is compiled (`JobOptions.sha256`, `meaning`).

    Raises:
        UserFault: the plan cannot be read or was changed, or the command line contradicts it.
    """
    job = invocation.job
    if job is None or not is_plan(job.path):
        return invocation
    document = _read(job.path)
    _refuse_contradictions(invocation, document, job)
    launch = cast("dict[str, object]", object_at(document, "launch_options"))
    launch = {name: value for name, value in launch.items() if name not in invocation.told}
    return replace(
        invocation,
        site=replace(invocation.site, tenant=text_at(document, "tenant")),
        job=_job_options(document),
        launch=replace(invocation.launch, **launch),
        told=invocation.told | frozenset(launch),
        run_label=text_at(document, "run_label"),
    )


def _read(path: str) -> JsonObject:
    try:
        with Path(path).open("rb") as stream:
            document = parse_object(stream.read(_BYTES_MAX))
    except OSError as fault:
        raise UserFault(f"{shown(path)} cannot be read: {fault.strerror}") from None
    except JsonFault as fault:
        raise UserFault(f"{shown(path)} is no plan: {shown(str(fault))}", hint=_ADVICE) from None
    if document.get("kind") != KIND or document.get("version") != VERSION:
        raise UserFault(f"{shown(path)} is no plan of this version", hint=_ADVICE)
    digest = document.pop("digest", None)
    if digest != _digest(document):
        raise UserFault(f"{shown(path)} was changed by hand since it was written", hint=_ADVICE)
    return document


_ADVICE: Final = "plan the job anew: zuora-batch plan JOB -o PLAN.json (jobs end in .csv or .jsonl)"


def _refuse_contradictions(invocation: Invocation, document: JsonObject, job: JobOptions) -> None:
    """A plan says what its rows mean; the command line may repeat that, and nothing else."""
    said: dict[str, tuple[Json, Json]] = {
        "--tenant": (invocation.site.tenant, document.get("tenant")),
        "--run-label": (invocation.run_label, document.get("run_label")),
    }
    options = object_at(document, "job_options")
    defaults = _how_read(JobOptions(path=""))
    for name, value in _how_read(job).items():
        if value != defaults[name]:
            option = _OPTIONS.get(name, name).replace("_", "-")
            said[f"--{option}"] = (_plain(value), options.get(name))
    wrong = [name for name, (told, stands) in said.items() if told is not None and told != stands]
    if wrong:
        raise UserFault(
            f"{', '.join(wrong)}: the plan {shown(job.path)} says otherwise",
            hint="leave it out, or plan the job anew with it",
        )


_OPTIONS: Final = {"entities": "entity", "orgs": "org"}
_IDENTITY: Final = frozenset({"path", "sha256", "meaning"})


def _how_read(options: JobOptions) -> "dict[str, Json | tuple[Json, ...]]":
    """The options that say how a job is read, by name."""
    members = cast("dict[str, Json | tuple[Json, ...]]", asdict(options))
    return {name: value for name, value in members.items() if name not in _IDENTITY}


def _job_options(document: JsonObject) -> JobOptions:
    options = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in object_at(document, "job_options").items()
    }
    identity = JobOptions(
        path=text_at(document, "job") or "",
        sha256=text_at(document, "job_sha256"),
        meaning=text_at(document, "meaning"),
    )
    return replace(identity, **options)


def _plain(value: "Json | tuple[Json, ...]") -> Json:
    return list(value) if isinstance(value, tuple) else value


def _digest(document: JsonObject) -> str:
    return hashlib.sha256(canonical(document)).hexdigest()
