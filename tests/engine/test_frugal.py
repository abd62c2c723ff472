"""What our own processes do without, and that nobody else notices."""

import platform
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from synth_jupyter.engine.execute import execute
from synth_jupyter.engine.executors import LocalExecutor, local_executor
from synth_jupyter.generators import GENERATORS
from synth_jupyter.plan.build import build_plan
from synth_jupyter.registry import plugged_in
from synth_jupyter.schema.document import read
from synth_jupyter.streams import Rows, Stream

SECONDS = 60
DOCUMENT = "experiment: x\ntables: {t: {rows: 9, columns: {a: {type: int, min: 1, max: 9}, b: {type: date}}}}"


@GENERATORS.register("halves")
@dataclass(frozen=True)
class Halves:
    """Somebody's generator, which makes its values with pandas and has Arrow take them."""

    needs: tuple[str, ...] = ()

    def generate(self, rows: Rows, stream: Stream, inputs: Mapping[str, pa.Array]) -> pa.Array:
        import pandas

        return pa.array(pandas.Series(np.where(rows % 2 == 0, rows, np.nan)))


def brings_pandas() -> bool:
    """In a worker: whether values of Arrow bring pandas in."""
    pa.array(np.arange(3)), pa.scalar("a"), pa.array([1]).fill_null(0)
    return "pandas" in sys.modules


def faults() -> int:
    """In a worker: how many pages the system handed out while the same memory was asked for forty times."""
    import resource

    for turn in range(60):
        if turn == 20:
            before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
        parts = [np.ones(1 << 17) for _ in range(12)]
        del parts
    return int(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)


def printed(code: str, *words: str) -> str:
    done = subprocess.run([sys.executable, "-c", code, *words], capture_output=True, text=True, check=True)
    return done.stdout.split()[-1]


def test_a_process_of_our_own_leaves_pandas_out_until_somebody_imports_it() -> None:
    code = """
import sys
from synth_jupyter.engine.frugal import leave_pandas_out
leave_pandas_out()
import numpy as np, pyarrow as pa
before = pa.array(np.arange(3)).to_pylist() == [0, 1, 2] and pa.scalar("a").as_py() == "a" and "pandas" not in sys.modules
import pandas as pd
after = pa.Table.from_pandas(pd.DataFrame({"a": [1.5, None]}))["a"].null_count == 1
print(before and after and pa.table({"a": [1]}).to_pandas()["a"].sum() == 1)
"""
    assert printed(code) == "True"


def test_where_pandas_is_in_use_already_it_stays() -> None:
    code = """
import numpy as np, pandas as pd, pyarrow as pa
from synth_jupyter.engine.frugal import leave_pandas_out
leave_pandas_out()
print(pa.array(pd.Series([1.5, np.nan])).null_count)
"""
    assert printed(code) == "1"


def test_the_command_line_starts_without_pandas(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not plugged_in()
    monkeypatch.setenv("SYNTH_HOME", str(tmp_path / "home"))
    document = tmp_path / "x.yaml"
    document.write_text(DOCUMENT)
    code = "import sys; from synth_jupyter.__main__ import main; main(); print('pandas' in sys.modules)"
    assert printed(code, "define", "x", str(document)) == "False"
    assert printed(code, "generate", "x") == "False"
    assert printed(code, "sql", "x", "SELECT a, b FROM t") == "False"


@pytest.mark.parametrize("own", [True, False])
def test_a_worker_leaves_pandas_out_where_all_generators_are_our_own(own: bool) -> None:
    with LocalExecutor(1, own=own) as executor:
        assert executor.submit(brings_pandas).result(SECONDS) is not own


def test_a_plug_in_that_works_with_pandas_makes_the_same_in_a_worker(tmp_path: Path) -> None:
    columns = "{type: double, nullable: true, generator: halves}"
    plan = build_plan(read(DOCUMENT.replace("{type: date}", columns)).schema, 1)
    with local_executor(plan, 1) as executor:
        (file,) = filter(None, execute(plan, tmp_path, executor, epoch=1))
    assert pq.read_table(tmp_path / file.path)["b"].to_pylist() == [0, None, 2, None, 4, None, 6, None, 8]


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="other C libraries are left as they are")
def test_a_worker_uses_its_memory_again() -> None:
    with LocalExecutor(1, own=True) as executor:
        assert executor.submit(faults).result(SECONDS) < 2_000  # 120,000 pages are asked for
