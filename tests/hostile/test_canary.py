"""A password at each place of an address, in operations that fail: it appears nowhere but where it was put."""

import io
import logging
import os
import sys
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

from synth_jupyter.__main__ import main
from synth_jupyter.workspace import Workspace

sys.path.insert(0, str(Path(__file__).parent.parent / "server"))

from serving import Server, start_server, stop_server

CANARY = "c4n4ry"
NOBODY = "127.0.0.1:1"
POSITIONS = {
    "password": f"postgresql://u:{CANARY}@{NOBODY}/db",
    "password with signs": f"postgresql://u:s3%20{CANARY}%40%2F@{NOBODY}/db",
    "password with a space": f"postgresql://u:s3 {CANARY}@{NOBODY}/db",
    "password with an at sign": f"postgresql://u:s3@{CANARY}/x@{NOBODY}/db",
    "password before a wrong port": f"postgresql://u:{CANARY}@127.0.0.1:port/db",
    "word of the query": f"postgresql://u@{NOBODY}/db?password={CANARY}",
    "password of a key": f"postgresql://u@{NOBODY}/db?sslpassword={CANARY}&sslmode=verify-full",
    "key": f"postgresql://u@{NOBODY}/db?sslmode=require&sslkey=/nowhere/{CANARY}&sslcert=/nowhere/cert",
    "options": f"postgresql://u@{NOBODY}/db?options=-c%20app.token={CANARY}",
    "word that is none": f"postgresql://u@{NOBODY}/db?token={CANARY}",
    "no address at all": f"host=127.0.0.1 port=1 user=u password={CANARY}",
    "another database": f"postgresql+psycopg://u:{CANARY}@{NOBODY}/db?password={CANARY}",
    "a driver that is missing": f"oracle+nothing://u:{CANARY}@{NOBODY}/db",
    "another database's wrong port": f"postgresql+psycopg://u:{CANARY}@127.0.0.1:port/db",
}
OPERATIONS: dict[str, tuple[str, ...]] = {
    "load": ("load", "shop", "--into", "env:URL"),
    "load for a program": ("load", "shop", "--into", "env:URL", "--json"),
    "load into a schema": ("load", "shop", "--into", "env:URL", "--schema", "s"),
    "replace": ("load", "shop", "--into", "env:URL", "--replace"),
    "load with provenance": ("load", "shop", "--into", "env:URL", "--provenance"),
    "verify": ("verify", "shop", "--in", "env:URL"),
    "trace": ("trace", "shop", "customers", "1", "--in", "env:URL"),
    "generate and load by itself": ("generate", "loading", "--workers", "1"),
    "delete what was loaded": ("delete", "kept", "--loaded", "--yes"),
    "an address as a word": ("load", "shop", "--into", "URL"),
}
SHOP = """
experiment: {name}
seed: 42
{more}
tables:
  customers:
    rows: 50
    columns:
      customer_id: {{type: bigint, primary_key: true}}
"""


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, threads: None) -> Path:
    """Three experiments: one to load, one that loads itself, one that was loaded where later the canary is."""
    monkeypatch.setenv("SYNTH_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("URL", f"sqlite:///{tmp_path}/kept.sqlite")
    workspace = Workspace.open(tmp_path / "home")
    for name, more in (("shop", ""), ("kept", ""), ("loading", "warehouse: env:URL")):
        workspace.define(SHOP.format(name=name, more=more))
        if name != "loading":
            workspace.experiment(name).generate(workers=1)
    workspace.experiment("kept").load("env:URL")
    return tmp_path / "home"


def written(home: Path) -> Iterator[tuple[str, bytes]]:
    """Every file of a home, the database with its log among them."""
    for path in home.rglob("*"):
        if path.is_file():
            yield str(path), path.read_bytes()


def check_absent(found: Iterator[tuple[str, bytes]]) -> None:
    hits = [place for place, content in found if CANARY.encode() in content.lower()]
    assert hits == []


def in_archive(path: Path) -> Iterator[tuple[str, bytes]]:
    """An image's bytes, and those of its layers unpacked."""
    yield str(path), path.read_bytes()
    with tarfile.open(path) as outer:
        for member in outer:
            content = outer.extractfile(member)
            if content is None:
                continue
            data = content.read()
            try:
                with tarfile.open(fileobj=io.BytesIO(data)) as layer:
                    for inner in layer:
                        file = layer.extractfile(inner)
                        yield f"{member.name}/{inner.name}", file.read() if file else b""
            except tarfile.ReadError:
                yield member.name, data


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """All that is logged in this process."""
    text, root = io.StringIO(), logging.getLogger()
    handler, level = logging.StreamHandler(text), root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield text
    root.removeHandler(handler)
    root.setLevel(level)


@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_password_appears_nowhere_when_an_operation_fails(
    operation: str, home: Path, log: io.StringIO, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    for debug in ("0", "1"):
        monkeypatch.setenv("SYNTH_DEBUG", debug)
        for position, url in POSITIONS.items():
            monkeypatch.setenv("URL", url)
            words = [url if word == "URL" else word for word in OPERATIONS[operation]]
            assert main(words) != 0, position
            said = capfd.readouterr()
            assert "env:URL" in said.out + said.err or "not taken as a word" in said.err, position
            check_absent(iter([(position, (said.out + said.err).encode())]))
    Workspace.open(home).experiment("shop").export(home.parent / "shop.tar")
    check_absent(iter([("the log", log.getvalue().encode())]))
    check_absent(written(home))
    check_absent(in_archive(home.parent / "shop.tar"))


def test_a_notebook_that_fails_keeps_no_password(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Magics, the Python functions and the whole traceback; the cells name variables only."""
    cells = ["%load_ext synth_jupyter\nimport synth_jupyter, os\nshop = synth_jupyter.open().experiment('shop')"]
    for number, url in enumerate(POSITIONS.values()):
        monkeypatch.setenv(f"URL{number}", url)
        cells += [
            f"%synth load shop --into env:URL{number}",
            f"%synth load shop --into {{{{os.environ['URL{number}']}}}}",
            f"shop.load('env:URL{number}')",
            f"shop.verify('env:URL{number}')",
        ]
    cells += ["%config Synth.debug = True", *[cell for cell in cells[1:] if cell.startswith("%synth")]]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    path = [str(Path(__file__).parent.parent.parent), os.environ.get("PYTHONPATH", "")]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, path)))
    NotebookClient(
        notebook, timeout=120, allow_errors=True, resources={"metadata": {"path": str(home.parent)}}
    ).execute()
    failed = [cell for cell in notebook.cells if any(out.output_type == "error" for out in cell.outputs)]
    assert len(failed) == len(POSITIONS) * 6
    whole = [cell.outputs[-1] for cell in failed[-2 * len(POSITIONS) :]]
    assert all("magics.py" in "".join(output.traceback) for output in whole)  # the setting shows the way to the error
    check_absent((cell.source, str(cell).encode()) for cell in notebook.cells)
    check_absent(written(home))


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[[], Server]]:
    started: list[Server] = []

    def start() -> Server:
        started.append(start_server(tmp_path / "server"))
        return started[-1]

    yield start
    for server in started:
        stop_server(server)


def test_a_server_answers_and_logs_no_password(serve: Callable[[], Server], monkeypatch: pytest.MonkeyPatch) -> None:
    for number, url in enumerate(POSITIONS.values()):
        monkeypatch.setenv(f"URL{number}", url)
    server = serve()
    server.post("define", name="shop", document=SHOP.format(name="shop", more=""))
    assert server.post("generate", name="shop", workers=1)["status"] == "done"
    answers: list[Any] = []
    for number in range(len(POSITIONS)):
        for verb, more in (("load", {"target": f"env:URL{number}"}), ("load", {"target": POSITIONS["password"]})):
            reply = server.call("POST", verb, {"name": "shop", **more})
            answers.append(server.ended(reply.document) if reply.status == 202 else reply.document)
    assert all("error" in str(answer) for answer in answers)
    check_absent(iter([("the answers", str(answers).encode()), ("the log", server.log.read_bytes())]))
    check_absent(written(server.home))
