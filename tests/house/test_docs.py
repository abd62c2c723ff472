"""The documents tell the truth: commands, links, status rows and examples are checked against the project."""

import importlib
import importlib.util
import re
import shlex
import tomllib
from pathlib import Path

import pytest
from commands_page import PAGE, page
from dialects_page import PAGE as DIALECTS_PAGE
from dialects_page import page as dialects_page

from synth_jupyter.commands.grammar import help_text, parse
from synth_jupyter.commands.surface import VERBS
from synth_jupyter.commands.words import split
from synth_jupyter.workspace import Workspace

ROOT = Path(__file__).resolve().parent.parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
_ROWS = """
1.1 1.2 1.3 1.4 2.1 2.2 3.1 3.2/3.3 4.1 5.1 5.2 6.1 6.2 6.3a 6.3b 6.3c 6.3d 6.4a 6.4b 6.4c 6.4d 6.4e 6.5a 6.5b 6.5c 6.5d
N1 N2 N3 N4 N5 N6 N7 N8 N9 N10
"""
ROWS = tuple(_ROWS.split())


def status_rows() -> dict[str, list[str]]:
    """The cells of each row of docs/status.md by the row's id."""
    lines = (ROOT / "docs/status.md").read_text().splitlines()
    rows = [[cell.strip() for cell in line.strip("|\n ").split(" | ")] for line in lines if line.startswith("| ")]
    return {row[0]: row[1:] for row in rows if re.fullmatch(r"N?\d[\d./]*[a-e]?", row[0])}


def test_the_readme_names_the_two_commands_first() -> None:
    text = (ROOT / "README.md").read_text()
    first, second = re.findall(r"^make (\w+)", text, flags=re.M)[:2]
    assert (first, second) == ("demo", "test")
    assert text.index("make demo") < text.index("%load_ext synth_jupyter") < text.index("## The verbs")


def test_every_make_target_that_a_page_names_exists() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), flags=re.M))
    named = {word for page in PAGES for word in re.findall(r"(?:^|`)make ([a-z]+)", page.read_text(), flags=re.M)}
    assert named <= targets
    assert {"demo", "test", "bench", "nightly", "docs", "fmt", "lint", "clean"} <= targets


def test_the_comparison_uses_every_source_that_it_lists_and_lists_every_one_it_uses() -> None:
    text = (ROOT / "docs/explanation/comparison.md").read_text()
    listed = set(re.findall(r"^\[([\w-]+)\]: https://", text, flags=re.M))
    body = re.sub(r"^\[[\w-]+\]: .*$", "", text, flags=re.M)
    used = set(re.findall(r"\]\[([\w-]+)\]|(?<!\])\[([\w-]+)\](?![\[(])", body))
    assert {one or other for one, other in used} == listed
    assert len(listed) > 20


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_to_a_file_leads_somewhere(page: Path) -> None:
    links = re.findall(r"\]\((?!https?:|#|mailto:)([^)#]+)", page.read_text())
    assert [link for link in links if not (page.parent / link).exists()] == []


def test_every_row_of_the_plan_has_a_status() -> None:
    assert sorted(status_rows()) == sorted(ROWS)


def test_what_is_called_finished_has_nothing_open() -> None:
    listed = re.findall(r"^- (\S+) (.+)$", (ROOT / "docs/complete.md").read_text(), flags=re.M)
    done = [(row, cells[0]) for row, cells in status_rows().items() if "open" not in re.sub("`[^`]*`", "", cells[-1])]
    assert listed == done


@pytest.mark.parametrize("row", ROWS)
def test_the_tests_that_a_status_row_names_exist(row: str) -> None:
    shown = status_rows()[row][-1]
    named = re.findall(r"`(tests/[\w/.-]+\.py)(?:::(\w+))?`", shown)
    assert named or "open" in shown, f"row {row} names no test and does not say open"
    for file, test in named:
        assert (ROOT / file).is_file(), f"row {row}: there is no {file}"
        assert not test or re.search(rf"^def {test}\(", (ROOT / file).read_text(), flags=re.M), (
            f"row {row}: no {test} in {file}"
        )


