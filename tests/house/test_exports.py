"""What a module says it offers, it offers; what it says about itself is there."""

import ast
import importlib
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parent.parent.parent / "synth_jupyter"
SOURCES = sorted(PACKAGE.rglob("*.py"))


def module_of(file: Path) -> str:
    """The import name of a source file."""
    return ".".join(file.relative_to(PACKAGE.parent).with_suffix("").parts).removesuffix(".__init__")


def listed(tree: ast.Module) -> list[str] | None:
    """The names in `__all__`, or None."""
    for node in tree.body:
        if isinstance(node, ast.Assign) and any(isinstance(to, ast.Name) and to.id == "__all__" for to in node.targets):
            return list(ast.literal_eval(node.value))
    return None


@pytest.mark.parametrize("file", SOURCES, ids=module_of)
def test_every_name_in_all_exists_and_is_listed_once(file: Path) -> None:
    names = listed(ast.parse(file.read_text(encoding="utf-8")))
    if names is None:
        assert file.name != "__init__.py" or not _imports_names(file), f"{file} re-exports names without __all__"
        return
    module = importlib.import_module(module_of(file))
    assert [name for name in names if not hasattr(module, name)] == []
    assert len(names) == len(set(names))


def _imports_names(file: Path) -> bool:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    return any(isinstance(node, ast.ImportFrom) and node.level == 1 for node in tree.body)


@pytest.mark.parametrize("file", SOURCES, ids=module_of)
def test_every_module_says_in_one_line_what_it_is_for(file: Path) -> None:
    doc = ast.get_docstring(ast.parse(file.read_text(encoding="utf-8")))
    assert doc, f"{file} has no docstring"
    assert len(doc.splitlines()[0]) <= 120


@pytest.mark.parametrize("file", SOURCES, ids=module_of)
def test_nothing_is_imported_from_a_private_module_of_another_room(file: Path) -> None:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    froms = [node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.level > 1]
    assert [name for name in froms if any(part.startswith("_") for part in name.split("."))] == []
