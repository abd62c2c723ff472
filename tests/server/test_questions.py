"""Questions have a process each, and one process waits for the next of them."""

import os
import signal
from collections.abc import Callable
from typing import Any

import psutil

Start = Callable[..., Any]
ONE = "tables: {t: {rows: 1, columns: {a: {type: int, primary_key: true}}}}"


def waiting(server: Any) -> list[psutil.Process]:
    """The processes that the server keeps for questions."""
    found = psutil.Process(server.process.pid).children()
    return [each for each in found if each.status() != psutil.STATUS_ZOMBIE and each.cmdline()[-1:] == ["question"]]


def test_the_next_question_is_answered_by_a_process_that_waited_and_it_ends_with_the_server(start: Start) -> None:
    server = start()
    assert waiting(server) == []
    server.post("define", name="one", document=ONE)
    for _ in range(3):
        assert server.post("sql", name="one", sql="SELECT 1 AS a")["rows"] == [[1]]
    (spare,) = waiting(server)
    assert server.post("sql", name="one", sql="SELECT 2 AS a")["rows"] == [[2]]
    assert not spare.is_running()
    (other,) = waiting(server)
    os.kill(server.process.pid, signal.SIGKILL)
    other.wait(20)


def test_a_process_that_died_while_it_waited_is_replaced(server: Any) -> None:
    assert server.post("sql", name="shop", sql="SELECT 1 AS a")["rows"] == [[1]]
    for spare in waiting(server):
        spare.kill()
    assert server.post("sql", name="shop", sql="SELECT 2 AS a")["rows"] == [[2]]
