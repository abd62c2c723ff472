"""The code of the tutorial and the how-to pages runs, page by page, in the order in which it stands there.

A block after a line that ends with "`NAME`:" is that file. A block after `<!-- not run: REASON -->` is not run; lines of programs
of others are not run either. `# exit code N` is believed and checked.
"""

import contextlib
import io
import os
import re
import shlex
import subprocess
import sys
import types
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from test_docs import ROOT, ROWS

from synth_jupyter.__main__ import main

GUIDES = ROOT / "docs/how-to"
PAGES = sorted([*(ROOT / "docs/tutorial").glob("*.md"), *GUIDES.glob("*.md")])
ELSEWHERE = {
    "share.md": "its words run in tests/images and tests/workspace",
    "http.md": "its addresses are asked in tests/server",
}
AT_ONCE = ("first-experiment.md", "existing-rows.md", "from-ddl.md", "keys-and-relations.md", "own-generators.md")
"""Pages that run in every test; the rest, of which each takes seconds, at night."""
OTHERS = ("curl", "dask", "docker", "jupyter", "make", "pip", "podman", "python", "skopeo")
NEEDS_SHOP = "The examples use the tutorial's `shop`"
_BLOCK = re.compile(r"^(?P<before>[^\n]*)\n\n?```(?P<language>\w*)\n(?P<text>.*?)^```$", re.S | re.M)


@dataclass(frozen=True)
class Block:
    """Code of a page: its language, its text, and the line that stands before it."""

    language: str
    text: str
    before: str

    @property
    def file(self) -> str | None:
        """The file that it is, if it is one."""
        found = re.search(r"`([\w.-]+\.\w+)`:$", self.before)
        return found[1] if found else None

    @property
    def is_run(self) -> bool:
        return not re.fullmatch(r"<!-- not run: .{10,} -->", self.before)


def blocks(page: Path) -> list[Block]:
    return [Block(each["language"], each["text"], each["before"].strip()) for each in _BLOCK.finditer(page.read_text())]


def commands(text: str) -> Iterator[tuple[str, int]]:
    """The commands of a block, without comments, with the exit codes that they should have."""
    pending = ""
    for line in text.splitlines():
        pending += ("\n" if pending else "") + line
        command, _, comment = re.match(r"(?s)(.*?)(\s#\s?(.*))?$", pending).groups("")  # type: ignore[union-attr]
        try:
            words = shlex.split(command)
        except ValueError:
            continue  # a quote goes on in the next line
        if words:
            code = re.search(r"exit code (\d+)", comment)
            yield command, int(code[1]) if code else 0
        pending = ""
    assert not pending


def run_words(words: list[str], text: str = "") -> int:
    """What a shell would do with `synth`, in this process; the exit code."""
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()) as said:
        kept, sys.stdin = sys.stdin, io.TextIOWrapper(io.BytesIO(text.encode()), "utf-8")
        try:
            code = main(words)
        finally:
            sys.stdin = kept
    print(said.getvalue())
    return code


def run_command(command: str) -> int:
    words = shlex.split(command.replace("=100_000", "=500"))  # the same in less time
    if words[0] == "synth" and not {"|", "&&", ";"} & set(words):
        return run_words(words[1:])
    script = f'synth() {{ {shlex.quote(sys.executable)} -m synth_jupyter "$@"; }}\n{command}'
    return subprocess.run(
        ["sh", "-e", "-c", script], env={**os.environ, "PYTHONPATH": str(ROOT)}, check=False
    ).returncode


def run_cell(text: str) -> None:
    """A cell of the magic: what stands below its first line is the document or the statement."""
    first, _, below = text.partition("\n")
    assert first.startswith(("%%synth ", "%synth ")), first
    words = shlex.split(first)[1:]
    if first.startswith("%%"):
        assert run_words([*words, "-"], below) == 0, text
    else:
        assert [run_words(shlex.split(line)[1:]) for line in text.splitlines()] == [0] * len(text.splitlines()), text


@pytest.mark.parametrize(
    "page",
    [pytest.param(page, id=page.name, marks=[pytest.mark.slow] * (page.name not in AT_ONCE)) for page in PAGES],
)
def test_the_code_of_a_page_runs(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if page.name in ELSEWHERE:
        return
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SYNTH_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path}/yours.sqlite")
    if page.parent.name == "tutorial" or NEEDS_SHOP in page.read_text():
        text = (ROOT / "docs/tutorial/shop.yaml").read_text()
        (tmp_path / "shop.yaml").write_text(text.replace("1_000_000", "300").replace("5_000", "100"))
    if NEEDS_SHOP in page.read_text():
        assert run_words(["define", "shop", "shop.yaml"]) == run_words(["generate", "shop", "--no-load"]) == 0
    module = types.ModuleType("page")
    monkeypatch.setitem(sys.modules, "page", module)  # what a page defines is found by its name, as in a cell
    for block in blocks(page):
        if block.file:
            (tmp_path / block.file).write_text(block.text)
        elif not block.is_run:
            continue
        elif block.language == "sh":
            for command, code in commands(block.text):
                if command.split()[0] not in OTHERS:
                    assert run_command(command) == code, command
        elif block.language == "python":
            exec(compile(block.text, page.name, "exec"), module.__dict__)  # noqa: S102  # the page's own example
        elif not block.language:
            run_cell(block.text)


@pytest.mark.parametrize("row", [row for row in ROWS if row not in ("N9", "N10")])
def test_every_row_of_the_plan_has_a_page_that_says_how(row: str) -> None:
    (line,) = [line for line in (GUIDES / "index.md").read_text().splitlines() if line.startswith(f"| {row} |")]
    links = re.findall(r"\]\(([\w-]+\.md)(?:#([\w-]+))?\)", line)
    assert links
    for name, anchor in links:
        heads = re.findall(r"^#+ (.+)$", (GUIDES / name).read_text(), flags=re.M)
        assert not anchor or anchor in {
            re.sub(r"[^\w -]", "", head.lower()).strip().replace(" ", "-") for head in heads
        }


def test_every_guide_is_in_the_list_of_guides() -> None:
    named = set(re.findall(r"\]\(([\w-]+\.md)", (GUIDES / "index.md").read_text()))
    assert {page.name for page in GUIDES.glob("*.md")} - named == {"index.md"}
