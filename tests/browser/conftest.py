"""One browser for all files, and a JupyterLab for each."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from .lab import CHROMIUM, Lab


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    program = next(path for path in ("/usr/bin/chromium", "/usr/bin/chromium-browser") if Path(path).exists())
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=program, args=list(CHROMIUM))
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory, project: Path) -> Iterator[Lab]:
    lab = Lab(tmp_path_factory.mktemp("lab"), project)
    yield lab.wait()
    lab.stop()
