# ruff: noqa: E501 - a message stands on one line, as its reader sees it
import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.core.fanout import FanOut
from runner.core.job import FieldProblem
from runner.core.jsonvalue import Json
from runner.core.options import JobOptions
from runner.core.scope import Scope
from runner.core.tenant import Tenant, TenantKind

BARE = Tenant("bare", TenantKind.SANDBOX, "https://x.test")
FULL = Tenant(
    "acme",
    TenantKind.SANDBOX,
    "https://x.test",
    entities={"us": "e1", "emea": "e2"},
    orgs={"north": "o9", "south": "o1", "west": "o5"},
)
DEFAULTS = Tenant(
    "acme",
    TenantKind.SANDBOX,
    "https://x.test",
    entities=FULL.entities,
    orgs=FULL.orgs,
    default_entity="emea",
    default_org="north,south",
)


def _fan_out(
    entity: Json, org: Json, tenant: Tenant = FULL, options: JobOptions | None = None
) -> list[str] | list[tuple[str, str]]:
    cells = {name: cell for name, cell in (("entity", entity), ("org", org)) if cell is not None}
    found = FanOut(options or JobOptions("job.csv"), tenant).scopes(cells)
    if isinstance(found, list):
        return [(problem.column, problem.message) for problem in found]
    return [f"{scope.entity} {','.join(scope.orgs)}".rstrip() for scope in found]


@pytest.mark.parametrize(
    ("entity", "org", "expected"),
    [
        ("us", "north", ["e1 o9"]),
        ("e1", "o9", ["e1 o9"]),
        ("emea|us", "north|south", ["e2 o9", "e2 o1", "e1 o9", "e1 o1"]),
        ("us", "north,south|west", ["e1 o1,o9", "e1 o5"]),
        ("*", "north", ["e1 o9", "e2 o9"]),
        ("us", "*", ["e1 o9", "e1 o1", "e1 o5"]),
        ("us", "north|north,south", ["e1 o9", "e1 o1,o9"]),
        ("2c92-XYZ", "0", ["2c92-XYZ 0"]),
    ],
)
def test_row_fans_out_as_written(entity: str, org: str, expected: list[str]):
    """A row has its scopes by entity, then by org, as written; * as configured; ids inside a call sorted."""
    assert _fan_out(entity, org) == expected


def test_configured_name_wins_over_an_id():
    """A name that looks like the id of another entity means what config.toml says."""
    tenant = Tenant("t", TenantKind.SANDBOX, "https://x.test", entities={"e2": "e1", "x": "e2"})
    assert _fan_out("e2", None, tenant) == ["e1"]


@pytest.mark.parametrize(
    ("tenant", "options", "expected"),
    [
        (BARE, JobOptions("j"), ["None"]),
        (BARE, JobOptions("j", entities=("e7",), orgs=("o7",)), ["e7 o7"]),
        (DEFAULTS, JobOptions("j"), ["e2 o1,o9"]),
        (DEFAULTS, JobOptions("j", entities=("us", "emea"), orgs=("west",)), ["e1 o5", "e2 o5"]),
        (
            DEFAULTS,
            JobOptions("j", entities=("us|emea",), orgs=("west,north", "south")),
            ["e1 o5,o9", "e1 o1", "e2 o5,o9", "e2 o1"],
        ),
        (
            DEFAULTS,
            JobOptions("j", entities=("*",), orgs=("*",)),
            ["e1 o9", "e1 o1", "e1 o5", "e2 o9", "e2 o1", "e2 o5"],
        ),
    ],
)
def test_row_that_names_none_takes_options_then_defaults(
    tenant: Tenant, options: JobOptions, expected: list[str]
):
    """Without cells the options count, then the tenant's defaults, then (nothing configured) no header at all."""
    assert _fan_out(None, None, tenant, options) == expected


def test_cells_win_over_options():
    """A row that names its scope keeps it."""
    assert _fan_out("us", "west", DEFAULTS, JobOptions("j", entities=("emea",), orgs=("south",))) == ["e1 o5"]


