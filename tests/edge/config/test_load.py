from pathlib import Path

import pytest

from runner.core.fault import UserFault
from runner.core.tenant import Limits, TenantKind
from runner.edge.config import Config, config_schema, load
from runner.edge.config.environments import PLACES
from runner.edge.config.tables import EXPECTED, ConfigTable, TenantTable


@pytest.fixture
def write(tmp_path: Path):
    """Write a config file and load it."""

    def write_and_load(text: str | bytes) -> Config:
        path = tmp_path / "config.toml"
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return load(path)

    return write_and_load


@pytest.fixture
def fault(write):
    """Write a config file that is refused, and give the message."""

    def message_of(text: str | bytes) -> str:
        with pytest.raises(UserFault) as caught:
            write(text)
        assert caught.value.exit_code == 2
        return caught.value.message

    return message_of


def acme(lines: str = "", place: str = 'environment = "us2"') -> str:
    """A config with one tenant."""
    return f"[tenants.acme]\n{place}\n{lines}\n"


def test_without_a_file_the_built_in_tenant_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Where there is no config.toml, the tenant `sandbox` is configured and is the default."""
    monkeypatch.chdir(tmp_path)
    config = load()
    tenant = config.tenant()
    assert (config.path, config.default_tenant, len(config.tenants)) == (None, "sandbox", 1)
    assert (tenant.name, tenant.kind, tenant.origin) == ("sandbox", TenantKind.BUILT_IN, "")
    assert (tenant.timezone, tenant.quiet_s, tenant.environment) == ("UTC", 2.0, "sandbox")
    assert tenant.limits == Limits(40_000, 1_800_000, 21_600_000)


def test_the_file_in_the_current_directory_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Without a path, ./config.toml is read."""
    (tmp_path / "config.toml").write_text(acme())
    monkeypatch.chdir(tmp_path)
    assert load().tenant().name == "acme"


def test_a_missing_file_that_was_asked_for(tmp_path: Path):
    """A path that was given and does not exist is refused."""
    with pytest.raises(UserFault, match="there is no such file"):
        load(tmp_path / "other.toml")


def test_the_example_of_the_contract(write):
    """The documented example is read as documented."""
    config = write("""
default_tenant = "sandbox"
[tenants.sandbox]
environment = "sandbox"
[tenants.acme]
environment = "us2-apisandbox"
timezone = "America/New_York"
entities = { us = "2c92a", emea = "2c93b" }
orgs = { north = "8a90a", south = "8a91b" }
default_entity = "us"
requests_per_minute = 2000
headroom = 0.2
concurrency = 20
timeout_seconds = 150
quiet_seconds = 150
settle_seconds = 1800
patience_seconds = 600
read_only = false
marker = true
""")
    tenant = config.tenant("acme")
    assert [each.tenant.name for each in config.tenants] == ["sandbox", "acme"]
    assert config.tenant().name == "sandbox"
    assert (tenant.origin, tenant.kind) == ("https://rest.apisandbox.zuora.com", TenantKind.SANDBOX)
    assert list(tenant.entities.items()) == [("us", "2c92a"), ("emea", "2c93b")]
    assert tenant.limits == Limits(2000, 4000, 8000)
    assert (tenant.timeout_s, tenant.read_timeout_s, tenant.default_entity) == (150.0, 30.0, "us")


HOSTS = {
    "us1": ("rest.na", "production", 50_000),
    "us2": ("rest", "production", 50_000),
    "eu": ("rest.eu", "production", 50_000),
    "ap": ("rest.ap", "production", 50_000),
    "us1-apisandbox": ("rest.sandbox.na", "sandbox", 2_500),
    "us2-apisandbox": ("rest.apisandbox", "sandbox", 2_500),
    "eu-apisandbox": ("rest.sandbox.eu", "sandbox", 2_500),
    "us-developer": ("rest.test", "sandbox", 12_500),
    "eu-developer": ("rest.test.eu", "sandbox", 12_500),
    "ap-developer": ("rest.test.ap", "sandbox", 12_500),
    "us-central": ("rest.test", "sandbox", 50_000),
    "eu-central": ("rest.test.eu", "sandbox", 50_000),
    "ap-central": ("rest.test.ap", "sandbox", 50_000),
}
PER_DAY = {50_000: (2_250_000, 27_000_000), 12_500: (25_000, 50_000), 2_500: (5_000, 10_000)}


