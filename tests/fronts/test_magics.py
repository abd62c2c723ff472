"""The magic in IPython itself: help, assignment, variables, settings; a kernel's outputs are tested with a kernel."""

import json
from pathlib import Path
from typing import Any

import pytest

from synth_jupyter.commands import VERBS, help_text
from synth_jupyter.errors import CommandError, SettingsError, SynthError

Shell = Any


def error_of(shell: Shell, code: str) -> Any:
    return shell.run_cell(code).error_in_exec


def shown(value: Any) -> str:
    return str(value._repr_mimebundle_()["text/plain"])


@pytest.mark.parametrize("verb", VERBS)
def test_each_way_to_ask_for_help_gives_the_same_text(shell: Shell, verb: str) -> None:
    texts = [
        shown(shell.run_cell(code).result)
        for code in (f"%synth help {verb}", f"%synth {verb} --help", f"%synth {verb} -h", f"%%synth help {verb}\n--")
    ]
    assert texts == [help_text(verb)] * 4


@pytest.mark.usefixtures("generated")
def test_the_bare_magic_says_where_one_is_in_few_lines(shell: Shell) -> None:
    text = shown(shell.run_cell("%synth").result)
    assert "shop: 2 tables, shop@1 complete" in text
    assert len(text.splitlines()) <= 15
    assert all(len(line) <= 120 for line in text.splitlines())


def test_a_question_mark_behind_the_magic_lists_the_verbs(shell: Shell, capsys: pytest.CaptureFixture[str]) -> None:
    shell.run_cell("%synth?")
    said = capsys.readouterr().out
    assert all(f"  {verb}" in said for verb in VERBS)


def content(value: Any) -> Any:
    """What a value holds, but for what two calls do not share: times and the free space."""
    if hasattr(value, "to_arrow"):
        return value.to_arrow()
    if hasattr(value, "to_dict"):
        return content(value.to_dict())
    if isinstance(value, dict):
        return {name: content(each) for name, each in value.items() if name not in ("seconds", "at", "free_bytes")}
    if isinstance(value, list | tuple):
        return [content(each) for each in value]
    return shown(value) if type(value).__name__ == "Shown" else value


LINES = ("list", "show shop", "preview shop orders", "runs shop", "generate shop --dry-run", "verify shop", "images",
         "sql shop SELECT 1 AS a", "trace shop orders 3", "explain shop orders.total", "doctor", "help",
         "load shop --into duckdb:x.duckdb", "inspect shop.tar", "import shop.tar --verify-only", "tag shop@1 v1")  # fmt: skip


