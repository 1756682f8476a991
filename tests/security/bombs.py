"""Replies and job files that are made to exhaust memory or time, met in a process that is measured."""

import asyncio
import contextlib
import gzip
import io
import json
import resource
import subprocess
import sys
import tempfile
import time
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from runner.cli.main import program
from runner.core.classify import Exchange as Judging
from runner.core.classify import classify
from runner.core.verdict import VerdictKind
from runner.core.wire import Request
from runner.edge.http import Wire
from tests.edge.http.stub import Answer, Exchange, Stub, reply, tenant_at
from tests.security.calling import ROOT

MEMORY_MAX_KIB: Final = 16 * 1024
"""What a bomb may cost above an ordinary reply or job (failure model, S14)."""
SECONDS_MAX: Final = 10.0
_DEADLINE_S: Final = 1.0
_ENDS_WITHIN_S: Final = 55.0
_MIB: Final = 1 << 20
_OK: Final = b"HTTP/1.1 200 OK\r\n"
_BLOCK: Final = 65_536
_PROVEN: Final = frozenset({VerdictKind.DONE, VerdictKind.ACCEPTED, VerdictKind.REFUSED})


@dataclass(frozen=True, slots=True)
class Cost:
    """What a bomb cost above what is ordinary, and what is wrong with how it was met ("": nothing)."""

    name: str
    kib: int
    seconds: float
    wrong: str