def test_the_environments_are_the_documented_ones():
    """Each environment has its documented host, kind and limits."""
    assert set(PLACES) == {*HOSTS, "sandbox"}
    for name, place in PLACES.items():
        if name == "sandbox":
            continue
        host, kind, per_minute = HOSTS[name]
        assert place.origin == f"https://{host}.zuora.com", name
        assert (place.kind, place.limits) == (TenantKind(kind), Limits(per_minute, *PER_DAY[per_minute])), (
            name
        )


@pytest.mark.parametrize(
    ("base_url", "origin", "kind", "per_minute"),
    [
        ("https://rest.zuora.com", "https://rest.zuora.com", TenantKind.PRODUCTION, 40_000),
        ("HTTPS://REST.zuora.com:443/", "https://rest.zuora.com", TenantKind.PRODUCTION, 40_000),
        ("https://rest.test.zuora.com", "https://rest.test.zuora.com", TenantKind.SANDBOX, 10_000),
        ("https://rest.zuora.com:8443", "https://rest.zuora.com:8443", TenantKind.PRODUCTION, 2_000),
        ("https://copy.example.com", "https://copy.example.com", TenantKind.PRODUCTION, 2_000),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080", TenantKind.LOOPBACK, None),
        ("http://localhost", "http://localhost", TenantKind.LOOPBACK, None),
        ("http://[::1]:81", "http://[::1]:81", TenantKind.LOOPBACK, None),
        ("https://localhost:9", "https://localhost:9", TenantKind.LOOPBACK, None),
    ],
)
def test_a_base_url(write, base_url: str, origin: str, kind: TenantKind, per_minute: int | None):
    """A known host has its own limits, one elsewhere an API sandbox's as production, loopback none."""
    tenant = write(acme(place=f'base_url = "{base_url}"')).tenant()
    assert (tenant.origin, tenant.kind, tenant.limits.per_minute) == (origin, kind, per_minute)
    assert tenant.environment is None


@pytest.mark.parametrize(
    "base_url",
    [
        "http://rest.zuora.com",
        "http://2130706433",
        "http://0.0.0.0",
        "http://localhost.evil.com",
        "https://user:canary@rest.zuora.com",
        "https://rest.zuora.com/v1",
        "https://rest.zuora.com?x",
        "https://rest.zuora.com#x",
        "https://",
        "https://a b.com",
        "https://rest.zuora.com:99999",
        "https://réseau.example",
        "ftp://rest.zuora.com",
        "rest.zuora.com",
        "https://a\\\\b.com",
        "https://[::1",
    ],
)
def test_a_base_url_that_is_refused(fault, base_url: str):
    """Anything but scheme, host and port, and plain HTTP to another machine, is refused and not quoted."""
    said = fault(acme(place=f'base_url = "{base_url}"'))
    assert "tenants.acme.base_url: expected" in said
    assert "canary" not in said


def test_given_limits_are_used_as_they_are(write):
    """A given limit has no headroom taken off; the others are the documented ones less headroom."""
    configured = write(acme("requests_per_hour = 7\nheadroom = 0.5")).configured()
    assert configured.tenant.limits == Limits(25_000, 7, 13_500_000)
    origins = {
        key: configured.settings[key].origin
        for key in ("requests_per_minute", "requests_per_hour", "headroom")
    }
    assert origins == {"requests_per_minute": "documented", "requests_per_hour": "file", "headroom": "file"}


@pytest.mark.parametrize(("headroom", "per_minute"), [(0, 2500), (0.1, 2250), (0.9, 250), (0.333, 1667)])
def test_headroom_is_exact(write, headroom: float, per_minute: int):
    """What is left is rounded down, without the slips of binary fractions."""
    tenant = write(acme(f"headroom = {headroom}", 'environment = "eu-apisandbox"')).tenant()
    assert tenant.limits.per_minute == per_minute


