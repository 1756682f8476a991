from dataclasses import replace
from typing import Any

import pytest

from runner.core.operation import Claim, CompileContext, Draft
from runner.core.scope import Scope
from runner.core.task import Act
from runner.operations import CATALOG
from tests.operations.talk import ACT, CONTEXT, MARKER, draft, row, task

CREATE = CATALOG["create_bill_run"]
RUN = {"batches": ["Batch1"], "targetDate": "2026-01-31"}
BY_ID = {"billRunId": "A" * 32}
BY_NUMBER = {"billRunNumber": "BR-00000016"}
ITEM = {"orderKey": "O-1", "subscriptionKey": "S-1"}
NORTH, BOTH = Scope(None, ("8a90a",)), Scope(None, ("8a90a", "8a90b"))


def _labels(*labels):
    return {**RUN, "organizationLabels": list(labels)}


def _made(cells, scope, context=CONTEXT) -> Any:
    fields = CREATE.read(row(cells))
    assert not isinstance(fields, list), fields
    return CREATE.draft(fields, scope, context)


def _detach(**members):
    return draft("detach_charges", {"scheduleKey": "IS-1", **ITEM, **members})


def _contradict(one, other):
    return any(
        a.key == b.key and (a.value != b.value or "*" in (a.value, b.value))
        for a in one.claims
        for b in other.claims
    )


def test_labels_are_filled_in_from_the_scope_and_do_not_change_the_act():
    """Absent labels are those of the row's orgs, and writing them out is the same act."""
    filled = draft("create_bill_run", RUN, scope=BOTH)
    labels = [{"organizationId": "8a90a"}, {"organizationId": "8a90b"}]
    assert filled.fields.body["organizationLabels"] == labels
    written = draft(
        "create_bill_run", _labels({"organizationName": "south"}, {"organizationId": "8a90a"}), scope=BOTH
    )
    assert written.normal == filled.normal == RUN


def test_labels_must_agree_with_the_orgs_of_the_row():
    """Labels of other orgs than the row acts on are refused."""
    refused = _made(_labels({"organizationId": "8a90b"}), NORTH)
    assert [problem.message for problem in refused] == ['names "8a90b", but the row acts on "8a90a"']


def test_an_unknown_org_name_cannot_be_compared():
    """A label by a name that is not configured is refused, with what to do."""
    (problem,) = _made(_labels({"organizationName": "west"}), NORTH)
    assert problem.column == "organizationLabels"
    assert problem.message.startswith(
        'cannot compare "west" with the row\'s orgs: give its id under [tenants.'
    )


def test_labels_without_orgs_are_sent_as_they_are():
    """Where the scope has no orgs, labels go out as the row has them."""
    labels = [{"organizationName": "west"}]
    assert draft("create_bill_run", _labels(*labels)).fields.body["organizationLabels"] == labels


def test_labels_that_say_more_than_the_scope_are_part_of_the_act():
    """A cascading label is another act than a plain one."""
    cascading = draft(
        "create_bill_run", _labels({"organizationId": "8a90a", "cascadingDown": True}), scope=NORTH
    )
    assert cascading.normal["organizationLabels"] == [{"organizationId": "8a90a", "cascadingDown": True}]


def test_an_ad_hoc_run_without_a_known_day_is_refused():
    """Without a timezone today's date is not known, so the invoice date must be written."""
    (problem,) = _made(RUN, Scope(), CompileContext(None, {}))
    assert problem.column == "invoiceDate"
    assert problem.message.endswith("configure timezone of the tenant, or write the date")
    assert isinstance(_made({**RUN, "invoiceDate": "2026-01-31"}, Scope(), CompileContext(None, {})), Draft)


