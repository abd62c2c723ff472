"""The notebook, the command line and HTTP give the same JSON for the same words, through a whole life of an experiment.

Every front gives the text that it wrote, and the texts are compared: the order of keys and the spelling of each value.
"""

import json
import re
import shlex
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from IPython.core.interactiveshell import InteractiveShell
from parity_cases import CASES, VOLATILE

from synth_jupyter.__main__ import main
from synth_jupyter.commands.named import is_switch, named_arguments
from synth_jupyter.documents import to_json
from synth_jupyter.jupyter.magics import load
from synth_jupyter.jupyter.server.routes import ROUTES

pytestmark = pytest.mark.xdist_group("parity")  # one server for all

sys.path.append(str(Path(__file__).resolve().parent.parent / "server"))
BAD = "tables: {t: {rows: -1, columns: {a: {tpe: int}}}}"
Front = Callable[[str, dict[str, Any]], str]


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
    def ask(verb: str, values: dict[str, Any]) -> str:
        monkeypatch.setenv("SYNTH_HOME", str(tmp_path / "home-line"))
        monkeypatch.chdir(tmp_path / "line")
        main([*words_of(verb, placed(values, str(tmp_path / "line"))), "--json"])
        return capsys.readouterr().out.removesuffix("\n")

    return ask


@pytest.fixture
def notebook(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Front]:
    InteractiveShell.clear_instance()
    shell = InteractiveShell.instance()
    load(shell)

    def ask(verb: str, values: dict[str, Any]) -> str:
        monkeypatch.setenv("SYNTH_HOME", str(tmp_path / "home-cell"))
        monkeypatch.chdir(tmp_path / "cell")
        words = words_of(verb, placed(values, str(tmp_path / "cell")))
        sql = values.get("sql")
        line = shlex.join([words[0], "--json", *words[1 : len(words) - (sql is not None)]])
        result = shell.run_cell(f"%%synth {line.replace('{{', '{ {')}\n{sql}" if sql is not None else f"%synth {line}")
        said = capsys.readouterr().out
        error = result.error_in_exec
        return to_json(error.to_dict()) if error is not None else said.strip().splitlines()[-1]

    yield ask
    InteractiveShell.clear_instance()


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """One server for all tests of this file; questions to processes of their own are asked in tests/server."""
    from serving import start_server, stop_server

    started = start_server(tmp_path_factory.mktemp("parity") / "http", extensions=("nearby",))
    yield started
    stop_server(started)


@pytest.fixture
def http(web: Any) -> Iterator[Front]:
    """The server with nothing in its workspace and in the folder that it shows but the files of the cases."""
    server = web
    files(server.root, SHOP)

    def ask(verb: str, values: dict[str, Any]) -> str:
        route = ROUTES[verb]
        relative = placed(values, ".")
        relative = {k: v.replace("./", "") if isinstance(v, str) and k != "sql" else v for k, v in relative.items()}
        if route.method == "POST":
            reply = server.call("POST", verb, relative)
        else:
            query = {k: str(v).lower() if isinstance(v, bool) else v for k, v in relative.items()}
            reply = server.call(route.method, verb, **query)
        if "job" not in reply.document:
            return str(reply.body.decode())
        job = server.ended(reply.document)
        return to_json(job["document"] if job["error"] is None else {"error": job["error"]})

    yield ask
    for folder in (server.home, server.root):
        shutil.rmtree(folder, ignore_errors=True)


SHOP = (Path(__file__).parent.parent / "server/shop.yaml").read_text(encoding="utf-8")


def comparable(text: str, folders: tuple[str, ...]) -> str:
    """Without times and ids, and with one name for every front's folder; else as it was written."""
    document = json.loads(text)
    assert text == to_json(document)
    return to_json(_comparable(document, folders))


def _comparable(value: Any, folders: tuple[str, ...]) -> Any:
    if isinstance(value, dict):
        return {k: _comparable(v, folders) for k, v in value.items() if k not in (*VOLATILE, "request_id")}
    if isinstance(value, list):
        return [_comparable(each, folders) for each in value]
    if isinstance(value, str):
        for folder in folders:
            value = value.replace(folder, "{root}")
        value = re.sub(r"^\d+\.\d GiB$", "FREE", value)
        return re.sub(r"[0-9a-f]{32}(?![0-9a-f])", "KEY", value) if "/" in value else value
    return value


def all_folders(tmp_path: Path, web: Any) -> tuple[str, ...]:
    own = (tmp_path / name for name in ("home-line", "home-cell", "line", "cell"))
    return (*map(str, own), str(web.home), str(web.root))


def test_three_fronts_give_the_same_json(
    tmp_path: Path, command_line: Front, notebook: Front, http: Front, web: Any
) -> None:
    """Byte for byte, but for what differs by time alone.

    `watch` is asked of a run that has ended. What it shows of one that another process still makes is left out: each
    front tells of it in its own way (a bar, lines, events), and when they stop the document is this one.
    """
    files(tmp_path / "line", SHOP)
    files(tmp_path / "cell", SHOP)
    folders = all_folders(tmp_path, web)
    differing = []
    for number, (verb, values) in enumerate(CASES):
        answers = [comparable(front(verb, values), folders) for front in (command_line, notebook, http)]
        if not answers[0] == answers[1] == answers[2]:
            differing.append((number, verb, values, answers))
    assert differing == []


GUIDES = Path(__file__).parents[2] / "docs/how-to"
DOCUMENTS = {
    "library": ("from-ddl.md", "sql"),
    "school": ("keys-and-relations.md", "yaml"),
    "clinic": ("realistic-values.md", "yaml"),
}
"""Examples of the guides: DDL with checks, every kind of key and relation, every kind of value."""
STEPS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("generate", {"seed": 7, "scale": "0.1"}), ("verify", {}),
    ("export", {"output": "{root}/thin.tar", "thin": True}), ("reset", {"yes": True}), ("restore", {}),
)  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_kind_of_document_becomes_the_same_on_three_fronts(
    name: str, tmp_path: Path, command_line: Front, notebook: Front, http: Front, web: Any
) -> None:
    page, ending = DOCUMENTS[name]
    text = re.search(rf"```{ending}\n(.*?)```", (GUIDES / page).read_text(), flags=re.S)
    assert text
    dialect = {"dialect": "postgres"} if ending == "sql" else {}
    for root in (tmp_path / "line", tmp_path / "cell", web.root):
        (files(root, SHOP) / f"{name}.{ending}").write_text(text[1])
    folders = all_folders(tmp_path, web)
    said = {}
    for verb, values in (("define", {"file": f"{name}.{ending}", **dialect}), *STEPS):
        about = {"name": f"{name}@1" if verb == "restore" else name, **values}
        texts = [comparable(front(verb, about), folders) for front in (command_line, notebook, http)]
        answers = [json.loads(text) for text in texts]
        if verb == "define":
            answers = [
                {key: value for key, value in answer.items() if key != "seed"} for answer in answers
            ]  # DDL has none
        assert verb == "define" or texts[0] == texts[1] == texts[2], verb
        assert answers[0] == answers[1] == answers[2], verb
        said[verb] = answers[0]
    assert said["restore"]["content_digest"] == said["generate"]["content_digest"] == said["export"]["content_digest"]
    broken = {check["kind"] for check in said["verify"]["checks"] if check["violations"]}
    assert broken <= ({"check"} if name == "library" else set())


def test_the_cases_have_every_verb() -> None:
    assert {verb for verb, _ in CASES} >= set(ROUTES)