def test_every_value_knows_its_origin(write):
    """Every key has a setting, with the value that is used and where it came from."""
    configured = write(acme("concurrency = 5")).configured()
    assert set(configured.settings) == set(TenantTable.model_fields)
    shown = {key: (each.value, each.origin) for key, each in configured.settings.items()}
    assert shown["concurrency"] == (5, "file")
    assert shown["quiet_seconds"] == (150.0, "default")
    assert shown["base_url"] == ("https://rest.zuora.com", "documented")


def test_a_scenario_stands_beside_the_config(write, tmp_path: Path):
    """A scenario's path begins where the config file stands."""
    tenant = write(acme('scenario = "s.toml"', 'environment = "sandbox"')).tenant()
    assert tenant.scenario == str(tmp_path / "s.toml")


def test_near_tenants_may_have_a_short_quiet_window(write):
    """On loopback and the built-in tenant, quiet_seconds may be below 150."""
    assert write(acme("quiet_seconds = 0.5", 'base_url = "http://localhost:1"')).tenant().quiet_s == 0.5
    assert write(acme("quiet_seconds = 0", 'environment = "sandbox"')).tenant().quiet_s == 0


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (
            'concurrency = "20"',
            'concurrency: expected a whole number from 1 to 400, found the text "20"; type for',
        ),
        ("concurrency = true", "tenants.acme.concurrency: expected a whole number from 1 to 400, found true"),
        ("concurrency = 0", "found the number 0"),
        ("concurrency = 2.5", "tenants.acme.concurrency: expected"),
        ("headroom = 0.95", "tenants.acme.headroom: expected a number from 0 to 0.9"),
        ("headroom = nan", "tenants.acme.headroom: expected"),
        ("timeout_seconds = inf", "tenants.acme.timeout_seconds: expected"),
        ("timeout_seconds = 0", "tenants.acme.timeout_seconds: expected"),
        ("quiet_seconds = 149.9", "quiet_seconds: expected a number of seconds from 150 on"),
        ("requests_per_day = 0", "tenants.acme.requests_per_day: expected a whole number from 1"),
        ('read_only = "yes"', "tenants.acme.read_only: expected true or false"),
        ("proxy = true", "tenants.acme.proxy: expected"),
        ('timezone = "America/New_Yrok"', "no time zone 'America/New_Yrok'; did you mean America/New_York?"),
        ('timezone = "../../etc/passwd"', "there is no time zone"),
        ("timezone = 2020-01-01", "tenants.acme.timezone: expected a time zone's name, found a date or time"),
        ('entities = { "a|b" = "x" }', 'tenants.acme.entities."a|b"'),
        ('entities = { a = "x y" }', "tenants.acme.entities.a: expected names with their ids"),
        ('entities = { a = "2c-92", b = "2C92" }', "tenants.acme.entities.b: has the same id as a"),
        ('entities = { a = "x", x = "y" }', "tenants.acme.entities.x: the name is another one's id"),
        ('entities = ["x"]', "tenants.acme.entities: expected names with their ids"),
        (
            'default_entity = "us"',
            "default_entity: expected one of the names or ids under entities (there is none",
        ),
        ('orgs = { n = "1" }\ndefault_org = "m"', "one of the names or ids under orgs (n)"),
        ('scenario = "x.toml"', "tenants.acme.scenario: is for the built-in tenant alone"),
        ("concurency = 3", "tenants.acme.concurency: unknown key; did you mean concurrency?"),
        ("zzz = 3", "tenants.acme.zzz: unknown key; known: environment"),
        ('client_secret = "canary"', "set ZUORA_ACME_CLIENT_ID and ZUORA_ACME_CLIENT_SECRET"),
        ('base_url = "https://x.example"', "expected environment or base_url, found both"),
    ],
)
def test_what_is_wrong_in_a_tenant(fault, lines: str, said: str):
    """Each mistake is named by its path, with what was expected."""
    message = fault(acme(lines))
    assert said in message.replace("'a|b'", '"a|b"')
    assert "canary" not in message


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('default_tenant = "acme"\n[tenants.acne]\nenvironment = "us1"', "did you mean acne?"),
        ("default_tenant = 3", "default_tenant: expected the name of one of the tenants"),
        ('tenants = "x"', "tenants: expected tables of the form [tenants.NAME]"),
        ("[tenants]\nacme = 3", "tenants.acme: expected tables"),
        ("[tenant.acme]", "tenant: unknown key; did you mean tenants?"),
        ("[tenants.acme]", "expected environment or base_url, found neither"),
        ('[tenants."a b"]\nenvironment = "us1"', "the name may hold letters, digits, - and _"),
        (
            '[tenants.a]\nenvironment = "us2-apisandbx"',
            "no environment 'us2-apisandbx'; did you mean us2-apisandbox?",
        ),
        (
            '[tenants.a-b]\nenvironment="us1"\n[tenants.A_B]\nenvironment="eu"',
            "same variables as tenants.a-b",
        ),
        ('access_token = "canary"', "access_token: secrets never stand in the file"),
    ],
)
def test_what_is_wrong_around_tenants(fault, text: str, said: str):
    """Mistakes outside a tenant's values are named, too."""
    message = fault(text)
    assert said in message
    assert "canary" not in message


