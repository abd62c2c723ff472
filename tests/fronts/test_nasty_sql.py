"""SQL reaches the engine as it was written: in a line, in a cell, on the command line, and over HTTP."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from synth_jupyter.__main__ import main
from synth_jupyter.errors import QueryError
from synth_jupyter.jupyter.server.apart import Asked, perform
from synth_jupyter.jupyter.server.places import Places
from synth_jupyter.jupyter.server.requests import read_json, wanted
from synth_jupyter.workspace import Experiment

from .nasty_sql import SEVERAL_LINES, STATEMENTS

NOWHERE = Places(Path("/nowhere"), Path("/nowhere"), Path("/nowhere"))


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every statement that the Python API was asked, none of which is answered."""
    statements: list[str] = []

    def listen(self: Experiment, sql: str, **details: Any) -> None:
        statements.append(sql)
        raise QueryError("heard")

    monkeypatch.setattr(Experiment, "sql", listen)
    return statements


def ask_over_http(statement: str) -> None:
    """What a server does with the body of a request, up to the process that answers it."""
    asked = wanted("sql", read_json(json.dumps({"name": "shop", "sql": statement}).encode()), NOWHERE, rows=3)
    line = Asked(os.environ["SYNTH_HOME"], "sql", asked.values, asked.body, asked.parameters).line()
    perform(Asked(**json.loads(line)))


def test_there_are_sixty_statements_and_none_twice() -> None:
    assert len(set(STATEMENTS)) == len(STATEMENTS) == 60


@pytest.mark.usefixtures("defined")
def test_a_statement_of_one_line_is_the_same_on_every_front(
    shell: Any, heard: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    for statement in STATEMENTS:
        heard.clear()
        shell.run_cell(f"%synth sql shop {statement}")
        shell.run_cell(f"x = %synth sql --limit 3 shop {statement}")
        shell.run_cell(f"%%synth sql shop --limit 3\n{statement}")
        main(["sql", "shop", "--limit", "3", statement])
        ask_over_http(statement)
        capsys.readouterr()
        assert [each.strip() for each in heard] == [statement.strip()] * 5, statement
        assert heard[3:] == [statement, statement]


@pytest.mark.usefixtures("defined")
@pytest.mark.parametrize("statement", SEVERAL_LINES)
def test_a_statement_of_several_lines_is_the_same_in_cell_command_line_and_http(
    shell: Any, heard: list[str], capsys: pytest.CaptureFixture[str], statement: str
) -> None:
    shell.run_cell(f"%%synth sql shop\n{statement}")
    main(["sql", "shop", statement])
    ask_over_http(statement)
    capsys.readouterr()
    assert heard[1] == heard[2] == statement
    assert heard[0].rstrip("\n").splitlines() == heard[1].splitlines() == statement.splitlines()


@pytest.mark.usefixtures("defined")
def test_a_quoted_statement_may_stand_before_its_options(shell: Any, heard: list[str]) -> None:
    shell.run_cell("%synth sql shop \"SELECT 'a'\" --limit 3")
    assert heard == ["SELECT 'a'"]


def test_a_parameter_is_a_value_and_never_text(shell: Any, generated: Callable[..., Any]) -> None:
    for value in ("x' OR 1=1 --", "$$", "{{a}}", "%s", "';DROP TABLE orders;--", "\\", "日本"):
        shell.user_ns["wanted"] = value
        shell.run_cell("%synth sql shop -o kept --quiet SELECT $wanted AS a")
        assert shell.user_ns["kept"].rows() == [[value]]
