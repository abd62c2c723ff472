"""A small shop, and the command line as a function and as a process."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
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


@pytest.fixture
def defined(document: Callable[..., Any], shop_file: Path) -> Any:
    """What `define` says of the shop."""
    return document("define", "shop", str(shop_file))


@pytest.fixture
def generated(document: Callable[..., Any], defined: Any) -> Any:
    """What `generate` says of its first run."""
    return document("generate", "shop", "--workers", "1")


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """IPython in this process with the extension loaded; `result` of its `run_cell` holds value or error."""
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    shell = InteractiveShell()
    shell.run_cell("%load_ext synth_jupyter")
    return shell
