"""The pool of workers ends whatever became of one of them."""

import multiprocessing
import os
import signal
import time

from synth_jupyter.engine.executors import LocalExecutor


def _pid(seconds: float) -> int:
    time.sleep(seconds)
    return os.getpid()


def test_a_worker_that_cannot_end_does_not_keep_the_others_from_it() -> None:
    with LocalExecutor(2) as executor:
        futures = [executor.submit(_pid, 0.2) for _ in range(2)]
        one, _ = {future.result(timeout=60) for future in futures}
        os.kill(one, signal.SIGSTOP)  # as one that waits for a lock which died with its holder
    assert multiprocessing.active_children() == []


def test_workers_that_can_end_do_so_by_themselves() -> None:
    with LocalExecutor(2) as executor:
        for future in [executor.submit(_pid, 0.0) for _ in range(8)]:
            future.result(timeout=60)
        children = multiprocessing.active_children()
    assert {child.exitcode for child in children} == {0}
