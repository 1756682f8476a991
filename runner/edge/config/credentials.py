"""Client id and secret: from the environment, from files that are ours alone, or from the OS keyring."""

import contextlib
import os
import re
import stat
from collections.abc import Mapping
from typing import Final

from runner.core.fault import UserFault
from runner.core.tenant import Tenant, TenantKind
from runner.edge.config.complaints import variable
from runner.edge.secret import Credentials, Secret

KEYRING_SERVICE: Final = "zuora-batch"
_FILE_BYTES_MAX: Final = 4096
_WHAT: Final = ("CLIENT_ID", "CLIENT_SECRET")


def credentials(tenant: Tenant, environ: Mapping[str, str]) -> Credentials:
    """Find a tenant's credentials.

    In this order: `ZUORA_<TENANT>_CLIENT_ID` and `..._SECRET` (each also as `..._FILE`), where one half may
    be in the keyring; then `ZUORA_CLIENT_ID` and `ZUORA_CLIENT_SECRET`; then the keyring alone (service
    `zuora-batch`, users `<tenant>:client_id` and `<tenant>:client_secret`). A half by the tenant's name is
    never joined with one without: that would be two clients. A tenant on `http://` takes those that are
    given in the environment by its name, and no others (contract). The built-in tenant takes any.

    Raises:
        UserFault: they are missing, ambiguous, unusable, or in a file that others may read.
    """
    if tenant.kind is TenantKind.BUILT_IN:
        return Credentials("built-in", Secret("built-in"), "the built-in tenant")
    by_name = _pair(environ, [variable(tenant.name, what) for what in _WHAT])
    plain_http = tenant.origin.startswith("http://")
    if any(by_name) and not plain_http:
        by_name = (by_name[0] or _stored(tenant, 0), by_name[1] or _stored(tenant, 1))
    if any(by_name) or plain_http:
        return _complete(by_name, [variable(tenant.name, what) for what in _WHAT], tenant)
    general = _pair(environ, [f"ZUORA_{what}" for what in _WHAT])
    if any(general):
        return _complete(general, [f"ZUORA_{what}" for what in _WHAT], tenant)
    stored = (_stored(tenant, 0), _stored(tenant, 1))
    return _complete(stored, [variable(tenant.name, what) for what in _WHAT], tenant)


class _Found:
    """One half, and where it was found."""

    def __init__(self, text: str, place: str) -> None:
        if not _USABLE.fullmatch(text):
            raise UserFault(
                f"{place}: expected one line of printable characters without blanks, at most 1024",
                hint="set it again, without quotes or line breaks around it",
            )
        self.secret = Secret(text)
        self.place = place


def _pair(environ: Mapping[str, str], names: list[str]) -> tuple[_Found | None, _Found | None]:
    return _from_environment(environ, names[0]), _from_environment(environ, names[1])


def _complete(pair: tuple[_Found | None, _Found | None], names: list[str], tenant: Tenant) -> Credentials:
    client_id, client_secret = pair
    if client_id is None or client_secret is None:
        missing = " and ".join(name for name, half in zip(names, pair, strict=True) if half is None)
        only = ": on http:// only what is given by the tenant's name counts" if _is_http(tenant) else ""
        raise UserFault(
            f"no credentials for the tenant {tenant.name}{only}",
            hint=f"set {missing} (or the same with _FILE, naming a file that only you may read)",
        )
    places = dict.fromkeys((client_id.place, client_secret.place))
    return Credentials(client_id.secret.reveal(), client_secret.secret, " and ".join(places))


def _is_http(tenant: Tenant) -> bool:
    return tenant.origin.startswith("http://")


def _from_environment(environ: Mapping[str, str], name: str) -> _Found | None:
    text, file = environ.get(name), environ.get(f"{name}_FILE")
    if text and file:
        raise UserFault(f"both {name} and {name}_FILE are set", hint=f"unset one of them: unset {name}")
    if file:
        return _Found(_own_file(file, f"{name}_FILE"), f"{name}_FILE")
    return _Found(text, name) if text else None


def _own_file(path: str, name: str) -> str:
    """Read a file that is ours alone, as ssh does: regular, owned by us, closed to group and others."""
    try:
        # Without O_NONBLOCK, opening a pipe would wait for its other end.
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "not a path"
        raise UserFault(f"{name}: {_named(path)} cannot be read: {reason}") from None
    try:
        _check_file(os.fstat(descriptor), ascii(path)[1:-1], name)
        raw = os.read(descriptor, _FILE_BYTES_MAX + 1)
    except OSError as error:
        raise UserFault(f"{name}: {ascii(path)[1:-1]} cannot be read: {error.strerror}") from None
    finally:
        os.close(descriptor)
    return raw.decode("utf-8", "replace").strip()


def _named(path: str) -> str:
    """A path as it may be shown; where there is no such file, it may be the secret itself."""
    with contextlib.suppress(ValueError):
        if os.path.lexists(path):
            return ascii(path)[1:-1]
    return "the file that it names"


def _check_file(status: os.stat_result, path: str, name: str) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise UserFault(f"{name}: {path} is not a regular file")
    if status.st_uid != os.getuid():
        raise UserFault(
            f"{name}: {path} belongs to somebody else", hint="copy it to a file of your own, chmod 600"
        )
    if status.st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        mode = stat.S_IMODE(status.st_mode)
        raise UserFault(f"{name}: {path} is open to others (mode {mode:04o})", hint=f"type: chmod 600 {path}")


def _stored(tenant: Tenant, half: int) -> _Found | None:
    """What the OS keyring holds; any failure of it counts as "not there" (containers have none)."""
    try:
        import keyring  # noqa: PLC0415 - optional, slow, and seldom asked for

        text = keyring.get_password(KEYRING_SERVICE, f"{tenant.name}:{_WHAT[half].lower()}")
    except Exception:  # noqa: BLE001 - see above: backends raise whatever they like
        return None
    return _Found(text, "the keyring") if text else None


_USABLE: Final = re.compile(r"[!-~]{1,1024}")
