"""`make demo` and the page of the tutorial do what they say."""

import os
import re
import subprocess
import sys
from pathlib import Path


def test_the_demo_goes_through_with_few_rows(project: Path, tmp_path: Path) -> None:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "PYTHONPATH": str(project)}
    demo = project / "docs/tutorial/demo.sh"
    command = ["sh", str(demo), str(tmp_path / "demo"), "2_000"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    assert done.stdout.count("Same content digest: sha256:") == 2
    assert "foreign_key" in done.stdout
    assert (tmp_path / "demo/shop.svg").read_text().lstrip().startswith("<")


def test_the_tutorial_and_the_demo_use_the_same_verbs_in_the_same_order(project: Path) -> None:
    demo = re.findall(r"^(?:synth|fails 1) (\w+)", (project / "docs/tutorial/demo.sh").read_text(), flags=re.M)
    page = re.findall(r"^synth (\w+)", (project / "docs/tutorial/first-experiment.md").read_text(), flags=re.M)
    assert list(dict.fromkeys(page)) == [verb for verb in dict.fromkeys(demo) if verb != "runs"]
