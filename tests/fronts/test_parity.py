"""The notebook, the command line and HTTP give the same JSON for the same words, through a whole life of an experiment."""

import json
import re
import shlex
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from IPython.core.interactiveshell import InteractiveShell
from parity_cases import CASES, VOLATILE

from synth_jupyter.__main__ import main
from synth_jupyter.commands.named import is_switch, named_arguments
from synth_jupyter.jupyter.magics import load
from synth_jupyter.jupyter.server.routes import ROUTES

sys.path.append(str(Path(__file__).resolve().parent.parent / "server"))
BAD = "tables: {t: {rows: -1, columns: {a: {tpe: int}}}}"
Front = Callable[[str, dict[str, Any]], Any]


def words_of(verb: str, values: dict[str, Any]) -> list[str]:
    """The words that say the same as values by name; a statement stands last."""
    words, last = [verb], []
    for name, argument in named_arguments(verb).items():
        given = values.get(name)
        if given is None:
            continue
        texts = [f"{k}={v}" for k, v in given.items()] if isinstance(given, dict) else given
        texts = texts if isinstance(texts, list) else [texts]
        if not argument.is_option:
            (last if name == "sql" else words).extend(map(str, texts))
        elif is_switch(argument):
            words += [max(argument.flags, key=len)] if given else []
        else:
            words += [part for text in texts for part in (max(argument.flags, key=len), str(text))]
    return [*words, *last]


def files(root: Path, shop: str) -> Path:
    """The files that the cases name."""
    root.mkdir(exist_ok=True, parents=True)
    (root / "shop.yaml").write_text(shop)
    (root / "bad.yaml").write_text(BAD)
    return root


def placed(value: Any, root: str) -> Any:
    return json.loads(json.dumps(value).replace("{root}", root))


@pytest.fixture
def command_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Front:
    def ask(verb: str, values: dict[str, Any]) -> Any:
        monkeypatch.setenv("SYNTH_HOME", str(tmp_path / "home-line"))
        monkeypatch.chdir(tmp_path / "line")
        main([*words_of(verb, placed(values, str(tmp_path / "line"))), "--json"])
        return json.loads(capsys.readouterr().out)

    return ask


@pytest.fixture
def notebook(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Front]:
    InteractiveShell.clear_instance()
    shell = InteractiveShell.instance()
    load(shell)

    def ask(verb: str, values: dict[str, Any]) -> Any:
        monkeypatch.setenv("SYNTH_HOME", str(tmp_path / "home-cell"))
        monkeypatch.chdir(tmp_path / "cell")
        words = words_of(verb, placed(values, str(tmp_path / "cell")))
        sql = values.get("sql")
        line = shlex.join([words[0], "--json", *words[1 : len(words) - (sql is not None)]])
        result = shell.run_cell(f"%%synth {line.replace('{{', '{ {')}\n{sql}" if sql is not None else f"%synth {line}")
        said = capsys.readouterr().out
        error = result.error_in_exec
        return error.to_dict() if error is not None else json.loads(said.strip().splitlines()[-1])

    yield ask
    InteractiveShell.clear_instance()


@pytest.fixture
def http(tmp_path: Path) -> Iterator[Front]:
    from serving import start_server, stop_server

    server = start_server(tmp_path / "http")
    files(server.root, SHOP)

    def ask(verb: str, values: dict[str, Any]) -> Any:
        route = ROUTES[verb]
        relative = placed(values, ".")
        relative = {k: v.replace("./", "") if isinstance(v, str) and k != "sql" else v for k, v in relative.items()}
        if route.method == "POST":
            reply = server.call("POST", verb, relative).document
        else:
            query = {k: str(v).lower() if isinstance(v, bool) else v for k, v in relative.items()}
            reply = server.call(route.method, verb, **query).document
        if "job" in reply:
            job = server.ended(reply)
            reply = job["document"] if job["error"] is None else {"error": job["error"]}
        return reply

    yield ask
    stop_server(server)


SHOP = (Path(__file__).parent.parent / "server/shop.yaml").read_text(encoding="utf-8")


def comparable(value: Any, folders: tuple[str, ...]) -> Any:
    """Without times and ids, and with one name for every front's folder."""
    if isinstance(value, dict):
        return {k: comparable(v, folders) for k, v in value.items() if k not in (*VOLATILE, "request_id")}
    if isinstance(value, list):
        return [comparable(each, folders) for each in value]
    if isinstance(value, str):
        for folder in folders:
            value = value.replace(folder, "{root}")
        return re.sub(r"[0-9a-f]{32}(?![0-9a-f])", "KEY", value) if "/" in value else value
    return value


def test_three_fronts_give_the_same_json(tmp_path: Path, command_line: Front, notebook: Front, http: Front) -> None:
    files(tmp_path / "line", SHOP)
    files(tmp_path / "cell", SHOP)
    folders = tuple(str(tmp_path / name) for name in ("line", "cell", "http/root"))
    differing = []
    for number, (verb, values) in enumerate(CASES):
        answers = [comparable(front(verb, values), folders) for front in (command_line, notebook, http)]
        if not answers[0] == answers[1] == answers[2]:
            differing.append((number, verb, values, answers))
    assert differing == []


def test_the_cases_have_every_verb_that_needs_no_second_process() -> None:
    assert {verb for verb, _ in CASES} >= set(ROUTES) - {"watch", "doctor", "queries"}
