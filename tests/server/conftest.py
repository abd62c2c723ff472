"""One server for all tests of this folder, and servers of one test alone."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from serving import SHOP, Server, start_server, stop_server


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with a small shop that was generated once."""
    started = start_server(tmp_path_factory.mktemp("server"))
    try:
        started.post("define", name="shop", document=SHOP)
        assert started.post("generate", name="shop", workers=1)["status"] == "done"
        yield started
    finally:
        stop_server(started)


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Server]]:
    """Servers of this test alone."""
    started: list[Server] = []

    def make(*options: str, **more: Any) -> Server:
        started.append(start_server(tmp_path / f"server{len(started)}", *options, **more))
        return started[-1]

    yield make
    for each in started:
        stop_server(each)