def test_ten_years_ahead_from_a_leap_day():
    """On a leap day the last day of a schedule is the 28th of February ten years later."""
    schedule = {"repeatFrom": "2038-03-01", "repeatType": "Daily", "runTime": 1}
    (problem,) = _made(
        {"batches": ["Batch1"], "schedule": schedule}, Scope(), CompileContext("2028-02-29", {})
    )
    assert problem.message == "2038-03-01 is more than 10 years ahead: the last day is 2038-02-28"


def test_the_day_and_the_marker_are_not_part_of_the_act():
    """The same row has the same digest on another day; its bytes have the day's date and the marker."""
    made = draft("create_bill_run", RUN)
    other = _made(RUN, Scope(), CompileContext("2026-02-01", {}))
    digests = {
        Act("https://x", "1", "create_bill_run", Scope(), each.normal, "", 0).digest()
        for each in (made, other)
    }
    assert len(digests) == 1
    assert (
        b'"invoiceDate":"2026-02-01","name":"' + MARKER.encode()
        in CREATE.freeze(other, ACT, CompileContext("2026-02-01", {})).body
    )


@pytest.mark.parametrize(
    ("name", "marker", "expected"),
    [("May", True, f"May {MARKER}"), (None, True, MARKER), ("May", False, "May"), (None, False, "")],
)
def test_the_target_of_a_creation_is_the_name_it_gets(name, marker, expected):
    """The name ends with the marker, is the marker alone, or is as it was written."""
    cells = RUN if name is None else {**RUN, "name": name}
    frozen = CREATE.freeze(draft("create_bill_run", cells), ACT, replace(CONTEXT, marker=marker))
    assert (frozen.target, frozen.marker) == (expected, MARKER if marker else None)
    assert (b'"name"' in frozen.body) == bool(expected)


def test_a_number_that_was_looked_up_is_the_same_act_as_its_id():
    """A row by number and a row by id (in any case) meet once the number is looked up."""
    cancel = CATALOG["cancel_bill_run"]
    by_number = draft("cancel_bill_run", BY_NUMBER)
    assert by_number.normal == {"billRunNumber": "BR-00000016"}
    found = cancel.with_target(by_number, "A" * 32)
    by_id = draft("cancel_bill_run", BY_ID)
    assert (found.normal, found.claims) == (by_id.normal, by_id.claims)
    assert cancel.freeze(found, ACT, CONTEXT) == cancel.freeze(by_id, ACT, CONTEXT)


def test_a_number_that_was_not_looked_up_cannot_be_frozen():
    """No bytes are made without a target."""
    with pytest.raises(ValueError, match="BR-00000016 has not been looked up"):
        CATALOG["cancel_bill_run"].freeze(draft("cancel_bill_run", BY_NUMBER), ACT, CONTEXT)


def test_cancel_once_is_claimed_by_bill_run():
    """Both values for one bill run contradict each other; the default and `true` do not."""
    once = draft("cancel_bill_run", BY_ID)
    series = draft("cancel_bill_run", {**BY_ID, "cancelOnce": False})
    assert once.claims == (Claim(f"bill_run:{'a' * 32}", "cancelOnce=true"),)
    assert draft("cancel_bill_run", {**BY_ID, "cancelOnce": True}) != once
    assert draft("cancel_bill_run", {**BY_ID, "cancelOnce": True}).normal == once.normal
    assert _contradict(once, series)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ({"chargeNumbers": ["C-1"]}, {"chargeNumbers": ["C-2"]}, False),
        ({"chargeNumbers": ["C-1", "C-2"]}, {"chargeNumbers": ["C-2", "C-1"]}, False),
        ({"chargeNumbers": ["C-1"]}, {"chargeNumbers": ["C-1", "C-2"]}, True),
        ({"chargeNumbers": ["C-1"]}, {}, True),
        ({"chargeNumbers": ["C-1"], "subscriptionKey": "S-2"}, {}, False),
        ({}, {}, False),
        ({}, {"orderKey": "O-2"}, True),
        ({"chargeNumbers": ["C-1"]}, {"chargeNumbers": ["C-1"], "scheduleKey": "IS-2"}, False),
    ],
)
def test_which_detaches_contradict_each_other(one, other, expected):
    """A shared charge in different rows does, and a whole subscription with a part; equal rows do not."""
    assert _contradict(_detach(**one), _detach(**other)) is expected


