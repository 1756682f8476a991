import json
import subprocess
import sys
from importlib.metadata import version

import click
import pytest

from runner.cli.main import PROGRAM
from runner.cli.table import BY_NAME, PURPOSES
from runner.cli.twin import LoneOption, TwinOption
from runner.cli.verb import Verb

LOADED = """
import sys
from runner.cli.main import program
code = program({arguments!r})
import json
ours = [name for name in sys.modules if name.split(".")[0] in {packages!r} or name.startswith("runner.")]
print(json.dumps(sorted(ours)), file=sys.stderr)
sys.exit(code)
"""
HEAVY = ("pydantic", "aiohttp", "apsw", "rich", "anyio", "structlog", "jinja2")


def loaded(*arguments: str) -> list[str]:
    """The modules that a call of the program imports, as far as they are ours or heavy."""
    script = LOADED.format(arguments=list(arguments), packages=HEAVY)
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return json.loads(done.stderr.splitlines()[-1])


def verb(name: str) -> Verb:
    """The command of that name."""
    found = PROGRAM.get_command(click.Context(PROGRAM), name)
    assert isinstance(found, Verb)
    return found


def test_help_imports_click_and_the_table_alone():
    """`--help` of the program imports the entry, the table and the signals, and no heavy library."""
    signals = ["runner.compose", "runner.compose.interrupts"]
    core = ["runner.core", "runner.core.fault", "runner.core.outcome", "runner.core.summary"]
    assert loaded("--help") == ["runner.cli", "runner.cli.main", "runner.cli.table", *signals, *core]


def test_help_of_a_verb_imports_no_heavy_library():
    """`run --help` starts quickly too: what it will need is imported when it runs."""
    assert [name for name in loaded("run", "--help") if name.split(".")[0] in HEAVY] == []


def test_help_lists_every_command_by_purpose(call):
    """The program's help names each command once, under what it is for."""
    said = call("--help")
    assert said.code == 0
    for purpose, entries in PURPOSES.items():
        assert f"{purpose}:" in said.out
        for entry in entries:
            assert f"  {entry.name}" in said.out
            assert entry.summary in said.out


def test_nothing_typed_shows_the_help(call):
    """Without a command the program says what there is, and that is no error."""
    said = call()
    assert (said.code, said.err) == (0, "")
    assert "Usage: zuora-batch" in said.out


def test_version(call):
    """`--version` prints name and version."""
    assert call("--version").out == f"zuora-batch {version('zuora-batch-runner')}\n"


@pytest.mark.parametrize("name", BY_NAME)
def test_every_command_teaches_by_example(call, name):
    """Each command's help has examples that call that command or prepare or use what it makes."""
    said = call(name, "--help")
    assert said.code == 0
    assert "Examples:" in said.out
    assert f"zuora-batch {name}" in said.out
    assert max(map(len, said.out.splitlines())) <= 100


@pytest.mark.parametrize("name", BY_NAME)
def test_options_in_examples_exist(name):
    """No example shows an option that its command does not have."""
    known = {option for param in verb(name).params for option in (*param.opts, *param.secondary_opts)}
    for line, _ in verb(name)._lesson.examples:
        words = line.split()
        if f"zuora-batch {name}" not in line:
            continue
        used = {word for word in words if word.startswith("-") and len(word) > 1 and word != "-dc"}
        assert used <= known, line


@pytest.mark.parametrize("name", BY_NAME)
def test_every_option_but_two_has_a_twin(name):
    """Only --confirm and --run-id cannot be given by the environment."""
    options = [param for param in verb(name).params if isinstance(param, click.Option)]
    assert all(isinstance(option, TwinOption | LoneOption) for option in options)
    lone = {option.opts[0] for option in options if isinstance(option, LoneOption)}
    assert lone <= {"--confirm", "--run-id"}


def test_unknown_command_is_a_usage_error(call):
    """A mistyped command ends with 2 and says where to look."""
    said = call("chek", "job.csv")
    assert (said.code, said.out) == (2, "")
    assert "'chek'. Did you mean 'check'?" in said.err
    assert "hint: type: zuora-batch --help" in said.err


def test_unknown_option_with_json_is_a_document(call):
    """A usage error of a program that asked for JSON is a JSON document on standard output."""
    said = call("run", "job.csv", "--json", "--rat", "3")
    document = json.loads(said.out)
    assert (said.code, document["exit_code"], document["problems"]) == (2, 2, [])
    assert "--rat" in document["message"]


def test_missing_argument_names_it(call):
    """Without its argument a command says which one is missing."""
    said = call("check")
    assert said.code == 2
    assert "JOB" in said.err


@pytest.mark.parametrize("name", BY_NAME)
def test_every_command_takes_the_common_options(name):
    """A script may give the same common options to every command, also where they say nothing."""
    known = {option for param in verb(name).params for option in param.opts}
    assert {"--config", "--tenant", "--runs-dir", "--json", "-q", "-v"} <= known


@pytest.mark.parametrize(
    "line",
    ["template cancel_bill_run", "template cancel_bill_run --jsonl", "schema", "schema config", "operations"],
)
def test_json_is_one_document(call, line):
    """With --json standard output holds one JSON document, whatever the command."""
    said = call(*line.split(), "--json")
    assert said.code == 0
    assert isinstance(json.loads(said.out), dict)


def test_closed_streams_are_no_fault(tmp_path):
    """A program started without standard streams (`>&-`) works, and no file of a run takes their place."""
    command = f"{sys.executable} -m runner runs --runs-dir {tmp_path} <&- >&- 2>&-"
    assert subprocess.run(["/bin/sh", "-c", command], check=False).returncode == 0
