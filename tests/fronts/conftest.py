"""A small shop, and the command line as a function and as a process."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import redirect_stdout
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from IPython.core.interactiveshell import InteractiveShell

from synth_jupyter.__main__ import main

SHOP = """\
experiment: shop
seed: 42
tables:
  customers:
    rows: 200
    columns:
      customer_id: {type: bigint, primary_key: true}
      tier: {type: varchar(10), choices: {gold: 1, basic: 3}}
      signup: {type: date, min: 2023-01-01, max: 2024-12-31, nulls: 5%}
  orders:
    rows: {per: customers, min: 0, max: 6, mean: 3}
    columns:
      order_id: {type: bigint, primary_key: true}
      customer_id: {references: customers.customer_id}
      total: {type: "decimal(10,2)", min: 1, max: 500}
"""


@pytest.fixture
def shop_file(tmp_path: Path) -> Path:
    """The document of a small shop."""
    path = tmp_path / "shop.yaml"
    path.write_text(SHOP, encoding="utf-8")
    return path


@pytest.fixture
def synth(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    """`synth WORDS...` in this process: exit code, standard output, standard error."""

    def call(*words: str) -> tuple[int, str, str]:
        code = main(words)
        said = capsys.readouterr()
        return code, said.out, said.err

    return call


@pytest.fixture
def document(synth: Callable[..., tuple[int, str, str]]) -> Callable[..., Any]:
    """The JSON document of `synth WORDS... --json`, which is all that is written to standard output."""

    def call(*words: str, code: int = 0) -> Any:
        actual, out, err = synth(*words, "--json")
        assert actual == code, err + out
        assert out.count("\n") == 1
        return json.loads(out)

    return call


@pytest.fixture
def process(tmp_path: Path, project: Path) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """`synth WORDS...` as a process of its own, with its outputs piped; none outlives the test."""
    started: list[subprocess.Popen[str]] = []

    def start(*words: str, **environment: str) -> subprocess.Popen[str]:
        running = subprocess.Popen(
            [sys.executable, "-m", "synth_jupyter", *words],
            cwd=tmp_path,
            env=os.environ | {"PYTHONPATH": str(project)} | environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(running)
        return running

    yield start
    for running in started:
        running.kill()
        running.communicate()


@dataclass(frozen=True)
class Prepared:
    """A home that was made once and is copied for each test, and what was said when it was made."""

    home: Path
    said: Any

    def copied(self) -> Any:
        """What was said, of the copy that is now this test's home."""
        shutil.copytree(self.home, os.environ["SYNTH_HOME"])
        return json.loads(json.dumps(self.said))


@pytest.fixture(scope="session")
def homes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Prepared]:
    """The shop as it was `defined`, and as it was `generated` once."""
    folder = tmp_path_factory.mktemp("homes")
    (folder / "shop.yaml").write_text(SHOP, encoding="utf-8")
    found = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SYNTH_HOME", str(folder / "home"))
        patch.setenv("SYNTH_PROGRESS", "off")
        for name, words in (
            ("defined", ("define", "shop", str(folder / "shop.yaml"))),
            ("generated", ("generate", "shop")),
        ):
            with redirect_stdout(StringIO()) as out:
                assert main((*words, "--json")) == 0
            found[name] = Prepared(shutil.copytree(folder / "home", folder / name), json.loads(out.getvalue()))
    return found


@pytest.fixture
def defined(homes: dict[str, Prepared]) -> Any:
    """What `define` said of the shop, which is in this test's home."""
    return homes["defined"].copied()


@pytest.fixture
def generated(homes: dict[str, Prepared]) -> Any:
    """What `generate` said of its first run, which is in this test's home."""
    return homes["generated"].copied()


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """IPython in this process with the extension loaded; `result` of its `run_cell` holds value or error."""
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    shell = InteractiveShell()
    shell.run_cell("%load_ext synth_jupyter")
    return shell
