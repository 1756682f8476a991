"""Check that files and functions stay small enough to be read in one sitting."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

FILE_LINES_MAX = 250
FUNCTION_LINES_MAX = 40
FOLDERS = ("runner", "scripts")


def problems(path: Path) -> Iterator[str]:
    """Yield one line for the file, and one for each function in it, that is too long."""
    source = path.read_text(encoding="utf-8")
    file_lines = len(source.splitlines())
    if file_lines > FILE_LINES_MAX:
        yield f"{path}:1: file has {file_lines} lines, at most {FILE_LINES_MAX} are allowed"
    for node in ast.walk(ast.parse(source, filename=str(path))):
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        lines = (node.end_lineno or node.lineno) - node.lineno + 1
        if lines > FUNCTION_LINES_MAX:
            where = f"{path}:{node.lineno}: {node.name}"
            yield f"{where} has {lines} lines, at most {FUNCTION_LINES_MAX} are allowed"


def main(folders: list[str]) -> int:
    """Check every Python file below the folders; print what is too long; 1 if anything is."""
    files = sorted(path for folder in folders for path in Path(folder).rglob("*.py"))
    if not files:
        print(f"no Python file in {', '.join(folders)}")
        return 1
    found = [problem for path in files for problem in problems(path)]
    for problem in found:
        print(problem)
    print(f"sizes: {len(files)} files, {len(found)} too long")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:] or list(FOLDERS)))
