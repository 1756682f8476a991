"""Everything together, as figures; and `python -m tests.security`."""

import argparse
import tempfile
from collections import Counter
from pathlib import Path

from tests.security import badtls, bombs, environment, injection, secrecy, wireinjection
from tests.security.corpus import strings
from tests.security.wireinjection import Tried

KINDS = ("secrets found", "injections", "TLS and redirects", "bombs", "environment")


def figures(more_strings: int = 1500, seed: int = 0, *, is_long: bool = True) -> Counter[str]:
    """Try everything and print what got through; each key that begins with "violations" has to be 0.

    `more_strings` are made by chance, besides those of the corpus.
    """
    sums: Counter[str] = Counter()
    for kind in KINDS:
        sums[f"violations: {kind}"] = 0
    _secrets(sums, is_long=is_long)
    _injections(sums, strings(more_strings, seed), is_long=is_long)
    with tempfile.TemporaryDirectory(prefix="zbr-certificates-") as folder:
        servers = badtls.Servers.made(Path(folder))
        _tls(sums, servers, is_long=is_long)
        _environment(sums, servers, is_long=is_long)
    _bombs(sums)
    return sums


def _wrong(sums: Counter[str], kind: str, found: list[str]) -> None:
    sums[f"violations: {kind}"] += len(found)
    for each in found:
        print(f"{kind}: {each}")  # noqa: T201


def _secrets(sums: Counter[str], *, is_long: bool) -> None:
    for name in secrecy.SCENARIOS:
        left = secrecy.play(name, is_long=is_long)
        sums["secrets: scenarios"] += 1
        sums["secrets: commands"] += left.commands
        sums["secrets: files searched"] += left.files
        sums["secrets: bytes searched"] += left.bytes_read
        _wrong(sums, KINDS[0], [f"{name}: {hit.name} in {hit.where}" for hit in left.hits])


def _injections(sums: Counter[str], texts: list[str], *, is_long: bool) -> None:
    tried = Tried()
    wireinjection.into_requests(texts, tried)
    injection.through_rows(texts, tried)
    injection.through_replies(texts, tried, is_long=is_long)
    sums["injection: strings"] = len(texts)
    for name, count in sorted(tried.counts.items()):
        sums[f"injection: {name}"] = count
    _wrong(sums, KINDS[1], tried.wrong)


def _tls(sums: Counter[str], servers: badtls.Servers, *, is_long: bool) -> None:
    if badtls.control(servers) != 0:
        _wrong(sums, KINDS[2], ["a good server was refused, too: the others prove nothing"])
    for kind, name in badtls.cells():
        found = badtls.judge_cell(servers, kind, name, is_long=is_long)
        sums["TLS and redirects: cells"] += 1
        sums["TLS and redirects: refused"] += not found
        _wrong(sums, KINDS[2], found)


def _environment(sums: Counter[str], servers: badtls.Servers, *, is_long: bool) -> None:
    paths, open_ones = environment.open_modes()
    links, followed = environment.links(is_long=is_long)
    sums["environment: paths under umask 000"] = paths
    sums["environment: links"] = links
    found = [*open_ones, *followed, *environment.poisoned(servers), *environment.plain_http_elsewhere()]
    _wrong(sums, KINDS[4], found + [f"a switch: {name}" for name in environment.switches()])


def _bombs(sums: Counter[str]) -> None:
    for kind in ("reply", "job"):
        for cost in bombs.measured(kind):
            sums["bombs: met"] += 1
            sums["bombs: most KiB"] = max(sums["bombs: most KiB"], cost.kib)
            _wrong(sums, KINDS[3], bombs.judged(cost))


def main() -> int:
    """Try everything, print the figures; 1 if anything got through."""
    parser = argparse.ArgumentParser(prog="python -m tests.security", description=__doc__)
    parser.add_argument("--strings", type=int, default=1500, help="made by chance, besides the corpus")
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    sums = figures(asked.strings, asked.seed)
    for name, number in sums.items():
        print(f"{name:<40}{number:>14,}")  # noqa: T201
    return 1 if any(number for name, number in sums.items() if name.startswith("violations")) else 0