def test_items_of_one_subscription_are_one_item_in_the_normal_form():
    """Charges of a subscription spread over items are the same act as together."""
    spread = [{**ITEM, "chargeNumbers": ["C-2"]}, {**ITEM, "chargeNumbers": ["C-1"]}]
    together = draft("detach_charges", {"scheduleKey": "IS-1", "specificSubscriptions": spread})
    assert together.normal == _detach(chargeNumbers=["C-1", "C-2"]).normal


@pytest.mark.parametrize(
    ("operation", "cells", "risks"),
    [
        ("create_bill_run", {**RUN, "invoiceDate": "2026-01-31"}, []),
        ("create_bill_run", RUN, ["invoiceDate absent"]),
        (
            "create_bill_run",
            {
                "batches": ["AllBatches"],
                "autoPost": True,
                "autoEmail": True,
                "billRunType": "CatchUp",
                "schedule": {"repeatFrom": "2026-01-31", "repeatType": "Daily", "runTime": 1},
            },
            ["autoPost", "autoEmail", "AllBatches", "billRunType CatchUp", "schedule"],
        ),
        (
            "create_bill_run",
            {
                "batches": ["Batch51"],
                "schedule": {"repeatFrom": "2026-01-31", "repeatType": "None", "runTime": 1},
            },
            ["batches above Batch50"],
        ),
        ("cancel_bill_run", {**BY_ID, "cancelOnce": False}, ["cancelOnce=false"]),
        ("cancel_bill_run", BY_ID, []),
        ("detach_charges", {"scheduleKey": "IS-1", **ITEM}, ["chargeNumbers absent"]),
        ("cancel_journal_run", {"jr-number": "JR-00000001"}, []),
    ],
)
def test_risks_are_told_in_words_that_can_be_counted(operation, cells, risks):
    """Each risk of a row is one line that begins with the field that causes it."""
    assert [risk.split(":")[0] for risk in draft(operation, cells).risks] == risks


def test_which_creations_are_followed():
    """Only an ad hoc bill run is followed, and only until it is completed."""
    scheduled = {
        "batches": ["Batch1"],
        "schedule": {"repeatFrom": "2026-01-31", "repeatType": "Daily", "runTime": 1},
    }
    assert CREATE.follows(task("create_bill_run", RUN), "completed")
    assert not CREATE.follows(task("create_bill_run", RUN), "settled")
    assert not CREATE.follows(task("create_bill_run", scheduled), "completed")
    assert not CATALOG["cancel_bill_run"].follows(task("cancel_bill_run", BY_ID), "completed")


@pytest.mark.parametrize("name", list(CATALOG))
def test_the_catalog_names_each_operation_as_it_names_itself(name):
    """Names, docs and schema of an operation agree with each other."""
    operation = CATALOG[name]
    properties = operation.schema["properties"]
    assert operation.name == name
    assert isinstance(properties, dict)
    assert {doc.name for doc in operation.field_docs if "." not in doc.name} <= set(properties)
    assert operation.summary.endswith(".")
    assert operation.look_max("preflight") >= 1
    assert (operation.method == "POST") == (name == "create_bill_run")


@pytest.mark.parametrize("key", ["2.99E+15", "#REF!", "####", " A 1 ", "\u00e4/..", "a" * 255])
def test_a_key_is_judged_by_its_grammar_alone(key):
    """Whatever is printable and no longer than 255 characters may be a key: nothing is guessed."""
    cells = {"targetDate": "2026-01-31", "accountId": key}
    assert draft("create_bill_run", cells, "csv").normal["billRunFilters"] == [
        {"accountId": key, "filterType": "Account"}
    ]
