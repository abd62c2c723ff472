"""Runs the notebooks and saves their outputs: `python tests/notebooks/save.py [NAME.ipynb ...]`, after a change that they show."""

import os
import sys
import tempfile
from pathlib import Path

import nbformat
from nbclient import NotebookClient

ROOT = Path(__file__).resolve().parent.parent.parent


def save(path: Path) -> None:
    """Run one notebook in folders of its own; its cells, names and metadata stay as they are."""
    notebook = nbformat.read(path, as_version=4)
    kept = dict(notebook.metadata)
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {
            "SYNTH_HOME": f"{folder}/home", "IPYTHONDIR": f"{folder}/ipython", "JUPYTER_RUNTIME_DIR": f"{folder}/runtime",
            "SYNTH_PROGRESS": "off", "PYTHONPATH": str(ROOT), "PYTEST_PLUGINS": "synth_jupyter.testing.fixtures",
        }  # fmt: skip
        NotebookClient(notebook, timeout=300, resources={"metadata": {"path": folder}}).execute()
    notebook.metadata = nbformat.from_dict(kept)  # type: ignore[no-untyped-call]
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
        for output in cell.get("outputs", ()):
            output.get("data", {}).pop("application/vnd.jupyter.widget-view+json", None)  # nothing without its kernel
    path.write_text(nbformat.writes(notebook).rstrip() + "\n", encoding="utf-8")  # type: ignore[no-untyped-call]


if __name__ == "__main__":
    for name in sys.argv[1:] or sorted(path.name for path in (ROOT / "notebooks").glob("*.ipynb")):
        save(ROOT / "notebooks" / name)
        print("saved", name)
