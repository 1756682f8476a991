"""What the documents say is held against the code."""

import os
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import click
import pytest

from runner.cli.main import PROGRAM, PROGRAM_NAME, program
from runner.cli.table import BY_NAME
from runner.core import summary
from runner.core.ledgerline import LEDGER_FIELDS
from runner.core.outcome import Status
from runner.edge.config import load
from runner.edge.config.environments import PLACES
from runner.edge.config.tables import TenantTable
from runner.edge.output.resultfiles import result_names
from runner.operations.catalog import CATALOG
from runner.sandbox.scenario import parse_scenario

ROOT = Path(__file__).parent.parent
README = "README.md"
DOCUMENTS = (README, "CONTRIBUTING.md", "ARCHITECTURE.md", "CHANGELOG.md")
MAKEFILE = (ROOT / "Makefile").read_text("utf-8")
FOLDERS = ("runner", "tests", "jobs", "scripts")
PLACEHOLDERS = {"RUN", "TASK", "NAME", "COMMAND", "TENANT"}
CODE = re.compile(r"`([^`]+)`")
LINK = re.compile(r"\[[^\]]+\]\(([^)\s]+)\)")
FENCE = re.compile(r"^(?: *)```(\w*)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)


class Block(NamedTuple):
    """A fenced block: its language and its text."""

    language: str
    text: str


def text_of(document: str) -> str:
    """A document as it stands."""
    return (ROOT / document).read_text("utf-8")


def blocks_of(document: str) -> list[Block]:
    """Its fenced blocks, in order."""
    return [Block(*found.groups()) for found in FENCE.finditer(text_of(document))]


def prose_of(document: str) -> str:
    """What stands outside the fenced blocks."""
    return FENCE.sub("", text_of(document))


def table_under(document: str, heading: str) -> list[list[str]]:
    """The rows of the first table below a heading, as cells."""
    _, found, below = text_of(document).partition(f"# {heading}\n")
    assert found, f"{document} has no heading {heading}"
    rows: list[list[str]] = []
    for line in below.splitlines():
        if line.startswith("|"):
            rows.append([cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", line)[1:-1]])
        elif rows or line.startswith("#"):
            break
    return rows[2:]


def codes(cell: str) -> list[str]:
    """What stands between backticks in a cell."""
    return CODE.findall(cell)


def command_lines() -> Iterator[tuple[str, str]]:
    """Every command line of ours in a fenced block or between backticks, with its document."""
    for document in DOCUMENTS:
        for language, text in blocks_of(document):
            if language in {"sh", "console", "text"}:
                lines = (line.removeprefix("$ ").removeprefix(".venv/bin/") for line in text.splitlines())
                yield from ((document, line) for line in lines if line.startswith(f"{PROGRAM_NAME} "))
        for code in CODE.findall(prose_of(document)):
            if code.startswith(f"{PROGRAM_NAME} ") and code != f"{PROGRAM_NAME} COMMAND --help":
                yield document, code


@pytest.fixture(autouse=True)
def _empty_folder(tmp_path, monkeypatch):
    """Where somebody types: an empty folder, without any of our variables."""
    monkeypatch.chdir(tmp_path)
    for name in os.environ:
        if name.startswith("ZUORA_"):
            monkeypatch.delenv(name)


COMMAND_LINES = sorted(set(command_lines()))
JOBS = [
    (document, number, block)
    for document in DOCUMENTS
    for number, block in enumerate(blocks_of(document))
    if block.language in {"csv", "jsonl"} and "pause_invoice_schedule" not in block.text
]
"""Without the sample of the operation that CONTRIBUTING.md makes up: `test_fifth_operation` is its test."""


def test_the_commands_of_the_readme_are_those_of_the_program():
    """The table of commands has every command with its summary, in the order of `--help`."""
    rows = [(codes(name)[0], text) for name, text in table_under(README, "Commands")]
    assert rows == [(entry.name, entry.summary) for entry in BY_NAME.values()]


def test_the_options_of_the_readme_are_those_of_run():
    """The table of options has every option of `run`, and no other."""
    said = [
        code.split()[0] for option, _ in table_under(README, "Options of `run`") for code in codes(option)
    ]
    command = PROGRAM.get_command(click.Context(PROGRAM), "run")
    assert command is not None
    options = [each for each in command.params if isinstance(each, click.Option)]
    assert sorted(set(said)) == sorted(
        name for each in options for name in (*each.opts, *each.secondary_opts)
    )


def test_the_statuses_of_the_readme_are_those_of_the_ledger():
    """The table of statuses has all eight."""
    assert {codes(name)[0] for name, _ in table_under(README, "Statuses")} == {each.value for each in Status}


def test_the_exit_codes_of_the_readme_are_those_of_the_program():
    """The table of exit codes has every code that the program may end with."""
    said = [int(code) for code, _, _ in table_under(README, "Exit codes")]
    assert said == sorted(value for name, value in vars(summary).items() if name.startswith("EXIT_"))


def test_the_environments_of_the_readme_are_those_of_the_config():
    """The table of environments has every name that the config takes."""
    said = [name for names, _ in table_under(README, "Environments") for name in codes(names)]
    assert said == list(PLACES)


def test_the_settings_of_the_readme_are_those_of_the_config():
    """The table of settings has every key of a tenant's table."""
    said = [name for names, _ in table_under(README, "Settings of a tenant") for name in codes(names)]
    assert sorted(said) == sorted(TenantTable.model_fields)


def test_the_operations_of_the_readme_are_those_of_the_catalog():
    """The first table has every operation."""
    assert [codes(name)[0] for name, _ in table_under(README, "zuora-batch")] == list(CATALOG)


def test_the_result_files_of_the_readme_are_those_that_are_written():
    """The table of files has all six result files."""
    said = {name for names, _ in table_under(README, "Read the results") for name in codes(names)}
    assert set(result_names("csv")) <= said


def test_the_ledger_columns_of_the_readme_are_those_of_the_ledger():
    """The table of columns has every field of a ledger line, in order."""
    _, _, below = text_of(README).partition("The columns of the ledger:\n")
    lines = [line for line in below.partition("\nMore of one task")[0].splitlines() if line.startswith("| `")]
    assert tuple(code for line in lines for code in codes(line.split("|")[1])) == LEDGER_FIELDS


@pytest.mark.parametrize(("document", "line"), COMMAND_LINES, ids=[line for _, line in COMMAND_LINES])
def test_a_command_line_of_a_document_can_be_typed(document, line):
    """Every command line in a document is one that the program understands."""
    words = shlex.split(line.partition(" > ")[0], comments=True)[1:]
    command = PROGRAM.get_command(click.Context(PROGRAM), words[0])
    assert command is not None, f"{document}: {words[0]}"
    if len(words) == 1:
        return  # only named, in a sentence
    typed = ["7" if word == "TASK" else word for word in words[1:]]
    command.make_context(words[0], typed, parent=click.Context(PROGRAM, info_name=PROGRAM_NAME))


@pytest.mark.parametrize(("document", "number", "block"), JOBS, ids=[f"{name}-{at}" for name, at, _ in JOBS])
def test_a_job_in_a_document_passes_check(document, number, block, capsys):
    """Every job in a document is valid, on the tenant that the README configures."""
    del number
    configs = [each.text for each in blocks_of(README) if each.language == "toml" and "entities" in each.text]
    Path("config.toml").write_text(configs[0])
    Path(f"job.{block.language}").write_text(block.text)
    scope = [] if "entity" in block.text else ["--entity", "us", "--org", "north"]
    code = program(["check", f"job.{block.language}", "--tenant", "acme", *scope])
    assert code == 0, f"{document}: {capsys.readouterr().out}"


def test_the_configs_and_scenarios_of_the_readme_can_be_read(tmp_path):
    """Every TOML block is a config or a scenario without a fault."""
    tables = [block.text for block in blocks_of(README) if block.language == "toml"]
    assert len(tables) == 3
    for number, text in enumerate(tables):
        if "[tenants." in text:
            (tmp_path / f"{number}.toml").write_text(text)
            assert load(tmp_path / f"{number}.toml").tenants
        else:
            parse_scenario(text)


def test_the_rehearsal_of_the_readme_ends_as_it_says(capsys):
    """Its three files and two commands, typed as they stand, print what stands below them."""
    rehearsal = text_of(README).partition("### Rehearse on the built-in tenant\n")[2].partition("\n### ")[0]
    found = [Block(*each.groups()) for each in FENCE.finditer(rehearsal)]
    for name, block in zip(("rehearsal.toml", "bad-evening.toml", "evening.csv"), found, strict=False):
        Path(name).write_text(block.text)
    console = next(block.text for block in found if block.language == "console")
    said = ""
    for line in console.splitlines():
        if line.startswith("$ "):
            program(shlex.split(line)[2:])
            said += f"{line}\n{capsys.readouterr().out}"
    assert said == console
    # Typed as it stands, too; it ends the tenant's process besides.
    assert program(["sandbox", "--reset", "--config", "rehearsal.toml"]) == 0
    assert f"{PROGRAM_NAME} sandbox --reset --config rehearsal.toml\n" in rehearsal


@pytest.mark.parametrize("document", DOCUMENTS)
def test_links_and_paths_lead_somewhere(document):
    """Every link to a file, and every path between backticks, is there."""
    links = [link.partition("#")[0] for link in LINK.findall(prose_of(document)) if "://" not in link]
    named = [
        code for code in CODE.findall(prose_of(document)) if code.startswith(tuple(f"{f}/" for f in FOLDERS))
    ]
    paths = [
        path.rstrip("/") for path in (*links, *named) if path and not PLACEHOLDERS & set(path.split("/"))
    ]
    made_up = {"jobs/cancel.csv", "runner/operations/pause_invoice_schedule.py"}
    assert [path for path in paths if path not in made_up and not list(ROOT.glob(path))] == []


def test_the_files_that_the_architecture_names_exist():
    """Every module and folder that ARCHITECTURE.md names by its path below `runner/` is there."""
    named = [code for code in CODE.findall(prose_of("ARCHITECTURE.md")) if re.fullmatch(r"[\w<>/.]+", code)]
    floors = tuple(f"{floor.name}/" for floor in (ROOT / "runner").iterdir() if floor.is_dir())
    paths = [code.replace("<name>", "*").rstrip("/") for code in named if code.startswith(floors)]
    assert len(paths) >= 10
    missing = [
        path for path in paths if not any(list(ROOT.glob(f"runner/{path}{end}")) for end in ("", ".py"))
    ]
    assert [path for path in missing if not list(ROOT.glob(f"runner/{path.rpartition('.')[0]}.py"))] == []


def test_the_glossary_has_the_words_of_the_house():
    """Each word that the design gives one meaning stands in the glossary, once."""
    _, _, below = text_of("ARCHITECTURE.md").partition("## Glossary")
    words = [
        word.strip(" `")
        for line in below.splitlines()
        if line.startswith("| ") and not line.startswith(("| word", "| ---"))
        for word in line.split("|")[1].split(",")
    ]
    design = "job row operation scope task act lane pace request reply attempt verdict step outcome event"
    design += " checkpoint ledger run launch marker generation look doubt"
    assert [word for word in design.split() if words.count(word) != 1] == []


def test_the_targets_of_contributing_are_those_of_make():
    """The table of targets has every target of `make help`."""
    said = [codes(name)[0].removeprefix("make ") for name, _ in table_under("CONTRIBUTING.md", "Targets")]
    targets = re.findall(r"^([a-z-]+):.*## ", MAKEFILE, re.MULTILINE)
    assert said == [name for name in targets if name != "help"]


def lines_of(text: str) -> str:
    """Its lines, however deep they stand and however far apart."""
    return "\n".join(line.strip() for line in text.splitlines() if line.strip())


def test_the_example_of_contributing_is_the_one_that_is_tested():
    """Each piece of Python in CONTRIBUTING.md stands in the fifth operation, line for line."""
    whole = lines_of((ROOT / "tests/operations/pause_invoice_schedule.py").read_text("utf-8"))
    pieces = [lines_of(block.text) for block in blocks_of("CONTRIBUTING.md") if block.language == "python"]
    assert len(pieces) == 3
    assert [piece for piece in pieces if piece not in whole] == []


@pytest.mark.parametrize("custom_id", re.findall(r'"demo:   ([\w, -]*\d)  ', MAKEFILE))
def test_the_rows_that_the_demonstration_explains_are_in_its_scenario(custom_id):
    """Each row that `make demo` names is one of its job, and stands in the scenario and in the README."""
    job = (ROOT / "jobs/month-end.csv").read_text("utf-8")
    scenario = (ROOT / "jobs/month-end-scenario.toml").read_text("utf-8")
    for name in custom_id.split(", "):
        assert f",{name}," in job
        assert f"# row {name}\n" in scenario
        assert name in text_of(README)


@pytest.mark.parametrize("document", DOCUMENTS)
def test_documents_name_no_place_of_one_machine(document):
    """No registry's address, no path of one machine, and nothing is left to fill in."""
    text = text_of(document)
    assert not re.search(r"pypi|/root\b|/home/|/work/|/tmp/|index-url|@@|TODO", text)
