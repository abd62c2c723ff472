"""A missing tool is said aloud, and CI does not accept a skip."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

TESTS = """
import pytest

@pytest.mark.skip(reason="needs a thing")
def test_marked():
    pass

def test_skips_itself():
    pytest.skip("needs a thing")

@pytest.mark.xfail(reason="known")
def test_expected_to_fail():
    assert False

def test_passes():
    pass
"""
LATE = 'import pytest\npytest.importorskip("there_is_no_such_module", reason="needs a module")\n'


def run(project: Path, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    shutil.copy(project / "tests/conftest.py", folder)
    (folder / "test_some.py").write_text(TESTS)
    (folder / "test_late.py").write_text(LATE)
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "--continue-on-collection-errors",
        "-p",
        "no:cacheprovider",
        "-W",
        "ignore::pytest.PytestWarning",  # what an earlier, killed session left in the temporary folder
        "--rootdir",
        str(folder),
        str(folder),
    ]
    return subprocess.run(
        command, cwd=folder, env={**os.environ, **environment}, capture_output=True, text=True, check=False
    )


def test_every_reason_to_skip_is_one_loud_line(project: Path, tmp_path: Path) -> None:
    done = run(project, tmp_path, SYNTH_REQUIRE_ALL="")
    assert done.returncode == 0, done.stdout
    assert "NOT TESTED ON THIS MACHINE" in done.stdout
    assert "SKIPPED 2 tests: needs a thing" in done.stdout
    assert "SKIPPED 1 test: needs a module" in done.stdout
    assert done.stdout.splitlines()[-1].startswith("1 passed, 3 skipped, 1 xfailed")


def test_every_skip_is_a_failure_where_all_is_required(project: Path, tmp_path: Path) -> None:
    done = run(project, tmp_path, SYNTH_REQUIRE_ALL="1")
    assert done.returncode != 0
    assert "SYNTH_REQUIRE_ALL=1 forbids to skip this: needs a thing" in done.stdout
    assert "SYNTH_REQUIRE_ALL=1 forbids to skip this: needs a module" in done.stdout
    assert done.stdout.splitlines()[-1].startswith("1 failed, 1 passed, 1 xfailed, 2 errors")


def test_a_missing_program_is_named_with_its_package(project: Path, tmp_path: Path) -> None:
    done = run(project, tmp_path, SYNTH_REQUIRE_ALL="", PATH=str(Path(sys.executable).parent))
    assert "MISSING TOOL: skopeo (Debian: skopeo)" in done.stdout
    assert "MISSING TOOL: Chromium (Debian: chromium)" in done.stdout
