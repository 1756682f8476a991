"""The ground of a kill test: a config, a scenario and jobs, in a directory of their own."""

import random
from pathlib import Path
from typing import Final

ENTITIES: Final = {"us": "2c92c0f85a1b4c6d015a1b4c6d7e0001", "emea": "2c92c0f85a1b4c6d015a1b4c6d7e0002"}
ORGS: Final = {"north": "8a90e5ba7c3d4e5f017c3d4e5f600001", "south": "8a90e5ba7c3d4e5f017c3d4e5f600002"}
COLUMNS: Final = (
    "operation", "custom_id", "entity", "org", "name", "batches", "targetDate", "invoiceDate", "billRunId",
    "jrNumber", "scheduleKey", "orderKey", "subscriptionKey", "chargeNumbers",
)  # fmt: skip
CONFIG: Final = """default_tenant = "sandbox"

[tenants.sandbox]
environment = "sandbox"
entities = {{ us = "{us}", emea = "{emea}" }}
orgs = {{ north = "{north}", south = "{south}" }}
scenario = "scenario.toml"
"""
WIRE: Final = """
[tenants.wire]
base_url = "http://127.0.0.1:{port}"
entities = {{ us = "{us}", emea = "{emea}" }}
orgs = {{ north = "{north}", south = "{south}" }}
timezone = "UTC"
quiet_seconds = 2
"""
TENANT: Final = """[tenant]
speed = 400
latency_s = 0.01

[[created]]
name = "^refused"
refuse = { category = 30 }
"""
FAULTS: Final = """
[[faults]]
match = { operation = "write", probability = 0.01 }
fault = "reset_after"

[[faults]]
match = { operation = "write", probability = 0.01 }
fault = "late_effect"
after_s = 1.0

[[faults]]
match = { operation = "write", probability = 0.01 }
fault = "lock"
"""

ONE_OF_EACH: Final = """
[[faults]]
match = {{ target = "^{cancelled:032x}$", operation = "write" }}
fault = "lock"
times = 1

[[faults]]
match = {{ target = "^JR-{journal:08d}$" }}
fault = "status"
status = 401
times = 1

[[faults]]
match = {{ target = "^IS-{schedule}$", operation = "write" }}
fault = "reset_after"
times = 1

[[faults]]
match = {{ target = " {created} ", operation = "write" }}
fault = "reset_after"
times = 1
"""
"""A refusal that has to be waited for, a token that is refused, a lost reply of a PUT, one of a POST."""
_JOB_STEP: Final = 100_000


def lay_out(
    directory: Path, *, jobs: int, operations: int, seed: int, faults: str = FAULTS, each: str = ""
) -> list[Path]:
    """Write config, scenario and jobs of so many operations; the jobs' paths. `each`: faults of each job."""
    chance = random.Random(seed)  # noqa: S311 - a test, no secret
    (directory / "config.toml").write_text(CONFIG.format(**ENTITIES, **ORGS))
    scenario = [TENANT, faults]
    paths: list[Path] = []
    for job in range(1, jobs + 1):
        first = job * _JOB_STEP
        places = {"cancelled": first + 1, "journal": first + 2, "schedule": first + 3, "created": first + 4}
        scenario.append(each.format(**places))
        lines = [",".join(COLUMNS)]
        lines.extend(_row(number, chance, scenario) for number in range(first, first + operations))
        paths.append(directory / f"job-{job}.csv")
        paths[-1].write_text("\n".join(lines) + "\n")
    (directory / "scenario.toml").write_text("\n".join(scenario))
    return paths


def lead_through(directory: Path, port: int) -> None:
    """Have the program reach its tenant through a port of this machine, as it would a real one."""
    config = CONFIG.replace('default_tenant = "sandbox"', 'default_tenant = "wire"') + WIRE
    (directory / "config.toml").write_text(config.format(**ENTITIES, **ORGS, port=port))


def _row(number: int, chance: random.Random, scenario: list[str]) -> str:
    """One row of an operation by chance, and what the scenario has to say of its target."""
    cells = {
        "custom_id": f"c{number}",
        "entity": chance.choice(list(ENTITIES)),
        "org": chance.choice(list(ORGS)),
    }
    match number % 4:
        case 0:
            name = "refused" if chance.random() < 0.05 else "night"
            cells |= {"operation": "create_bill_run", "name": f"{name} {number}", "batches": "Batch1;Batch2"}
            cells |= {"targetDate": "2026-11-30", "invoiceDate": "2026-11-30"}
        case 1:
            cells |= {"operation": "cancel_bill_run", "billRunId": f"{number:032x}"}
            if chance.random() < 0.05:
                part = chance.choice(("posted_invoices = true", "status = 'Canceled'", "exists = false"))
                scenario.append(f"[bill_runs.'{number:032x}']\n{part}")
        case 2:
            cells |= {"operation": "cancel_journal_run", "jrNumber": f"JR-{number:08d}"}
            if chance.random() < 0.05:
                scenario.append(f"[journal_runs.'JR-{number:08d}']\ntransferred = {chance.randint(1, 3)}")
        case _:
            cells |= {"operation": "detach_charges", "scheduleKey": f"IS-{number}", "orderKey": f"O-{number}"}
            cells |= {"subscriptionKey": f"A-S{number}", "chargeNumbers": f"C-{number}1;C-{number}2"}
            keys = f"orderKey = 'O-{number}', subscriptionKey = 'A-S{number}'"
            charges = ", ".join(f"{{ {keys}, chargeNumber = 'C-{number}{i}' }}" for i in (1, 2, 3))
            scenario.append(f"[invoice_schedules.'IS-{number}']\ncharges = [{charges}]")
    return ",".join(cells.get(column, "") for column in COLUMNS)