@pytest.mark.parametrize(
    ("entity", "org", "tenant", "expected"),
    [
        ("u s", "north", FULL, [("entity", '"u s" is neither an id (letters, digits, "-", at most 64) nor a name in config.toml (us, emea); did you mean "us"?')]),
        ("us", "no_rth", FULL, [("org", '"no_rth" is neither an id (letters, digits, "-", at most 64) nor a name in config.toml (north, south, west); did you mean "north"?')]),
        ("us|us", "west", FULL, [("entity", '"us|us" fans out to "e1" twice; name it once')]),
        ("us|e1", "west", FULL, [("entity", '"us|e1" fans out to "e1" twice; name it once')]),
        ("us", "west,o5", FULL, [("org", '"west,o5" joins "o5" twice; name it once')]),
        ("us", "west,south|south,west", FULL, [("org", '"west,south|south,west" fans out to "o1,o5" twice; name it once')]),
        ("us||emea", "west", FULL, [("entity", '"us||emea" has an empty part; delete the "|" that stands at an end or twice')]),
        ("us", "west,", FULL, [("org", '"west," has an empty part; delete the "|" and "," that stands at an end or twice')]),
        ("us | emea", "west", FULL, [("entity", '"us " has a blank at one end; delete the blanks around "|"')]),
        ("us,emea", "west", FULL, [("entity", '"us,emea": a comma joins orgs only; to fan out over entities write "|" between them')]),
        ("*|us", "west", FULL, [("entity", '"*|us": * stands alone; write * for each configured entity, or a list without it')]),
        ("us", "west,*", FULL, [("org", '"west,*": * stands alone; write * for each configured org, or a list without it')]),
        ("us", "*", BARE, [("org", '* means each configured org, and tenant "bare" has none; write ids, or add orgs to config.toml')]),
        ("a b", None, BARE, [("entity", '"a b" is not an id (letters, digits, "-", at most 64), and tenant "bare" has no names configured')]),
        ("x" * 65, None, BARE, [("entity", f'"{"x" * 59}\u2026" (65 characters) is not an id (letters, digits, "-", at most 64), and tenant "bare" has no names configured')]),
        ("\u0443s", None, BARE, [("entity", '"\u0443s" is not an id (letters, digits, "-", at most 64), and tenant "bare" has no names configured')]),
        ("us\r\nX", "west", FULL, [("entity", '"us\\x0d\\x0aX" is neither an id (letters, digits, "-", at most 64) nor a name in config.toml (us, emea)')]),
        (["us"], "", FULL, [("entity", "expected a string of names or ids with | between several, found a list"), ("org", "an empty string; name an org, or leave the member out")]),
        (None, None, FULL, [
            ("entity", 'no entity: tenant "acme" has entities (us, emea); name one in this column, give --entity us, or set default_entity in config.toml'),
            ("org", 'no org: tenant "acme" has orgs (north, south, west); name one in this column, give --org north, or set default_org in config.toml'),
        ]),
    ],
)  # fmt: skip
def test_cells_that_name_no_scope_are_refused(
    entity: Json, org: Json, tenant: Tenant, expected: list[tuple[str, str]]
):
    """What names no scope, or one twice, is refused with what to write instead."""
    assert _fan_out(entity, org, tenant) == expected


def test_options_are_judged_once_for_the_whole_job():
    """A bad --entity is a problem of the option, even where every row names its own; rows that need it say so."""
    fan_out = FanOut(JobOptions("j", entities=("us", ""), orgs=("north",)), FULL)
    message = '"us|" has an empty part; delete the "|" that stands at an end or twice'
    assert fan_out.option_problems() == [FieldProblem("--entity", message)]
    assert fan_out.scopes({}) == [FieldProblem("entity", f"--entity: {message}")]
    assert fan_out.scopes({"entity": "us"}) == (Scope("e1", ("o9",)),)


def test_sound_options_and_no_options_have_no_problem():
    """Options that name scopes, and options that name none, are both fine."""
    assert FanOut(JobOptions("j", entities=("us",), orgs=("north", "o1")), FULL).option_problems() == []
    assert FanOut(JobOptions("j"), FULL).option_problems() == []


def test_bad_default_names_its_place():
    """A default that is no id is refused with the setting to correct."""
    tenant = Tenant("t", TenantKind.SANDBOX, "https://x.test", default_entity="a_b")
    assert _fan_out(None, None, tenant) == [
        ("entity", 'default_entity in config.toml: "a_b" is not an id (letters, digits, "-", at most 64), and tenant "t" has no names configured')
    ]  # fmt: skip


def test_fan_out_and_joined_orgs_are_bounded():
    """One row makes at most 10,000 tasks, and one call joins at most 100 orgs."""
    entities = "|".join(f"e{number}" for number in range(100))
    orgs = "|".join(f"o{number}" for number in range(101))
    assert len(_fan_out(entities, orgs.rpartition("|")[0])) == 10_000
    assert _fan_out(entities, orgs) == [
        ("", "fans out to 100 entities x 101 org sets, at most 10000 tasks a row; split the row")
    ]
    joined = orgs.replace("|", ",")
    assert _fan_out("us", joined) == [("org", "joins 101 orgs, at most 100 in one call; fan out with |")]
    assert len(_fan_out("us", joined.rpartition(",")[0])) == 1


@given(st.text("us*|,e1 \u00e9-", max_size=12), st.text("north,|*o1 ", max_size=12))
def test_any_cells_give_distinct_scopes_or_problems(entity: str, org: str):
    """Whatever stands in the cells, the scopes are distinct, well-formed and sorted inside, or problems name why."""
    found = FanOut(JobOptions("j"), FULL).scopes({"entity": entity, "org": org})
    assert found
    if isinstance(found, tuple):
        assert len(set(found)) == len(found)
        assert all(list(scope.orgs) == sorted(set(scope.orgs)) and scope.entity for scope in found)
