"""What Binder reads: `binder/` as repo2docker looks at it, and the versions that postBuild installs."""

import os
import re
import subprocess
import tomllib
from pathlib import Path

import yaml


def test_the_environment_is_a_python_that_the_project_supports(project: Path) -> None:
    environment = yaml.safe_load((project / "binder/environment.yml").read_text())
    (python,) = [each for each in environment["dependencies"] if each.startswith("python=")]
    classified = tomllib.loads((project / "pyproject.toml").read_text())["project"]["classifiers"]
    assert f"Programming Language :: Python :: {python.removeprefix('python=')}" in classified
    assert "pip" in environment["dependencies"]


def test_what_is_run_after_the_build_can_be_and_names_what_is_there(project: Path) -> None:
    script = project / "binder/postBuild"
    assert os.access(script, os.X_OK)
    assert subprocess.run(["bash", "-n", str(script)], check=False).returncode == 0
    text = script.read_text()
    extras = tomllib.loads((project / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    assert set(re.findall(r"\.\[(\w+)\]", text)) <= set(extras)
    assert all((project / name).is_file() for name in re.findall(r"-c (\S+)", text))


def test_the_packages_are_names_alone_one_a_line(project: Path) -> None:
    lines = (project / "binder/apt.txt").read_text().splitlines()
    assert lines
    assert all(re.fullmatch(r"[a-z0-9.+-]+", line) for line in lines)
