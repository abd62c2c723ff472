"""How large functions and modules are: run as a command it reports against the budget; a test uses the gates.

The budget is a target (functions: median 6, 95 % within 25; modules: median 100, none over 300). The gates are hard:
60 lines of code a function, 400 lines a file.
"""

import ast
import statistics
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

FUNCTION_GATE = 60
FILE_GATE = 400


@dataclass(frozen=True)
class Size:
    """One function (`place` is file:line name) or one file (`place` is its path) and its number of lines."""

    place: str
    lines: int


def code_lines(node: ast.AST, source: list[str]) -> int:
    """Lines of a function without blank lines, comments and its docstring."""
    assert isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    start, end = node.lineno, node.end_lineno or node.lineno
    documented = ast.get_docstring(node) is not None
    skipped = range(node.body[0].lineno, (node.body[0].end_lineno or 0) + 1) if documented else range(0)
    lines = (source[number - 1].strip() for number in range(start, end + 1) if number not in skipped)
    return sum(1 for line in lines if line and not line.startswith("#"))


def functions(file: Path) -> Iterator[Size]:
    """Every function of a file, nested ones too."""
    text = file.read_text(encoding="utf-8")
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield Size(f"{file}:{node.lineno} {node.name}", code_lines(node, text.splitlines()))


def files(root: Path) -> list[Size]:
    """Every Python file below `root` with all its lines."""
    return [Size(str(file), len(file.read_text(encoding="utf-8").splitlines())) for file in sorted(root.rglob("*.py"))]


def report(root: Path) -> Iterator[str]:
    """The figures of the budget, then what is above it."""
    of_functions = [size for file in sorted(root.rglob("*.py")) for size in functions(file)]
    of_files = [size for size in files(root) if size.lines]
    yield _line("functions", of_functions, budget=25)
    yield _line("modules", of_files, budget=300)
    for size in sorted(of_functions, key=lambda size: -size.lines):
        if size.lines > 40:
            yield f"  {size.lines} lines: {size.place}"


def _line(what: str, sizes: list[Size], budget: int) -> str:
    lines = sorted(size.lines for size in sizes)
    within = sum(count <= budget for count in lines) / len(lines)
    middle, largest = statistics.median(lines), lines[-1]
    return f"{len(lines)} {what}: median {middle:g} lines, {within:.0%} within {budget}, largest {largest}"


if __name__ == "__main__":
    print("\n".join(report(Path(sys.argv[1] if len(sys.argv) > 1 else "synth_jupyter"))))
