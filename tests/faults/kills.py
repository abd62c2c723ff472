"""Runs in processes of their own that kill themselves at a chosen point, and what an undisturbed run looks like."""

import os
import select
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from synth_jupyter.files import sha256_of

SHOP = """
experiment: shop
seed: 42
tables:
  customers:
    rows: 98_304
    columns:
      customer_id: {type: bigint, primary_key: true}
      tier: {type: varchar(10), choices: {gold: 1, silver: 3, basic: 6}}
  orders:
    rows: {per: customers, min: 0, max: 2}
    columns:
      order_id: {type: bigint, primary_key: true}
      customer_id: {references: customers.customer_id}
"""

# Patches a function where the coordinator calls it, so that its n-th call is the last thing the process does.
CHILD = """
import multiprocessing, os, signal, sys
from importlib import import_module
from synth_jupyter.errors import ConflictError, Interrupted
from synth_jupyter.workspace import Workspace

def end():
    print("at", *[child.pid for child in multiprocessing.active_children()], flush=True)
    sys.stdin.readline()
    os.kill(os.getpid(), signal.SIGKILL)

def arm(module, name, when, left):
    owner = import_module(module)
    *outer, name = name.split(".")
    for part in outer:
        owner = getattr(owner, part)
    original = getattr(owner, name)
    def armed(*words, **options):
        nonlocal left
        left -= 1
        if left == 0 and when == "before":
            end()
        value = original(*words, **options)
        if left == 0 and when == "after":
            end()
        return value
    setattr(owner, name, armed)

home, verb, module, name, when, count = sys.argv[1:]
if count != "0":
    arm(module, name, when, int(count))
try:
    run = getattr(Workspace.open(home).experiment("shop"), verb)(workers=2)
    print("done", run.status, flush=True)
except Interrupted as error:
    print("interrupted", error.message, error.hint, flush=True)
except ConflictError as error:
    words = error.message.replace(",", "").split()
    print("ConflictError", words[0], words[words.index("pid") + 1], flush=True)
"""

POINTS = {
    "before a partition is published": ("synth_jupyter.engine.execute", "publish", "before"),
    "between its publication and its record": ("synth_jupyter.engine.execute", "publish", "after"),
    "inside the transaction of its record": ("synth_jupyter.store.runs", "_insert_partition", "after"),
    "after its record": ("synth_jupyter.store.runs", "Runs.record_partition", "after"),
}
ENDINGS = {
    "before the stage is removed": ("synth_jupyter.workspace.generation", "remove_folder", "before"),
    "before the run is complete": ("synth_jupyter.store.runs", "Runs.complete", "before"),
    "while a resume tidies up": ("synth_jupyter.engine.recover", "remove", "after"),
}
NOWHERE = ("", "", "")


@dataclass(frozen=True)
class Child:
    """A process that runs `verb` in a workspace."""

    process: subprocess.Popen[str]

    @classmethod
    def start(cls, home: Path, verb: str, point: tuple[str, str, str] = NOWHERE, count: int = 0) -> "Child":
        words = [sys.executable, "-c", CHILD, str(home), verb, *point, str(count)]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
        return cls(subprocess.Popen(words, text=True, start_new_session=True, **pipes))

    def line(self) -> str:
        """What it says next: `at PID...` when it is about to die, `done STATUS`, or `interrupted ...`."""
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def die(self) -> None:
        """Let it kill itself where it said it was; its workers may hold its pipes open, so these are not read out."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write("\n")
        self.process.stdin.close()
        self.process.wait(timeout=60)
        self.process.stdout.close()


def all_gone_within(pids: list[int], seconds: float) -> bool:
    """Whether these processes, of which we are not the parent, end in that time; those that do not are killed."""
    watched = [os.pidfd_open(pid) for pid in pids if Path(f"/proc/{pid}").exists()]
    deadline = time.monotonic() + seconds
    alive = [fd for fd in watched if not select.select([fd], [], [], max(0.0, deadline - time.monotonic()))[0]]
    for fd in alive:
        signal.pidfd_send_signal(fd, signal.SIGKILL)
    for fd in watched:
        os.close(fd)
    return not alive


def files_of(home: Path) -> dict[str, str]:
    """The sha256 of every file below every run of a home, by its path in the run."""
    files = (path for path in (home / "runs").glob("*/**/*") if path.is_file() and path.name != ".lock")
    return {str(path.relative_to(home / "runs")).partition("/")[2]: sha256_of(path) for path in files}


@dataclass(frozen=True)
class Undisturbed:
    """A run that nobody killed."""

    content_digest: str
    files: dict[str, str]
