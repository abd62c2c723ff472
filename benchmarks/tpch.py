"""The preset `tpch` to Parquet against tpchgen-cli at the same scale factor, threads and compression, in pairs."""

import shutil
import statistics
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter

import synth_jupyter

from .measure import Figure
from .peers import MISSING, program

PAIRS = 5
CORES = 2


def figures(scale: float) -> Iterator[Figure | str]:
    """All eight tables, file digests and content digest included; `scale` is the scale factor."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        workspace = synth_jupyter.open(home / "home")
        workspace.define("preset:tpch")
        experiment, peer = workspace.experiment("tpch"), program("tpchgen-cli")
        ours, theirs = [], []
        for _ in range(PAIRS if peer else 1):
            start = perf_counter()
            run = experiment.generate(scale=scale, seed=1, workers=CORES, load=False)
            ours.append(perf_counter() - start)
            if peer:
                theirs.append(_peer(peer, home / "peer", scale))
            experiment.prune(0)
        rows = sum(run.rows.values())
        if not peer:
            yield Figure(f"tpch at scale {scale:g} to Parquet", rows, ours[0])
            yield f"    tpchgen-cli: {MISSING}"
            return
        against = "tpchgen-cli, zstd 1"
        yield Figure(
            f"tpch at scale {scale:g} to Parquet", rows, statistics.median(ours), statistics.median(theirs), against
        )
        ratios = ", ".join(f"{other / mine:.2f}" for mine, other in zip(ours, theirs, strict=True))
        yield f"    rows/s against tpchgen-cli, pair by pair: {ratios}"


def _peer(program: Path, folder: Path, scale: float) -> float:
    command = [str(program), "parquet", "-s", f"{scale:g}", "--compression", "ZSTD(1)",
               "--num-threads", str(CORES), "--output-dir", str(folder)]  # fmt: skip
    start = perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    taken = perf_counter() - start
    shutil.rmtree(folder)
    return taken
