"""When the next occurrence of a recurring bill run is due."""

import calendar
from datetime import date, timedelta
from typing import Final

from runner.sandbox.state import Json, JsonObject

_WEEKDAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def next_fields(fields: JsonObject) -> JsonObject:
    """The body of a recurring run, moved on to its next occurrence."""
    schedule = fields.get("schedule")
    if not isinstance(schedule, dict) or not isinstance(schedule.get("repeatFrom"), str):
        return fields
    start = date.fromisoformat(str(schedule["repeatFrom"]))
    following = _next_date(start, schedule).isoformat()
    moved: JsonObject = {**fields, "schedule": {**schedule, "repeatFrom": following}}
    for name in ("invoiceDate", "targetDate"):
        if fields.get(name) == schedule["repeatFrom"]:
            moved[name] = following
    return moved


def _next_date(start: date, schedule: JsonObject) -> date:
    repeat = schedule.get("repeatType")
    if repeat == "Monthly":
        year, month = (start.year + 1, 1) if start.month == 12 else (start.year, start.month + 1)  # noqa: PLR2004
        last = calendar.monthrange(year, month)[1]
        return date(year, month, last if schedule.get("monthlyOnEndOfMonth") else min(start.day, last))
    if repeat == "Weekly":
        days: Json = schedule.get("weeklyOnDay")
        wanted = days if isinstance(days, list) else []
        for ahead in range(1, 8):
            following = start + timedelta(days=ahead)
            if _WEEKDAYS[following.weekday()] in wanted:
                return following
    return start + timedelta(days=1)
