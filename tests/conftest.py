"""What every test shares: a home of its own, and skips that are said aloud or forbidden."""

import os
import shutil
import signal
import subprocess
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from functools import lru_cache
from glob import glob
from pathlib import Path
from typing import Any

import hypothesis
import pytest

# A slow machine is no failure; in CI the same examples come every time, elsewhere new ones are tried.
hypothesis.settings.register_profile(
    "house",
    deadline=None,
    derandomize=os.environ.get("CI") == "true",
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.load_profile("house")

# A shell that starts the tests in the background has Ctrl-C ignored; what the tests interrupt would inherit that.
signal.signal(signal.SIGINT, signal.default_int_handler)

REQUIRE_ALL = os.environ.get("SYNTH_REQUIRE_ALL", "") == "1"


@pytest.fixture(autouse=True)
def own_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test can reach the user's workspace: SYNTH_HOME names a folder of this test alone, made on demand."""
    for name in [name for name in os.environ if name.startswith("SYNTH_") and name != "SYNTH_REQUIRE_ALL"]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("SYNTH_HOME", str(tmp_path_factory.getbasetemp() / f"home-{os.urandom(6).hex()}"))
    monkeypatch.setenv("SYNTH_PROGRESS", "off")
    monkeypatch.setenv("SYNTH_CONFIG", os.devnull)
    for name in ("COLUMNS", "LINES"):  # a terminal like most others, whoever runs the tests
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm")


@pytest.fixture(scope="session")
def project() -> Path:
    """The top folder of the project."""
    return Path(__file__).resolve().parent.parent


class _Threads(ThreadPoolExecutor):
    """A local executor without the seconds that worker processes take to start."""

    def __init__(self, workers: int = 0, *, own: bool = False) -> None:
        del own  # there is no process to spare anything
        self.workers = workers or 2
        super().__init__(self.workers)

    def terminate(self) -> None:
        self.shutdown(wait=True, cancel_futures=True)


@pytest.fixture(scope="session")
def in_threads() -> Callable[[], AbstractContextManager[None]]:
    """`with in_threads():` makes partitions in threads; for fixtures that outlive a test."""

    @contextmanager
    def instead() -> Iterator[None]:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("synth_jupyter.engine.executors.LocalExecutor", _Threads)
            yield

    return instead


@pytest.fixture
def threads(in_threads: Callable[[], AbstractContextManager[None]]) -> Iterator[None]:
    """Partitions are made in threads during the test."""
    with in_threads():
        yield


@lru_cache
def _found(*programs: str) -> bool:
    """Whether one of the programs is there; `docker info` must also answer."""
    return any(_answers(program) if " " in program else shutil.which(program) or glob(program) for program in programs)


def _answers(command: str) -> bool:
    words = command.split()
    return bool(shutil.which(words[0])) and subprocess.run(words, capture_output=True, check=False).returncode == 0


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[tuple[str, str]]:
    """The programs and the socket's folder of a private PostgreSQL, one for all tests of this process."""
    programs = _programs()
    if programs is None:
        pytest.skip("needs PostgreSQL")
    with tempfile.TemporaryDirectory(prefix="synth-pg-", dir="/tmp") as folder:
        if os.geteuid() == 0:
            shutil.chown(folder, "postgres")
        data = f"{folder}/data"
        _as_postgres([f"{programs}/initdb", "-D", data, "-U", "postgres", "-A", "trust", "-N", "-E", "UTF8"])
        options = f"-c listen_addresses='' -c unix_socket_directories={folder} -c fsync=off -c timezone=UTC"
        _as_postgres([f"{programs}/pg_ctl", "-D", data, "-w", "-l", f"{folder}/log", "-o", options, "start"])
        try:
            yield programs, folder
        finally:
            _as_postgres([f"{programs}/pg_ctl", "-D", data, "-m", "immediate", "-w", "stop"])


@pytest.fixture(scope="module")
def postgres_url(postgres_server: tuple[str, str]) -> str:
    """The address of an empty database, one for each file of tests."""
    programs, folder = postgres_server
    name = f"of_{os.urandom(6).hex()}"
    _as_postgres([f"{programs}/createdb", "-h", folder, "-U", "postgres", name])
    return f"postgresql:///{name}?host={folder}&user=postgres&password=s3cr3t-canary"


def _programs() -> str | None:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb")) if Path("/usr/lib/postgresql").is_dir() else []
    path = str(found[-1]) if found else shutil.which("initdb")
    return str(Path(path).parent) if path else None


def _as_postgres(command: list[str]) -> None:
    user = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    subprocess.run([*user, *command], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/tmp")


NEEDS = {
    "postgres": ("PostgreSQL (Debian: postgresql)", ("postgres", "/usr/lib/postgresql/*/bin/postgres")),
    "browser": ("Chromium (Debian: chromium)", ("chromium", "chromium-browser", "google-chrome")),
    "containers": ("a container engine (Debian: docker.io or podman)", ("docker info", "dockerd", "podman")),
}
TOOLS = {
    **dict(NEEDS.values()),
    "skopeo (Debian: skopeo)": ("skopeo",),
    "dot (Debian: graphviz)": ("dot",),
}


def pytest_runtest_setup(item: pytest.Item) -> None:
    """A marked test is skipped, with what to install, where its tool is missing."""
    for marker, (what, programs) in NEEDS.items():
        if item.get_closest_marker(marker) and not _found(*programs):
            pytest.skip(f"needs {what}")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    """SYNTH_REQUIRE_ALL=1 turns a skip into a failure."""
    report: Any = yield
    if REQUIRE_ALL and report.skipped and not hasattr(report, "wasxfail"):
        _forbid(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector: pytest.Collector) -> Iterator[None]:
    """The same for a file that skips itself as a whole."""
    report: Any = yield
    if REQUIRE_ALL and report.outcome == "skipped":
        _forbid(report)
    return report


def _forbid(report: Any) -> None:
    report.outcome = "failed"
    report.longrepr = f"SYNTH_REQUIRE_ALL=1 forbids to skip this: {_reason(report)}"


def _reason(report: Any) -> str:
    longrepr = report.longrepr
    text = longrepr[2] if isinstance(longrepr, tuple) else str(longrepr)
    return text.removeprefix("Skipped: ")


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """One loud line for each tool this machine lacks and for each reason to skip."""
    skipped = Counter(_reason(report) for report in terminalreporter.stats.get("skipped", []))
    missing = [what for what, programs in TOOLS.items() if not _found(*programs)]
    if not skipped and not missing:
        return
    terminalreporter.section("NOT TESTED ON THIS MACHINE", sep="!", red=True, bold=True)
    for what in missing:
        terminalreporter.write_line(f"MISSING TOOL: {what}")
    for reason, count in sorted(skipped.items()):
        terminalreporter.write_line(f"SKIPPED {count} test{'s' if count > 1 else ''}: {reason}")
