"""Eight servers with bad TLS and fifteen redirects, each met by a whole `run`: 23 cells to be refused."""

import ssl
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import trustme

from tests.security.calling import Place, cancel, placed
from tests.security.canaries import SECRET, TOKEN
from tests.security.hostile import Answer, Asked, Tenant, grant, raw, said

ROWS: Final = [cancel(number) for number in (1, 2, 3)]
STATUSES: Final = (301, 302, 303, 307, 308)
TARGETS: Final = ("same host", "other host", "plain http")
NOT_ATTEMPTED: Final = 4
_HOST: Final = "127.0.0.1"
_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Servers:
    """Both sides' certificates: an authority that this machine trusts, and one that nobody knows."""

    trusted: trustme.CA
    unknown: trustme.CA
    folder: Path

    @classmethod
    def made(cls, folder: Path) -> "Servers":
        """Make both; the trusted one stands in `ca.pem`."""
        trusted, unknown = (trustme.CA(key_type=trustme.KeyType.ECDSA) for _ in range(2))
        trusted.cert_pem.write_to_path(str(folder / "ca.pem"))
        return cls(trusted, unknown, folder)

    def good(self) -> ssl.SSLContext:
        """A server as it should be."""
        return _serving(self.trusted.issue_cert(_HOST, key_type=trustme.KeyType.ECDSA))

    def bad(self) -> dict[str, ssl.SSLContext | None]:
        """The eight; None speaks plain HTTP."""
        now = datetime.now(UTC)
        expired = self.trusted.issue_cert(_HOST, not_before=now - 9 * _DAY, not_after=now - 8 * _DAY)
        early = self.trusted.issue_cert(_HOST, not_before=now + 8 * _DAY, not_after=now + 9 * _DAY)
        old = self.good()
        old.set_ciphers("DEFAULT@SECLEVEL=0")
        with warnings.catch_warnings(action="ignore"):
            old.minimum_version, old.maximum_version = ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1
        odd = self.good()
        odd.maximum_version = ssl.TLSVersion.TLSv1_2
        odd.set_ciphers("ECDHE-ECDSA-AES128-CCM8")
        return {
            "expired": _serving(expired),
            "not yet valid": _serving(early),
            "wrong host": _serving(self.trusted.issue_cert("elsewhere.example")),
            "unknown authority": _serving(self.unknown.issue_cert(_HOST)),
            "self-signed": self._self_signed(),
            "TLS 1.0 and 1.1": old,
            "no common cipher": odd,
            "plain HTTP": None,
        }

    def _self_signed(self) -> ssl.SSLContext:
        """A certificate that is its own authority."""
        lone = trustme.CA(key_type=trustme.KeyType.ECDSA)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        path = self.folder / "lone.pem"
        path.write_bytes(lone.private_key_pem.bytes() + lone.cert_pem.bytes())
        context.load_cert_chain(path)
        return context


def _serving(certificate: trustme.LeafCert) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    return context


def well(asked: Asked) -> bytes:
    """What a tenant says to whom all is well."""
    status = "Completed" if asked.method == "GET" else "Canceled"
    return said({"success": True, "id": asked.segment, "status": status}, Connection="close")


@contextmanager
def _placed(servers: Servers) -> Iterator[Place]:
    environ = {"SSL_CERT_FILE": str(servers.folder / "ca.pem")}
    with tempfile.TemporaryDirectory(prefix="zbr-tls-") as folder, placed(Path(folder), environ) as place:
        yield place


def _run(place: Place, tenant: Tenant, *more: str) -> int:
    place.tenant(tenant.origin)
    place.credentials(SECRET)
    return place.call("run", place.job("job.jsonl", ROWS), "--yes", "--concurrency", "1", *more).code


def _leaks(*tenants: Tenant) -> bool:
    """Whether a byte of the token or the secret came to one of them."""
    everything = b"".join(bytes(tenant.received) for tenant in tenants).lower()
    return any(each in everything for each in (b"authorization", TOKEN.lower().encode(), b"client_secret"))


