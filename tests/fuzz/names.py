"""The names of the contract's job file: operations, reserved names, fields as Zuora's pages spell them."""

from typing import Final

RESERVED: Final = ("operation", "custom_id", "entity", "org")
CREATE: Final = "create_bill_run"
CANCEL: Final = "cancel_bill_run"
JOURNAL: Final = "cancel_journal_run"
DETACH: Final = "detach_charges"
OPERATIONS: Final = (CREATE, CANCEL, JOURNAL, DETACH)

SWITCHES: Final = (
    "autoEmail",
    "autoPost",
    "autoRenewal",
    "includeOrderLineItems",
    "includeSubscriptions",
    "noEmailForZeroAmountInvoice",
)
SCHEDULE: Final = (
    "schedule.repeatFrom",
    "schedule.repeatType",
    "schedule.runTime",
    "schedule.repeatTo",
    "schedule.weeklyOnDay",
    "schedule.monthlyOnEndOfMonth",
)
FIELDS: Final = {
    CREATE: (
        *SWITCHES,
        *SCHEDULE,
        "schedule",
        "batches",
        "billCycleDay",
        "billRunFilters",
        "accountId",
        "subscriptionId",
        "billRunType",
        "chargeTypeToExclude",
        "invoiceDate",
        "invoiceDateMonthOffset",
        "invoiceDateDayOfMonth",
        "name",
        "organizationLabels",
        "targetDate",
        "targetDateMonthOffset",
        "targetDateDayOfMonth",
    ),
    CANCEL: ("billRunId", "billRunNumber", "cancelOnce"),
    JOURNAL: ("jr-number", "jrNumber"),
    DETACH: ("scheduleKey", "specificSubscriptions", "orderKey", "subscriptionKey", "chargeNumbers"),
}
KNOWN: Final = frozenset(RESERVED).union(*FIELDS.values())
