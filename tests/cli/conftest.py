import os
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from runner.cli.main import program


@dataclass(frozen=True)
class Said:
    code: int
    out: str
    err: str


@pytest.fixture
def call(tmp_path, monkeypatch, capsys) -> Callable[..., Said]:
    """Calls the program in an empty directory, with an environment that holds none of our variables."""
    monkeypatch.chdir(tmp_path)
    for name in os.environ:
        if name.startswith("ZUORA_"):
            monkeypatch.delenv(name)

    def call(*arguments: str) -> Said:
        capsys.readouterr()
        code = program(arguments)
        said = capsys.readouterr()
        return Said(code, said.out, said.err)

    return call
