"""A disk and a store that note, fail or end the process at any effect, and processes to end.

The effects are the calls of `os` and `shutil` in `files`, and the commits of the store. Processes come from a fork
server that has imported everything, so that one costs a tenth of a second.
"""

import contextlib
import errno
import os
import shutil
import signal
import sys
import types
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from importlib import import_module
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event

from synth_jupyter import files
from synth_jupyter.engine.recover import is_intact
from synth_jupyter.errors import SynthError
from synth_jupyter.workspace import Workspace

# Two tables of two partitions each, small enough to be made in one process.
SMALL = """
experiment: shop
seed: 42
tables:
  customers:
    rows: 65_600
    columns:
      customer_id: {type: bigint, primary_key: true}
      tier: {type: varchar(10), choices: {gold: 1, silver: 3, basic: 6}}
  orders:
    rows: 65_700
    columns:
      order_id: {type: bigint, primary_key: true}
      customer_id: {references: customers.customer_id}
"""
PARTITIONS = 4
# What a run imports when it needs it: the fork server has it already.
for _name in ("schema.document", "plan.build", "engine.execute", "engine.executors", "engine.digest", "engine.parquet",
              "engine.objects", "workspace.generation", "workspace.sites"):  # fmt: skip
    import_module(f"synth_jupyter.{_name}")

_CALLS = ("mkdir", "open", "write", "fsync", "link", "unlink", "rename", "rmtree")
Handler = Callable[["Effect", Callable[[], Any]], Any]


@dataclass(frozen=True)
class Effect:
    """One call: its number, counted from 1, its name and its arguments."""

    number: int
    name: str
    words: tuple[Any, ...]


class _Watched:
    """A module whose effects are told to `tell` before they happen."""

    def __init__(self, module: types.ModuleType, tell: Callable[..., Any]) -> None:
        self._module, self._tell = module, tell

    def __getattr__(self, name: str) -> Any:
        call = getattr(self._module, name)
        if name not in _CALLS:
            return call

        def told(*words: Any, **options: Any) -> Any:
            if name == "open" and not words[1] & os.O_CREAT:
                return call(*words, **options)
            return self._tell(name, words, lambda: call(*words, **options))

        return told


@contextlib.contextmanager
def watched(handler: Handler) -> Iterator[None]:
    """Within the block every effect of this process is handed to `handler`, which does it, or does not."""
    number = 0

    def tell(name: str, words: tuple[Any, ...], act: Callable[[], Any]) -> Any:
        nonlocal number
        number += 1
        return handler(Effect(number, name, words), act)

    def commit(connection: Any) -> None:
        if not connection.get_execution_options().get("reading"):
            tell("commit", (str(connection.engine.url),), lambda: None)

    event.listen(Engine, "commit", commit)
    files.os, files.shutil = _Watched(os, tell), _Watched(shutil, tell)  # type: ignore[assignment]
    try:
        yield
    finally:
        files.os, files.shutil = os, shutil
        event.remove(Engine, "commit", commit)


def counted(act: Callable[[], Any]) -> list[str]:
    """The names of all effects of `act`, in order."""
    names: list[str] = []

    def note(effect: Effect, do: Callable[[], Any]) -> Any:
        names.append(effect.name)
        return do()

    with watched(note):
        act()
    return names


def killing(number: int) -> Handler:
    """End this process at that effect; a write is done by half before."""

    def handle(effect: Effect, act: Callable[[], Any]) -> Any:
        if effect.number == number:
            if effect.name == "write":
                descriptor, data = effect.words
                os.write(descriptor, data[: len(data) // 2])
            os.kill(os.getpid(), signal.SIGKILL)
        return act()

    return handle


def failing(number: int, code: int, seen: list[str] | None = None) -> Handler:
    """Fail that effect as the system would, once."""

    def handle(effect: Effect, act: Callable[[], Any]) -> Any:
        if effect.number == number:
            if seen is not None:
                seen.append(effect.name)
            raise OSError(code, os.strerror(code), str(effect.words[0]))
        return act()

    return handle


@dataclass
class Forked:
    """A process that does `verb` in a home, watched or not, and says how it ended. Mutable: its pipe and process."""

    home: Path
    verb: str
    kill_at: int = 0
    change: Callable[[], None] | None = None
    options: dict[str, Any] = field(default_factory=dict)

    def start(self) -> "Forked":
        context = get_context("forkserver")
        context.set_forkserver_preload(["faulty"])
        # The server is started once, and finds this module only by its environment.
        os.environ["PYTHONPATH"] = os.pathsep.join([str(Path(__file__).parent), *filter(None, sys.path)])
        self.pipe, theirs = context.Pipe()
        self.process = context.Process(target=_act, args=(theirs, str(self.home), self.verb, self.kill_at, self.change))
        main = sys.modules["__main__"]
        sys.modules["__main__"] = types.ModuleType("__main__")
        try:
            self.process.start()
        finally:
            sys.modules["__main__"] = main
        theirs.close()
        return self

    def answer(self) -> str:
        """What it said, or `killed`."""
        try:
            said = str(self.pipe.recv())
        except EOFError:
            said = "killed"
        self.process.join(60)
        return said


def _act(pipe: Connection, home: str, verb: str, kill_at: int, change: Callable[[], None] | None) -> None:
    if change is not None:
        change()
    with watched(killing(kill_at)) if kill_at else contextlib.nullcontext():
        try:
            answer = VERBS[verb](Workspace.open(home))
        except SynthError as error:
            answer = f"{type(error).__name__}: {error.message} | {error.hint}"
    pipe.send(answer)


def _generate(workspace: Workspace) -> str:
    experiment = workspace.experiment("shop")
    started = [run for run in experiment.runs() if run.status != "reset"]
    return str((experiment.resume() if started else experiment.generate()).status)


VERBS: dict[str, Callable[[Workspace], str]] = {
    "go on": _generate,
    "resume": lambda workspace: str(workspace.experiment("shop").resume().status),
    "reset": lambda workspace: str(workspace.experiment("shop").reset()),
    "delete": lambda workspace: str(workspace.experiment("shop").delete()),
    "prune": lambda workspace: str(workspace.experiment("shop").prune(0)),
    "restore": lambda workspace: str(workspace.experiment("shop@1").restore().status),
}


def broken_promises(home: Path) -> list[str]:
    """Recorded partitions whose file is not whole: there must never be one, whatever was killed."""
    workspace = Workspace.open(home)
    return [
        f"{run.address} {file.path}"
        for run in workspace.store.runs.of()
        for file in workspace.store.runs.partitions(run.key)
        if not is_intact(workspace.folders.run(run.key), file)
    ]


FULL, BIG, BROKEN = errno.ENOSPC, errno.EFBIG, errno.EIO
