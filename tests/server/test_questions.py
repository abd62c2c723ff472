"""Questions have a process each, and one process waits for the next of them."""

from typing import Any

import pytest
from serving import waiting

pytestmark = pytest.mark.xdist_group("server")


def test_the_next_question_is_answered_by_a_process_that_waited_and_it_ends_with_the_server(killed: Any) -> None:
    assert killed.before == []
    assert len(killed.first) == len(killed.second) == 1
    assert killed.first != killed.second
    for process in (*killed.first, *killed.second):
        process.wait(20)


def test_a_process_that_died_while_it_waited_is_replaced(server: Any) -> None:
    assert server.post("sql", name="shop", sql="SELECT 1 AS a")["rows"] == [[1]]
    for spare in waiting(server):
        spare.kill()
    assert server.post("sql", name="shop", sql="SELECT 2 AS a")["rows"] == [[2]]
