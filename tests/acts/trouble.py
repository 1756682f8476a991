"""What goes wrong in a tenant: rows that it refuses until it is corrected, and requests that are struck."""

import random
from collections.abc import Iterable, Mapping
from typing import Final

from tests.acts.rows import Row

LASTING: Final = "lasting"
"""A trouble that nobody corrects begins with this comment."""
_FAULTS: Final = (
    'fault = "reset_after"',
    'fault = "reset_before"',
    'fault = "late_effect"\nafter_s = 1.0',
    'fault = "lock"',
    'fault = "status"\nstatus = 500\nstored = true',
    'fault = "status"\nstatus = 500\neffect = "applied"',
    'fault = "status"\nstatus = 503',
    'fault = "status"\nstatus = 429\nretry_after = "1"',
    'fault = "timeout"\ndelay_s = 1.0',
    'fault = "html200"',
    'fault = "truncate"',
    'fault = "no_connect"',
)
_KEYS: Final = (
    "",
    "[keys]\nstore_429 = true\n",
    "[keys]\nstore_gateway = true\n",
    "[keys]\nstore_5xx = false\n",
)


def some_faults(chance: random.Random) -> str:
    """Up to two faults that strike writes by chance, and which replies are stored under a key."""
    text = chance.choice(_KEYS)
    for _ in range(chance.randint(0, 2)):
        of = chance.choice(("write", "write", "create_bill_run", "cancel_bill_run", "detach_charges"))
        often = chance.choice((0.15, 0.4, 0.8))
        times = f"times = {chance.randint(1, 4)}\n"
        text += f'[[faults]]\nmatch = {{ operation = "{of}", probability = {often} }}\n{times}'
        text += chance.choice(_FAULTS) + "\n"
    return text


def some_trouble(row: Row, chance: random.Random, *, listed: bool) -> str:
    """Why the tenant does not do this row; it stands in its scenario until somebody corrects it there.

    A detach is done in part only where a read shows it (`listed`): else no client could know.
    """
    match row.operation:
        case "create_bill_run":
            category = chance.choice((30, 30, 10, 50, 61))
            return f"[[created]]\nname = '^{row.name}( |$)'\nrefuse = {{ category = {category} }}\n"
        case "cancel_bill_run":
            gone = () if row.bill_run_number else ("exists = false\n",)
            return chance.choice(("posted_invoices = true\n", "status = 'Processing'\n", *gone))
        case "cancel_journal_run":
            lasting = f"# {LASTING}\nentries = 3\ntransferred = {chance.choice((1, 3))}\n"
            return chance.choice(("exists = false\n", "status = 'Processing'\n", lasting))
        case _:
            stuck = str(row.members["chargeNumbers"][:1])
            partly = (f"partial = true\nstuck = {stuck}\n",) if listed else ()
            return chance.choice(("unposted_invoices = true\n", "exists = false\n", *partly))


def scenario(rows: Iterable[Row], troubles: Mapping[int, str], *, listed: bool) -> str:
    """All that the tenant holds of these rows' targets; `listed`: its schedules name their charges."""
    text = ""
    for row in rows:
        trouble = troubles.get(row.number, "")
        match row.operation:
            case "create_bill_run":
                text += trouble
            case "cancel_bill_run" if row.valid and (trouble or row.bill_run_number):
                number = f"number = '{row.bill_run_number}'\n" if row.bill_run_number else ""
                text += f"[bill_runs.'{row.name}']\n{number}{trouble}"
            case "cancel_journal_run" if trouble:
                text += f"[journal_runs.'{row.name}']\n{trouble}"
            case "detach_charges" if trouble or listed:
                text += f"[invoice_schedules.'{row.name}']\n{trouble}{_charges(row) if listed else ''}"
            case _:
                pass
    return text


def _charges(row: Row) -> str:
    keys = f"orderKey = '{row.members['orderKey']}', subscriptionKey = '{row.members['subscriptionKey']}'"
    each = (f"{{ {keys}, chargeNumber = '{number}' }}" for number in row.members["chargeNumbers"])
    return f"charges = [{', '.join(each)}]\n"