def test_the_plug_in_groups_of_the_docs_are_those_of_the_code() -> None:
    documented = set(re.findall(r"`(synth_jupyter\.\w+)` \|", (ROOT / "docs/reference/plug-ins.md").read_text()))
    used = {group for file in (ROOT / "synth_jupyter").rglob("*.py")
            for group in re.findall(r"Registry.*\(.*\"(synth_jupyter\.\w+)\"", file.read_text())}  # fmt: skip
    assert used <= documented


def test_every_environment_variable_is_documented() -> None:
    documented = set(re.findall(r"\bSYNTH_[A-Z_]+", (ROOT / "docs/reference/settings.md").read_text()))
    sources = [file.read_text() for file in (ROOT / "synth_jupyter").rglob("*.py")]
    read = {name for text in sources for name in re.findall(r"\"(SYNTH_[A-Z_]+)\"", text)}
    assert read == documented


def test_the_page_of_the_verbs_is_what_the_grammar_says() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run `make fmt`"


def test_every_verb_of_the_readme_exists_and_every_verb_has_help() -> None:
    cells = re.findall(r"^\| (`.*?) \|", (ROOT / "README.md").read_text(), flags=re.M)
    named = {word for cell in cells for word in re.findall(r"`([a-z]+)", cell)}
    assert named <= set(VERBS)
    assert [verb for verb in VERBS if VERBS[verb].summary not in help_text(verb)] == []


def test_every_command_of_the_docs_is_in_the_grammar() -> None:
    """Each `synth ...` line of a shell block parses; nothing is run."""
    blocks = [block for path in PAGES for block in re.findall(r"```sh\n(.*?)```", path.read_text(), flags=re.S)]
    lines = [line for block in blocks for line in block.splitlines() if line.startswith("synth ")]
    assert len(lines) > 20
    for line in lines:
        parse(shlex.split(re.sub(r"(^|\s)#.*", "", line))[1:], notebook=True)  # as in a shell, a # in a word is none


def test_the_example_of_the_readme_works(tmp_path: Path) -> None:
    """Its cell is a document, its lines are commands, and together they give rows."""
    text = (ROOT / "README.md").read_text()
    cell = re.search(r"^%%synth define shop\n(.*?)```", text, flags=re.S | re.M)
    lines = re.findall(r"^%synth (.+)", text, flags=re.M)
    assert cell
    workspace = Workspace.open(tmp_path)
    workspace.define(cell[1], "shop")
    workspace.experiment("shop").generate(workers=1)
    requests = [parse((words := split(line)).words, sql=words.sql, notebook=True) for line in lines]
    assert [request.verb for request in requests] == ["generate", "sql", "lineage"]
    result = workspace.experiment("shop").sql(requests[1].options.sql)
    assert result.to_dict()["columns"] == ["name", "n"]
    assert sum(row[1] for row in result.to_dict()["rows"]) == 3_000


def test_the_dependencies_are_bounded_and_pinned() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    pins = {
        line.partition("==")[0].lower().replace("_", "-")
        for line in (ROOT / "constraints.txt").read_text().splitlines()
    }
    wanted = (
        project["dependencies"] + project["optional-dependencies"]["test"] + project["optional-dependencies"]["all"]
    )
    for requirement in wanted:
        name = re.match(r"[A-Za-z0-9_-]+", requirement)[0].lower().replace("_", "-")  # type: ignore[index]
        if name != "synth-jupyter":
            assert ">=" in requirement, f"{requirement} has no lower bound"
            assert "<" in requirement, f"{requirement} has no upper bound"
            assert name in pins, f"{name} is not in constraints.txt"


def test_the_console_script_leads_to_the_command_line() -> None:
    script = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["scripts"]["synth"]
    module, _, function = script.partition(":")
    assert importlib.util.find_spec(module) is not None
    assert hasattr(importlib.import_module(module), function)


def test_every_page_is_reached_from_the_index() -> None:
    reached = set(re.findall(r"\]\(([^)#:]+\.md)\)", (ROOT / "docs/index.md").read_text()))
    pages = {str(page.relative_to(ROOT / "docs")) for page in (ROOT / "docs").rglob("*.md")} - {"index.md"}
    assert pages <= reached, f"not in docs/index.md: {sorted(pages - reached)}"


def test_the_page_of_dialects_lists_what_the_tests_run() -> None:
    assert DIALECTS_PAGE.read_text() == dialects_page(), "make fmt writes it anew"
