"""What a run takes of memory does not depend on its rows."""

import os
import subprocess
import sys
from pathlib import Path

GENERATE = """
import sys
from pathlib import Path
from synth_jupyter.engine.execute import execute
from synth_jupyter.engine.executors import InlineExecutor
from synth_jupyter.plan.build import build_plan
from synth_jupyter.schema import document

columns = "id: {type: bigint, primary_key: true}, a: {type: bigint, min: 0, max: 1_000_000_000}, b: {type: text}"
owned = "id: {type: bigint, primary_key: true}, p: {references: p.id}, q: {references: p.id, distribution: {zipf: 1.1}}"
tables = f"{{p: {{rows: 1, columns: {{{columns}}}}}, c: {{rows: {{per: p, via: p, min: 0, max: 4}}, columns: {{{owned}}}}}}}"
schema = document.read(f"{{experiment: big, tables: {tables}}}").schema
plan = build_plan(schema, 7, rows={"p": int(sys.argv[1])}, partition_rows=65_536)
with InlineExecutor() as executor:
    made = [file.rows for file in execute(plan, Path(sys.argv[2]), executor, epoch=0) if file is not None]
(peak,) = (line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM"))
print(sum(made), peak)
"""


def test_eight_times_the_rows_take_no_more_memory_to_make(tmp_path: Path) -> None:
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    peaks = []
    for parents in (65_536, 8 * 65_536):
        command = [sys.executable, "-c", GENERATE, str(parents), str(tmp_path / str(parents))]
        shown = subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout
        rows, peak = map(int, shown.split())
        assert rows == 3 * parents
        peaks.append(peak)
    assert max(peaks) < 1 << 20, f"KiB: {peaks}"
    assert peaks[1] - peaks[0] < 40 << 10, f"KiB: {peaks}"