def _packed(size: int, head: bytes = b"") -> bytes:
    """Gzip of so many bytes; one that is unpacked to its end is found wrong there."""
    packer = zlib.compressobj(9, wbits=31)
    first = packer.compress(head) + packer.flush(zlib.Z_FULL_FLUSH)
    block = packer.compress(bytes(_MIB)) + packer.flush(zlib.Z_FULL_FLUSH)
    return first + block * (size // _MIB)


def _many(head: bytes, piece: bytes, count: int) -> Answer:
    """A reply that goes on and on, in blocks, until the other side has enough."""

    async def answer(exchange: Exchange) -> None:
        with contextlib.suppress(ConnectionError):
            await exchange.write(head)
            for _ in range(count):
                await exchange.write(piece)
        exchange.close()

    return answer


def _json(piece: bytes, count: int, first: bytes = b"", last: bytes = b"") -> Answer:
    """A document of at most 4 MiB, which the server does not hold whole: its memory is measured, too."""
    size = len(first) + len(piece) * count + len(last)
    together = max(1, _BLOCK // max(1, len(piece)))

    async def answer(exchange: Exchange) -> None:
        with contextlib.suppress(ConnectionError):
            await exchange.write(_OK + b"Content-Length: %d\r\n\r\n" % size + first)
            for begun in range(0, count, together):
                await exchange.write(piece * min(together, count - begun))
            await exchange.write(last)

    return answer


def _once(whole: Callable[[], bytes]) -> Answer:
    async def answer(exchange: Exchange) -> None:
        with contextlib.suppress(ConnectionError):
            await exchange.write(whole())

    return answer


async def _drip(exchange: Exchange) -> None:
    """A byte now and then, for longer than anybody waits."""
    with contextlib.suppress(ConnectionError):
        await exchange.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n", *[b"x"] * 400, pause_s=0.02)


REPLIES: Final[dict[str, Answer]] = {
    "gzip of 300 MiB": _once(lambda: reply(_packed(300 * _MIB), Content_Encoding="gzip")),
    "gzip of 150,000 parts": _once(lambda: reply(gzip.compress(b"") * 150_000, Content_Encoding="gzip")),
    "300 MiB by length": _many(_OK + b"Content-Length: 314572800\r\n\r\n", b"x" * _BLOCK, 4800),
    "300 MiB in chunks": _many(
        _OK + b"Transfer-Encoding: chunked\r\n\r\n", b"10000\r\n" + b"x" * _BLOCK + b"\r\n", 4800
    ),
    "300 MiB without a length": _many(_OK + b"\r\n", b"x" * _BLOCK, 4800),
    "a header of 10 MB": _many(_OK + b"X-A: ", b"a" * _BLOCK, 160),
    "10 MB of headers": _many(_OK, b"X-A: 1\r\n" * 8192, 160),
    "a status line of 10 MB": _many(b"HTTP/1.1 200 ", b"a" * _BLOCK, 160),
    "a chunk's extension of 10 MB": _many(_OK + b"Transfer-Encoding: chunked\r\n\r\n5;", b"a" * _BLOCK, 160),
    "trailers of 10 MB": _many(
        _OK + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n", b"X-A: 1\r\n" * 8192, 160
    ),
    "200,000 interim replies": _many(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 2500, 80),
    "a length of 40 digits": _once(lambda: _OK + b"Content-Length: " + b"9" * 40 + b"\r\n\r\n{}"),
    "a drip": _drip,
}
"""Each may cost what an ordinary reply costs and 16 MiB, end in time, and prove nothing."""

DOCUMENTS: Final[dict[str, Answer]] = {
    "JSON 650,000 deep": _json(b'{"a":', 650_000),
    "lists 4,000,000 deep": _json(b"[", 4_000_000),
    "1,300,000 empty objects": _json(b"{},", 1_300_000, b'{"success":true,"a":[', b"0]}"),
    "2,000,000 numbers": _json(b"1,", 2_000_000, b'{"success":true,"a":[', b"0]}"),
    "a number of 4,000,000 digits": _json(b"9", 4_000_000, b'{"success":true,"id":', b"}"),
    "a fraction of 4,000,000 digits": _json(b"1", 4_000_000, b'{"success":true,"a":0.', b"}"),
    "an exponent of 9 digits": _json(b"", 0, b'{"success":true,"id":1e999999999', b"}"),
    "600,000 equal keys": _json(b',"a":1', 600_000, b'{"success":true', b"}"),
}
"""The same above the largest ordinary reply: whole documents of up to 4 MiB are read."""
_LARGEST: Final = _json(b"x", 4_000_000, b'{"success":true,"id":"', b'"}')


def _jobs(folder: Path) -> Iterator[tuple[str, Path]]:
    """Job files: the name of each, and where it was written."""
    head = b"operation,billRunId\n"
    for name, content in {
        "gzip of 300 MiB of zeros": _packed(300 * _MIB),
        "gzip of one line of 300 MiB": _packed(300 * _MIB, head),
        "gzip of 150,000 parts": gzip.compress(b"") * 150_000,
    }.items():
        path = folder / f"{name.replace(' ', '-')}.csv.gz"
        path.write_bytes(content)
        yield name, path
    for name, ending, beginning, piece, count in (
        ("one line of 100 MiB", "csv", head, b"x" * _MIB, 100),
        ("one quoted cell of 1,000,000 lines", "csv", head + b'"', b"x\n" * (_MIB // 2), 2),
        ("a header of 500,000 columns", "csv", b"operation", b",x" * 250_000, 2),
        ("one object 500,000 deep", "jsonl", b"", b'{"a":' * 50_000, 4),
        ("one list of 300,000 values", "jsonl", b'{"operation":[', b"1," * 100_000, 3),
        ("a number of 900,000 digits", "jsonl", b'{"operation":', b"9" * 900_000, 1),
    ):
        path = folder / f"{name.replace(' ', '-')}.{ending}"
        with path.open("wb") as stream:
            stream.write(beginning)
            for _ in range(count):
                stream.write(piece)
        yield name, path


def _peak_kib() -> int:
    """The most memory since `_forget_peak`; not by getrusage: that begins with the peak of the parent."""
    with contextlib.suppress(OSError):
        return int(Path("/proc/self/status").read_text().partition("VmHWM:")[2].split()[0])
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak // 1024 if sys.platform == "darwin" else peak


def _forget_peak() -> None:
    with contextlib.suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")


async def _ask(answer: Answer) -> str:
    """Meet one reply; "" where it proves nothing."""
    request = Request("PUT", "/v1/bill-runs/ab/cancel", body=b"{}")
    async with Stub(answer) as stub, Wire(tenant_at(stub.origin)) as wire:
        asyncio.get_running_loop().set_exception_handler(lambda *_: None)  # the stub's own, when it is ended
        got = await wire.exchange(request, timeout_s=_DEADLINE_S)
        verdict = classify(got, Judging(keyed=False, track_id="t-1-1", success=lambda _: None, marker=None))
    return f"it counts as {verdict.kind}" if verdict.kind in _PROVEN else ""


def _check(path: Path) -> str:
    """Check one job file; "" where it is refused."""
    silent = io.StringIO()
    with contextlib.redirect_stdout(silent), contextlib.redirect_stderr(silent):
        code = program(["check", str(path)])
    return "" if code == 2 else f"the check ended with {code}"


def reply_bombs(names: Sequence[str]) -> Iterator[Cost]:
    """An ordinary reply first, then each bomb, and what it cost above that."""
    small = _json(b"x", _BLOCK, b'{"success":true,"a":"', b'"}')
    for bombs, ordinary in ((REPLIES, small), (DOCUMENTS, _LARGEST)):
        _forget_peak()
        asyncio.run(_ask(ordinary))
        before = _peak_kib()
        for name, answer in bombs.items():
            if not names or name in names:
                yield _cost(name, before, lambda answer=answer: asyncio.run(_ask(answer)))


def job_bombs(names: Sequence[str]) -> Iterator[Cost]:
    """An ordinary job first, then each bomb, and what it cost above that."""
    with tempfile.TemporaryDirectory(prefix="zbr-bombs-") as folder:
        plain = Path(folder) / "plain.csv"
        plain.write_text("operation,billRunId\n" + f"cancel_bill_run,{'x' * 32}\n" * 2000)
        _check(plain)
        paths = dict(_jobs(Path(folder)))
        _forget_peak()
        before = _peak_kib()
        for name in names or list(paths):
            yield _cost(name, before, lambda name=name: _check(paths[name]))


def _cost(name: str, before_kib: int, meet: Callable[[], str]) -> Cost:
    _forget_peak()
    began = time.process_time()
    wrong = meet()  # that it ends at all is watched from outside: other work on the machine counts there
    return Cost(name, _peak_kib() - before_kib, round(time.process_time() - began, 2), wrong)


def measured(kind: str, names: Sequence[str] = ()) -> list[Cost]:
    """Meet bombs of a kind ("reply" or "job") in a process of their own: all, or those that are named."""
    command = [sys.executable, "-m", "tests.security.bombs", kind, *names]
    told = subprocess.check_output(command, cwd=ROOT, text=True, timeout=_ENDS_WITHIN_S)
    return [Cost(**each) for each in json.loads(told)]


def judged(cost: Cost) -> list[str]:
    """What is wrong with one bomb."""
    found = [f"{cost.name}: {cost.wrong}"] if cost.wrong else []
    if cost.kib > MEMORY_MAX_KIB:
        found.append(f"{cost.name}: it cost {cost.kib / 1024:.0f} MiB")
    if cost.seconds > SECONDS_MAX:
        found.append(f"{cost.name}: it took {cost.seconds:.0f} s")
    return found


def main() -> None:
    """The process that is measured."""
    kind, *names = sys.argv[1:]
    costs = reply_bombs(names) if kind == "reply" else job_bombs(names)
    print(json.dumps([asdict(cost) for cost in costs]))  # noqa: T201


if __name__ == "__main__":
    main()
