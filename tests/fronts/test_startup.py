"""What starting costs is what is imported; the times themselves are printed by the benchmarks (suite `startup`)."""

import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

HEAVY = {"numpy", "pyarrow", "duckdb", "sqlalchemy", "pydantic", "sqlglot", "faker", "scipy", "pandas", "polars",
         "ipywidgets", "anywidget", "jupyter_server", "tornado", "graphviz", "yaml"}  # fmt: skip
SHELL = "from IPython.core.interactiveshell import InteractiveShell as S; s = S.instance(); "


@pytest.mark.parametrize(
    "code",
    ["import synth_jupyter", SHELL + "s.run_line_magic('load_ext', 'synth_jupyter')",
     SHELL + "s.run_cell('%load_ext synth_jupyter\\n%synth help')"],
)  # fmt: skip
def test_no_heavy_library_is_loaded_before_it_is_needed(code: str, tmp_path: Path, project: Path) -> None:
    told = "; import sys; print('LOADED', *{name.split('.')[0] for name in sys.modules})"
    environment = os.environ | {"PYTHONPATH": str(project), "IPYTHONDIR": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", code + told], env=environment, capture_output=True, text=True, check=True
    )
    loaded = set(done.stdout.splitlines()[-1].split())
    assert "synth_jupyter" in loaded
    assert not HEAVY & loaded


def test_jupyter_has_it_as_a_subcommand(tmp_path: Path, project: Path) -> None:
    scripts = tomllib.loads((project / "pyproject.toml").read_text())["project"]["scripts"]
    module, function = scripts["jupyter-synth"].split(":")
    script = tmp_path / "jupyter-synth"
    script.write_text(f"#!{sys.executable}\nimport sys, {module} as found\nsys.exit(found.{function}())\n")
    script.chmod(0o755)
    path = os.pathsep.join([str(tmp_path), os.environ["PATH"]])
    environment = os.environ | {"PYTHONPATH": str(project), "PATH": path, "SYNTH_HOME": str(tmp_path / "home")}
    command = [sys.executable, "-m", "jupyter_core", "synth", "list", "--json"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.strip()) == (0, '{"experiments": []}'), done.stderr
