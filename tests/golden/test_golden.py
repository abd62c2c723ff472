"""Values are held still: a change of any of them is a decision, and neither processor nor hash seed can cause one."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
PINNED = json.loads((HERE / "columns.json").read_text())


def printed(**environment: str) -> dict[str, str]:
    """The digests as another process sees them."""
    command = [sys.executable, str(HERE / "columns.py")]
    settings = {**os.environ, "PYTHONPATH": str(HERE.parent.parent), **environment}
    done = subprocess.run(command, env=settings, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)  # type: ignore[no-any-return]


def dispatched() -> str:
    """The optional processor features that numpy would use here, as NPY_DISABLE_CPU_FEATURES takes them."""
    code = "from numpy._core._multiarray_umath import __cpu_dispatch__ as d, __cpu_features__ as f;"
    code += "print(*[name for name in d if f.get(name)])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout.strip()


@pytest.mark.parametrize(
    "environment",
    [
        {"PYTHONHASHSEED": "1", "LC_ALL": "C", "TZ": "Pacific/Auckland"},
        {"PYTHONHASHSEED": "2", "OMP_NUM_THREADS": "1"},
        {"NPY_DISABLE_CPU_FEATURES": dispatched()},
    ],
    ids=["clock and locale", "threads", "plain processor"],
)
def test_every_column_is_what_it_was(environment: dict[str, str]) -> None:
    assert printed(**environment) == PINNED


def test_every_rule_is_pinned() -> None:
    from synth_jupyter.plan.rules import RULES
    from synth_jupyter.schema.document import read

    schema = read((HERE / "values.yaml").read_text()).schema
    used = {column.rule.name for table in schema.tables for column in table.columns}
    assert set(RULES) - used <= {"constant", "frozen"}