def test_all_mistakes_at_once(fault, tmp_path: Path):
    """One line for each mistake, each beginning with the file's name."""
    lines = fault(
        acme('concurrency = "x"\nheadroom = 2') + '[tenants.b]\nenvironment = "us1"\nfoo = 1'
    ).split("\n")
    assert len(lines) == 3
    assert all(line.startswith(f"{tmp_path / 'config.toml'}: tenants.") for line in lines)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("a = ", ":1:5: "),
        ("x = 1\n[tenants.acme\n", ":2:14: "),
        ("environment = us2", ":1:15: "),
        ("a = 1\na = 2", ":2:6: "),
        ('a = "x', ":1:7: "),
        (b"a = 1\nb = '\xff'", ":2:6: not UTF-8"),
        ("a = " + "[" * 5000, ": nested too deeply"),
        (b"#" * (1024 * 1024 + 1), ": larger than"),
    ],
)
def test_what_is_no_toml(fault, text: str | bytes, place: str):
    """What is not TOML is named with its line and column."""
    assert place in fault(text)


def test_a_text_without_quotes_gets_a_hint(write):
    """The commonest slip, a text without quotes, is answered with what to type."""
    with pytest.raises(UserFault) as caught:
        write("[tenants.acme]\nenvironment = us2-apisandbox\n")
    assert caught.value.hint == 'texts stand in quotes: environment = "..."'


def test_a_secret_without_quotes_is_not_repeated(write):
    """Secrets do not belong into the file; one that stands there all the same is not shown."""
    with pytest.raises(UserFault) as caught:
        write("[tenants.acme]\nclient_secret = hunter2-hunter2\n")
    assert "hunter2" not in f"{caught.value.message} {caught.value.hint}"


def test_a_bom_and_crlf_are_passed_over(write):
    """A file from Windows is read like any other."""
    assert write(b"\xef\xbb\xbf[tenants.acme]\r\nenvironment = 'us1'\r\n").tenant().name == "acme"


def test_a_directory_cannot_be_read(tmp_path: Path):
    """What is no file is refused with the reason."""
    with pytest.raises(UserFault, match="cannot be read: Is a directory"):
        load(tmp_path)


def test_which_tenant_is_meant(write):
    """One tenant is the default; of several none is, unless the file says so; a slip gets the nearest."""
    both = acme() + '[tenants.beta]\nenvironment = "eu"\n'
    assert write(acme()).default_tenant == "acme"
    assert write(both).default_tenant is None
    with pytest.raises(UserFault, match="which tenant"):
        write(both).tenant()
    with pytest.raises(UserFault, match="did you mean beta"):
        write(both).tenant("bata")


def test_the_schema_and_the_messages_cover_every_key():
    """Every key has a description for editors, and an expectation for messages."""
    schema = config_schema()
    keys = {*TenantTable.model_fields, *ConfigTable.model_fields}
    assert keys == set(EXPECTED)
    assert all(field.description for field in TenantTable.model_fields.values())
    assert schema["additionalProperties"] is False
    assert str(schema["$schema"]).startswith("https://json-schema.org/")