def control(servers: Servers) -> int:
    """A good server, by the same means: what the cells refuse is not everything."""
    with _placed(servers) as place, Tenant(well, lambda _: grant(TOKEN), tls=servers.good()) as tenant:
        return _run(place, tenant)


def tls_cell(servers: Servers, name: str, writes: tuple[bool, ...]) -> list[str]:
    """Meet a bad server at once, and one that turns bad once it has given a token."""
    found: list[str] = []
    bad = servers.bad()[name]
    with _placed(servers) as place, Tenant(well, lambda _: grant(TOKEN), tls=bad) as tenant:
        place.tenant(f"https://{_HOST}:{tenant.port}")
        place.credentials(SECRET)
        code = place.call("run", place.job("job.jsonl", ROWS), "--yes").code
        found += _judged(f"TLS, {name}", code, leaked=_leaks(tenant), asked=len(tenant.token_asked))
    tenant = Tenant(well, well, tls=servers.good())

    def turn(_: Asked) -> bytes:
        tenant.tls = bad
        tenant.received.clear()
        return grant(TOKEN).replace(b"Content-Type", b"Connection: close\r\nContent-Type")

    tenant.answer_token = turn
    for more in map(_how, writes):
        tenant.tls = servers.good()
        with _placed(servers) as place, tenant:
            code = _run(place, tenant, *more)
        found += _judged(f"TLS midway, {name}", code, leaked=_leaks(tenant), asked=len(tenant.asked))
    return found


def redirect_cell(servers: Servers, status: int, target: str, writes: tuple[bool, ...]) -> list[str]:
    """Meet a redirect of a read, or of a write, or both."""
    found: list[str] = []
    for more in map(_how, writes):
        plain = Tenant(well, well)
        other = Tenant(well, well, tls=servers.good())
        tenant = Tenant(well, lambda _: grant(TOKEN), tls=servers.good())
        with _placed(servers) as place, plain, other, tenant:
            where = {
                "same host": "",
                "other host": other.origin.replace(_HOST, "localhost"),
                "plain http": plain.origin,
            }
            tenant.answer = _pointing(status, where[target])
            code = _run(place, tenant, *more)
        name = f"{status} to {target}{' of a write' if more else ''}"
        found += _judged(name, code, leaked=_leaks(plain, other), asked=len(tenant.asked) - 1)
        if plain.connections or other.connections or len(tenant.asked) != 1:
            found.append(f"{name}: it was followed")
    return found


def _how(write: bool) -> tuple[str, ...]:
    return ("--no-preflight",) if write else ()


def _pointing(status: int, origin: str) -> Answer:
    return lambda asked: raw(b"", status, Location=f"{origin}{asked.target}?again", Connection="close")


def _judged(name: str, code: int, *, leaked: bool, asked: int) -> list[str]:
    found = [] if code == NOT_ATTEMPTED else [f"{name}: the run ended with {code}"]
    if asked > 0:
        found.append(f"{name}: {asked} requests were answered")
    return [*found, f"{name}: something secret was sent"] if leaked else found


def cells() -> list[tuple[str, str]]:
    """All 23, as (kind, name); a redirect's name is "status target"."""
    names = ("expired", "not yet valid", "wrong host", "unknown authority", "self-signed")
    tls = [("tls", name) for name in (*names, "TLS 1.0 and 1.1", "no common cipher", "plain HTTP")]
    return tls + [("redirect", f"{status} {target}") for status in STATUSES for target in TARGETS]


def judge_cell(servers: Servers, kind: str, name: str, *, is_long: bool) -> list[str]:
    """What is wrong with one cell; empty where it was refused as it has to be.

    The long form meets it with a read and with a write, the short one with either.
    """
    writes = (False, True) if is_long else (len(name) % 2 == 0,)
    if kind == "tls":
        return tls_cell(servers, name, writes)
    status, _, target = name.partition(" ")
    return redirect_cell(servers, int(status), target, writes)
