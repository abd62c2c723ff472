"""Images: export and import against `sha256sum` and `cp` of the same files, sizes, the bytes of growth, memory."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter, sleep
from typing import Any

import synth_jupyter

from .memory import proportional_bytes

DOCUMENT = Path(__file__).parent / "two.yaml"
CUSTOMERS = 1_000_000
"""Ten million rows in all."""
_TURNS = 3
_IDLE = "import synth_jupyter.workspace, pyarrow.parquet; input()"


def figures(scale: float) -> Iterator[str]:
    """Lines of text: ratios, seconds and bytes."""
    with tempfile.TemporaryDirectory(dir=os.environ.get("SYNTH_BENCH_FOLDER")) as name:
        folder = Path(name)
        workspace = synth_jupyter.open(folder / "home")
        workspace.define(DOCUMENT.read_text(), "two")
        count = max(1_000, int(CUSTOMERS * scale))
        workspace.experiment("two").generate(rows={"customers": count}, load=False)
        yield from _shipped(workspace, folder)
        workspace.experiment("two").generate(rows={"customers": count + count // 10}, load=False)
        yield from _grown(workspace, folder)


def _shipped(workspace: Any, folder: Path) -> Iterator[str]:
    two = workspace.experiment("two@1")
    files = two.files()
    parquet = sum(file.bytes for file in files.files)
    used = _processor()
    plain, durable = _copied(files.root / "data", folder / "copy")
    used = (_processor() - used) / _TURNS
    taken, most = _child("export", "two@1", "-o", str(folder / "two.tar"), home=folder / "home")
    warm = min(_timed(lambda: two.export(folder / "two.tar", replace=True)) for _ in range(3))
    yield (
        f"export of {sum(files.rows(table.name) for table in files.schema.tables):,} rows: {warm:.2f} s, "
        f"{warm / plain:.2f} x of sha256sum and cp ({plain:.2f} s), {warm / durable:.2f} x of them and a sync; "
        f"as a command {taken:.2f} s"
    )
    idle = _idle()
    yield f"memory of an export: {(most - idle) / 2**20:.0f} MiB above the idle package ({idle / 2**20:.0f} MiB)"
    size = (folder / "two.tar").stat().st_size
    yield f"size: {size:,} bytes, {size / parquet:.4f} x of its Parquet"
    elsewhere = synth_jupyter.open(folder / "elsewhere")
    for what, check in (("import --no-check", False), ("import, every value read", True)):
        name, before = f"two{int(check)}", _processor()
        taken = _timed(lambda: elsewhere.import_image(folder / "two.tar", name, check=check))  # noqa: B023
        ratios = f"{taken / plain:.2f} x of sha256sum and cp, {taken / durable:.2f} x of them and a sync"
        yield f"{what}: {taken:.2f} s, {ratios}; {_processor() - before:.2f} s of processor, theirs {used:.2f} s"
    yield f"constraints of what was imported: {_timed(lambda: elsewhere.experiment('two1').verify()):.2f} s"
    two.export(folder / "thin.tar", thin=True)
    yield f"thin image: {(folder / 'thin.tar').stat().st_size:,} bytes"


def _grown(workspace: Any, folder: Path) -> Iterator[str]:
    """The second version, of 10 % more rows, knows what the first one has."""
    report = workspace.experiment("two@2").export(folder / "two.tar", replace=True)
    new = [layer for layer in report.layers if not layer.reused]
    share = sum(layer.bytes for layer in new) / report.bytes
    yield f"10 % more rows: {share:.1%} of the bytes are new, {len(new)} of {len(report.layers)} layers"


def _copied(source: Path, target: Path) -> tuple[float, float]:
    """Seconds of `sha256sum` and `cp`, the best of three, without and with a `sync` of the copy."""
    found = []
    for turn in range(_TURNS):
        start = perf_counter()
        files = [path for path in source.rglob("*") if path.is_file()]
        subprocess.run(["sha256sum", *files], check=True, stdout=subprocess.DEVNULL)
        subprocess.run(["cp", "-r", source, f"{target}{turn}"], check=True)
        plain = perf_counter() - start
        subprocess.run(["sync", "-f", f"{target}{turn}"], check=True)
        found.append((plain, perf_counter() - start))
    return min(plain for plain, _ in found), min(durable for _, durable in found)


def _child(*words: str, home: Path) -> tuple[float, int]:
    """Seconds and the largest proportional set size of a command (Linux)."""
    environment = {**os.environ, "SYNTH_HOME": str(home), "SYNTH_PROGRESS": "off"}
    start, most = perf_counter(), 0
    process = subprocess.Popen(
        [sys.executable, "-m", "synth_jupyter", *words], env=environment, stdout=subprocess.DEVNULL
    )
    while process.poll() is None:
        most = max(most, proportional_bytes(process.pid))
        sleep(0.01)
    return perf_counter() - start, most


def _idle() -> int:
    with subprocess.Popen([sys.executable, "-c", _IDLE], stdin=subprocess.PIPE) as process:
        sleep(2)
        held = proportional_bytes(process.pid)
        process.communicate(b"\n")
    return held


def _processor() -> float:
    """Seconds of processor that this process and its children have used."""
    spent = os.times()
    return spent.user + spent.system + spent.children_user + spent.children_system


def _timed(work: Any) -> float:
    start = perf_counter()
    work()
    return perf_counter() - start
