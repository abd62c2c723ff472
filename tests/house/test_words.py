"""What must not stand anywhere in the project: machine paths, hosts of one network, stubs, and code that runs data."""

import re
import subprocess
from pathlib import Path

import pytest

TEXT = {".py", ".md", ".toml", ".yaml", ".yml", ".txt", ".cfg", ".sh", ".ipynb", ".js", ".css", ".json", ".sql", ""}


def tracked(project: Path, *folders: str) -> list[Path]:
    """The files of the project that a clone has; without git, those below the given folders or the top."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z", "--", *folders],
        cwd=project, capture_output=True, check=False,
    )  # fmt: skip
    if listed.returncode == 0:
        names = [Path(name.decode()) for name in listed.stdout.split(b"\0") if name]
        return [project / name for name in names if (project / name).is_file()]
    hidden = {".venv", ".git", "build", "demo-home"}
    roots = [project / folder for folder in folders] or [project]
    files = (file for root in roots for file in root.rglob("*") if file.is_file())
    return [file for file in files if not hidden & set(file.relative_to(project).parts)]


def hits(pattern: str, files: list[Path]) -> list[str]:
    """`file:line` of every match in the text files."""
    expression = re.compile(pattern)
    found = []
    for file in files:
        if file.suffix in TEXT and file != Path(__file__):
            for number, line in enumerate(file.read_text(encoding="utf-8", errors="replace").splitlines(), 1):
                if expression.search(line):
                    found.append(f"{file}:{number}: {line.strip()[:120]}")
    return found


@pytest.mark.parametrize(
    "pattern",
    [
        r"(?<![\w.~-])/(root|work|farm|home/\w+|Users/\w+)/",  # a path of one machine
        r"(?i)files\.pythonhosted|registry\.npmjs|pypi\.org/simple|(extra-)?index-url|find-links",  # a host
        r"\bshared/(DESIGN|STYLE|PARITY|reference|cases)\b",  # material that a clone has not
        r"-----BEGIN [A-Z ]*PRIVATE KEY|\bAKIA[0-9A-Z]{16}\b|\bghp_\w{20}",  # a secret
    ],
)
def test_nothing_of_one_machine_or_network_is_in_the_project(project: Path, pattern: str) -> None:
    assert hits(pattern, tracked(project)) == []


@pytest.mark.parametrize(
    "pattern",
    [
        r"\b(TO" r"DO|FIX" r"ME|XX" r"X)\b",
        r"(?<!Arrow)NotImplemented" r"Error",
        r"except (Base)?Exception: *pass",
        r"# type: ignore($|[^\[])",
        r"pragma: no cover",
    ],
)
def test_there_are_no_stubs_and_no_blanket_ignores(project: Path, pattern: str) -> None:
    assert hits(pattern, tracked(project, "synth_jupyter", "tests", "benchmarks")) == []


@pytest.mark.parametrize(
    "pattern",
    [
        r"^\s*(import|from) (marshal|shelve|dill|cloudpickle|joblib)\b",
        r"(?<![\w.])(eval|exec)\(",
        r"\.extractall\(|\byaml\.(load|unsafe_load|full_load)\(|Loader=yaml\.(Unsafe|Full)?Loader\b",
        r"\bos\.(system|popen|fork|setsid)\(|shell=True|get_context\(.fork",
    ],
)
def test_the_package_never_runs_data(project: Path, pattern: str) -> None:
    assert hits(pattern, tracked(project, "synth_jupyter")) == []


def test_pickle_only_packs_a_plan_for_workers(project: Path) -> None:
    """A coordinator hands its own plan to its own worker processes; nothing that came from a file is unpickled."""
    found = hits(r"^\s*(import|from) pickle\b", tracked(project, "synth_jupyter"))
    assert [hit for hit in found if "synth_jupyter/engine/execute.py:" not in hit] == []


def test_skips_and_expected_failures_say_why(project: Path) -> None:
    assert hits(r"mark\.(skip|xfail)(\(\)|$)|pytest\.skip\(\)", tracked(project, "tests")) == []


def test_tests_never_sleep_and_go_nowhere(project: Path) -> None:
    """A fixture may wait for a server of its own to answer; a test may not."""
    files = tracked(project, "tests")
    assert hits(r"\btime\.sleep\(|\bsleep\(\d", [file for file in files if file.name.startswith("test_")]) == []
    assert hits(r"(urlopen|requests\.\w+|httpx\.\w+)\(", files) == []


def test_the_constraints_are_names_and_versions_only(project: Path) -> None:
    lines = (project / "constraints.txt").read_text().split("\n")
    assert [line for line in lines if line and not re.fullmatch(r"[A-Za-z0-9._-]+==[0-9][A-Za-z0-9.+!]*", line)] == []
    names = [line.partition("==")[0].lower().replace("_", "-") for line in lines if line]
    assert len(names) == len(set(names))