@pytest.mark.usefixtures("generated")
@pytest.mark.parametrize("as_json", [False, True])
def test_assignment_and_o_keep_the_same_value(
    shell: Shell, as_json: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    shell.run_cell("%synth export shop -o shop.tar --quiet")
    shell.run_cell("%synth load shop --into duckdb:x.duckdb --quiet")
    for line in LINES:
        verb, _, rest = line.partition(" ")
        json_option = "--json" if as_json else ""
        shell.user_ns.update(left=None, right=None)
        assigned = shell.run_cell(f"left = %synth {line}")
        kept = shell.run_cell(f"%synth {verb} --quiet -o right {json_option} {rest}")
        assert (assigned.error_in_exec, kept.error_in_exec) == (None, None), line
        assert kept.result is None
        assert type(shell.user_ns["left"]) is type(shell.user_ns["right"]), line
        assert shell.user_ns["right"] is not None
        left, right = content(shell.user_ns["left"]), content(shell.user_ns["right"])
        assert left == right, line
        if as_json:
            assert isinstance(json.loads(capsys.readouterr().out.splitlines()[-1]), dict)


def test_o_needs_the_name_of_a_variable(shell: Shell) -> None:
    assert isinstance(error_of(shell, "%synth list -o 3x"), CommandError)


@pytest.mark.parametrize(
    ("code", "meant"),
    [("shw shop", "show"), ("sql shop --limt 3 SELECT 1", "--limit"), ("preview shop ordrs", "orders"),
     ("preview shp orders", "shop"), ("explain shop orders.totl", "total"), ("generate shop --rows order=3", "orders"),
     ("sql shop SELECT totl FROM orders", "total"), ("sql shop SELECT 1 FROM ordrs", "orders"),
     ("lineage shop --levl run", "--level"), ("verify shop@2", "shop@1"), ("help tarce", "trace")],
)  # fmt: skip
@pytest.mark.usefixtures("generated")
def test_what_was_meant_is_suggested(shell: Shell, code: str, meant: str) -> None:
    error = error_of(shell, f"%synth {code}")
    assert isinstance(error, SynthError)
    assert f"did you mean {meant!r}" in "\n".join(error.lines())


@pytest.mark.usefixtures("defined")
def test_braces_are_filled_in_words_only(shell: Shell) -> None:
    shell.user_ns.update(n=3, table={"name": "orders"})
    shell.run_cell("%synth preview {{table['name']}} -n 1")
    shell.run_cell("%synth preview shop {{table['name']}} -n {{n}} -o kept --quiet")
    assert shell.user_ns["kept"].num_rows == 3
    assert "no variable" in error_of(shell, "%synth preview shop {{nope}}").message


class TestSettings:
    """`%config Synth` is above the environment and below the words."""

    def shown_rows(self, shell: Shell) -> int:
        result = shell.run_cell("%synth sql shop SELECT order_id FROM orders").result
        data, _ = shell.display_formatter.format(result)
        return str(data["text/html"]).count("<tr>") - 1

    @pytest.mark.usefixtures("generated")
    def test_rows_shown_follow_config_then_environment(self, shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
        assert self.shown_rows(shell) == 20
        monkeypatch.setenv("SYNTH_DISPLAY_ROWS", "7")
        assert self.shown_rows(shell) == 7
        shell.run_cell("%config Synth.display_rows = 3")
        assert self.shown_rows(shell) == 3

    @pytest.mark.usefixtures("generated")
    def test_the_first_that_has_a_setting_decides_a_run(
        self, shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """Each is set while those below it stay: the file, the environment, `%config`, the word of the command."""
        monkeypatch.chdir(tmp_path)
        monkeypatch.delenv("SYNTH_WORKERS", raising=False)

        def used(words: str = "") -> Any:
            shell.run_cell(f"%synth generate shop --dry-run --json {words}")
            return json.loads(capsys.readouterr().out.splitlines()[-1])["workers"]

        (tmp_path / "pyproject.toml").write_text("[tool.synth]\nworkers = 11\n")
        found = [used()]
        monkeypatch.setenv("SYNTH_WORKERS", "12")
        found.append(used())
        shell.run_cell("%config Synth.workers = 13")
        assert [*found, used(), used("--workers 14"), used()] == [11, 12, 13, 14, 13]

    @pytest.mark.parametrize(
        ("words", "said"),
        [("workers = -1", "-1"), ("workers = 'many'", "'many'"), ("display_rows = 2.5", "2.5"), ("home = 3", "3"),
         ("progress = 'loud'", "['auto', 'html', 'plain', 'off'], not the str 'loud'"), ("debug = 'perhaps'", "boolean")],
    )  # fmt: skip
    def test_a_wrong_value_is_one_line_and_changes_nothing(
        self, shell: Shell, words: str, said: str, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
    ) -> None:
        name = words.split()[0]
        before = shell.run_cell(f"%config Synth.{name}").result
        capsys.readouterr()
        shell.run_cell(f"%config Synth.{words}")
        shown = capsys.readouterr()
        lines = [line for text in (*caplog.messages, shown.out, shown.err) for line in text.splitlines()]
        assert len(lines) == 1
        assert f"'{name}' trait of a Synth instance" in lines[0]
        assert said in lines[0]
        assert shell.run_cell(f"%config Synth.{name}").result == before

    def test_the_home_follows_config(self, shell: Shell, tmp_path: Path) -> None:
        shell.run_cell(f"%config Synth.home = '{tmp_path / 'other'}'")
        shell.run_cell("%synth list --quiet")
        assert (tmp_path / "other/store.db").exists()

    def test_what_the_environment_says_is_listed(
        self, shell: Shell, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.setenv("SYNTH_WORKERS", "5")
        shell.run_cell("%reload_ext synth_jupyter\n%config Synth")
        said = capsys.readouterr().out
        assert "Current: 5" in said
        assert [said.count(f"Synth.{name}=") for name in ("home", "progress", "workers", "display_rows", "debug")] == [
            1
        ] * 5

    def test_a_wrong_environment_is_one_short_error(self, shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("SYNTH_PROGRESS", "loud")
        error = error_of(shell, "%synth doctor")
        assert isinstance(error, SettingsError)
        assert len(error._render_traceback_()) <= 3

    def test_debug_shows_the_whole_traceback(self, shell: Shell) -> None:
        assert hasattr(error_of(shell, "%synth show nope"), "_render_traceback_")
        shell.run_cell("%config Synth.debug = True")
        assert not hasattr(error_of(shell, "%synth show nope"), "_render_traceback_")


def test_a_preset_is_defined_and_a_wrong_name_is_told_with_the_nearest(
    shell: Shell, capsys: pytest.CaptureFixture[str]
) -> None:
    shell.run_cell("%synth define people preset:hr --json")
    made = json.loads(capsys.readouterr().out)
    assert made["experiment"] == "people"
    assert "employees" in made["tables"]
    error = error_of(shell, "%synth define people preset:hrr")
    assert isinstance(error, SynthError)
    assert "did you mean 'hr'" in f"{error.message} {error.hint}"
