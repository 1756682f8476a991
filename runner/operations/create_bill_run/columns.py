"""The columns of a job file that create bill runs."""

from collections.abc import Mapping
from typing import Final

from runner.core.jsonvalue import Json, JsonObject
from runner.operations.create_bill_run.fields import BillRunBody
from runner.operations.create_bill_run.rules import rules
from runner.operations.reading.columns import Column, Folding, Kind
from runner.operations.reading.row_reader import RowReader

COLUMNS: Final = (
    Column(
        "name", Kind.TEXT, "Name of the bill run, at most 200 printable characters; a marker is added to it."
    ),
    Column(
        "targetDate",
        Kind.DATE,
        "Charges are billed up to this date. Required for an ad hoc run; else the default is repeatFrom.",
    ),
    Column(
        "invoiceDate",
        Kind.DATE,
        "Date on the invoices. Absent: today in the tenant's timezone (ad hoc), repeatFrom (scheduled).",
    ),
    Column("batches", Kind.TEXTS, "AllBatches alone, or Batch1 to Batch200. Give batches or billRunFilters."),
    Column(
        "billCycleDay",
        Kind.TEXT,
        "With batches only: AllBillCycleDays, a day from 1 to 31, or AsRunDay (scheduled runs only).",
    ),
    Column("accountId", Kind.TEXT, "Short for billRunFilters with one account (or with its subscriptionId)."),
    Column("subscriptionId", Kind.TEXTS, "With accountId: only these subscriptions, at most 50."),
    Column(
        "billRunFilters",
        Kind.JSON_LIST,
        "One Account filter, 1 to 50 Subscription filters of one account, or FilterCondition filters.",
    ),
    Column("billRunType", Kind.TEXT, "Regular (default) or CatchUp."),
    Column("chargeTypeToExclude", Kind.TEXTS, "At most two of OneTime, Recurring, Usage."),
    Column("autoPost", Kind.BOOLEAN, "Post the invoices without review. Default false."),
    Column("autoEmail", Kind.BOOLEAN, "Send the invoices by e-mail after auto-post. Default false."),
    Column("autoRenewal", Kind.BOOLEAN, "Renew auto-renew subscriptions that are due. Default false."),
    Column("noEmailForZeroAmountInvoice", Kind.BOOLEAN, "No e-mail for invoices of zero. Default false."),
    Column("includeSubscriptions", Kind.BOOLEAN, "Bill subscriptions. Default true."),
    Column("includeOrderLineItems", Kind.BOOLEAN, "Bill order line items. Default true."),
    Column(
        "invoiceDateMonthOffset",
        Kind.INTEGER,
        "With repeatType Monthly: months from the run to the invoice date.",
    ),
    Column(
        "invoiceDateDayOfMonth",
        Kind.INTEGER,
        "With invoiceDateMonthOffset: day 1 to 31 (31: the month's end).",
    ),
    Column(
        "targetDateMonthOffset",
        Kind.INTEGER,
        "With repeatType Monthly: months from the run to the target date.",
    ),
    Column(
        "targetDateDayOfMonth", Kind.INTEGER, "With targetDateMonthOffset: day 1 to 31 (31: the month's end)."
    ),
    Column(
        "organizationLabels",
        Kind.JSON_LIST,
        "Orgs of the run, by organizationId or organizationName. Absent: the row's orgs; else must agree.",
    ),
    Column("schedule", Kind.JSON_OBJECT, "When a scheduled run is executed. Absent: an ad hoc run."),
    Column(
        "schedule.repeatFrom", Kind.DATE, "First day of the schedule, at most 10 years ahead. Required in it."
    ),
    Column("schedule.repeatType", Kind.TEXT, "None, Daily, Weekly or Monthly. Required in a schedule."),
    Column("schedule.runTime", Kind.INTEGER, "Hour of the day, 0 to 23. Required in a schedule."),
    Column("schedule.repeatTo", Kind.DATE, "Last day of the schedule."),
    Column("schedule.weeklyOnDay", Kind.TEXTS, "With Weekly: some of Mon, Tue, Wed, Thu, Fri, Sat, Sun."),
    Column(
        "schedule.monthlyOnEndOfMonth",
        Kind.BOOLEAN,
        "With Monthly and a repeatFrom on a month's end: always run on the month's end.",
    ),
)


def _filters(given: Mapping[str, Json]) -> Json:
    account: JsonObject = {"accountId": given["accountId"]} if "accountId" in given else {}
    subscriptions = given.get("subscriptionId")
    if not isinstance(subscriptions, list):
        return [{**account, "filterType": "Account"}]
    return [{**account, "filterType": "Subscription", "subscriptionId": each} for each in subscriptions]


FOLDING: Final = Folding("billRunFilters", ("accountId", "subscriptionId"), _filters)
READER: Final = RowReader(COLUMNS, BillRunBody, rules, FOLDING)
