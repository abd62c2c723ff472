"""Peers in an environment of their own, so that nothing of them reaches the project's: where it is and what it holds.

python -m venv build/peers && build/peers/bin/pip install -r benchmarks/peers.txt
"""

import json
import os
import subprocess
from pathlib import Path

FOLDER = Path(os.environ.get("SYNTH_BENCH_PEERS", Path(__file__).resolve().parent.parent / "build/peers"))
MISSING = "peer not installed (benchmarks/peers.py says how)"


def program(name: str) -> Path | None:
    """A program of the peers' environment, or None."""
    path = FOLDER / "bin" / name
    return path if path.exists() else None


def seconds_each(code: str, counts: int) -> float | None:
    """The processor's seconds for one value: `code` is Python with a function `work(count)` that makes so many values.

    None where there is no such environment, or the code fails there. The median of three, without the start-up.
    """
    python = program("python")
    if python is None:
        return None
    script = f"""
import json, statistics, time
{code}
def timed():
    start = time.process_time()
    work({counts})
    return time.process_time() - start
work(10)
print(json.dumps(statistics.median(timed() for _ in range(3)) / {counts}))
"""
    done = subprocess.run([str(python), "-c", script], capture_output=True, text=True, check=False)
    return float(json.loads(done.stdout)) if done.returncode == 0 else None
