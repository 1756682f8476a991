from pathlib import Path

import pytest

from scripts.check_sizes import FILE_LINES_MAX, FUNCTION_LINES_MAX, main


def _function_of(lines: int) -> str:
    return "def long():\n" + "    pass\n" * (lines - 1)


@pytest.mark.parametrize(
    ("source", "code"),
    [
        (_function_of(FUNCTION_LINES_MAX), 0),
        (_function_of(FUNCTION_LINES_MAX + 1), 1),
        ("pass\n" * FILE_LINES_MAX, 0),
        ("pass\n" * (FILE_LINES_MAX + 1), 1),
    ],
    ids=["function at the limit", "function above it", "file at the limit", "file above it"],
)
def test_limits_hold_on_both_sides(tmp_path: Path, source: str, code: int):
    """A file or function at its limit passes; one line more does not."""
    (tmp_path / "it.py").write_text(source)
    assert main([str(tmp_path)]) == code


def test_problem_names_file_line_and_function(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """What is too long is named so that an editor can jump to it."""
    (tmp_path / "it.py").write_text("\n" + _function_of(FUNCTION_LINES_MAX + 2))
    main([str(tmp_path)])
    assert "it.py:2: long has 42 lines, at most 40" in capsys.readouterr().out


def test_nothing_to_check_is_a_failure(tmp_path: Path):
    """A folder without Python files is a mistake in the call, not a success."""
    assert main([str(tmp_path)]) == 1
