"""How long one waits before anything happens: importing, loading the extension, the first help."""

import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from time import perf_counter

from .measure import Figure

_LOADED = "from IPython.core.interactiveshell import InteractiveShell as S; s = S.instance(); "
REPEATS = 9
LIMITS = {"import": 0.150, "%load_ext": 0.400, "synth --help": 0.300}
"""Seconds each may take; the first two over an interpreter that does nothing of ours."""


def figures(scale: float) -> Iterator[Figure | str]:
    """The median of nine processes each, `scale` of nothing."""
    with tempfile.TemporaryDirectory() as home:
        empty, imported = _taken("-c", "pass", home=home), _taken("-c", "import synth_jupyter", home=home)
        bare = _taken("-c", _LOADED, home=home)
        loaded = _taken("-c", f"{_LOADED}s.run_line_magic('load_ext', 'synth_jupyter')", home=home)
        told = _taken("-m", "synth_jupyter", "--help", home=home)
    for what, seconds in (("import", imported - empty), ("%load_ext", loaded - bare), ("synth --help", told)):
        yield f"{what:<46} {seconds * 1000:8.1f} ms   (at most {LIMITS[what] * 1000:.0f} ms)"


def _taken(*words: str, home: str) -> float:
    times = []
    for _ in range(REPEATS):
        start = perf_counter()
        environment = {
            "SYNTH_HOME": home,
            "HOME": home,
            "IPYTHONDIR": home,
            "PYTHONPATH": ":".join(filter(None, sys.path)),
        }
        subprocess.run([sys.executable, *words], check=True, stdout=subprocess.DEVNULL, env=environment)
        times.append(perf_counter() - start)
    return statistics.median(times)
