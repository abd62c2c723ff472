"""Processes to end: they come from a fork server that has imported everything, so one costs a few hundredths of a second."""

import contextlib
import os
import sys
import types
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path

from faulty import killing, watched

from synth_jupyter.errors import SynthError
from synth_jupyter.workspace import Workspace

# What a run imports when it needs it: the fork server has it already.
for _name in ("schema.document", "plan.build", "engine.execute", "engine.executors", "engine.digest", "engine.parquet",
              "engine.objects", "workspace.generation", "workspace.sites"):  # fmt: skip
    import_module(f"synth_jupyter.{_name}")
# A process that may read nothing else must have these, too.
for _name in ("platformdirs", "tomllib"):
    import_module(_name)


@dataclass
class Forked:
    """A process that does `verb` in a home and says how it ended. Mutable: its pipe and process.

    With `kill_at` it kills itself at that effect; with `change` it does that first; with `waits` it opens the
    workspace, says `ready` and waits for `go`.
    """

    home: Path
    verb: str
    kill_at: int = 0
    change: Callable[[], None] | None = None
    waits: bool = False

    def start(self) -> "Forked":
        context = get_context("forkserver")
        context.set_forkserver_preload(["forked"])
        # The server is started once, and finds this module only by its environment.
        os.environ["PYTHONPATH"] = os.pathsep.join([str(Path(__file__).parent), *filter(None, sys.path)])
        self.pipe, theirs = context.Pipe()
        words = (theirs, str(self.home), self.verb, self.kill_at, self.change, self.waits)
        self.process = context.Process(target=_act, args=words)
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

    def kill_after(self, seconds: float) -> bool:
        """SIGKILL after that time; False when it ended before."""
        self.process.join(seconds)
        self.process.kill()
        return self.answer() == "killed"


def together(*forked: Forked) -> list[str]:
    """What processes answer that begin at one moment."""
    started = [each.start() for each in forked]
    assert [each.pipe.recv() for each in started] == ["ready"] * len(started)
    for each in started:
        each.pipe.send("go")
    return [each.answer() for each in started]


def _act(pipe: Connection, home: str, verb: str, kill_at: int, change: Callable[[], None] | None, waits: bool) -> None:
    if change is not None:
        change()
    with watched(killing(kill_at)) if kill_at else contextlib.nullcontext():
        try:
            workspace = Workspace.open(home)
            if waits:
                pipe.send("ready")
                pipe.recv()
            answer = VERBS[verb](workspace)
        except SynthError as error:
            answer = f"{type(error).__name__}: {error.message} | {error.hint}"
    pipe.send(answer)


def go_on(workspace: Workspace) -> str:
    """Resume what was begun, or begin."""
    experiment = workspace.experiment("shop")
    return str((experiment.resume() if experiment.runs() else experiment.generate()).status)


def _busy(workspace: Workspace) -> str:
    """Two hundred operations, every fourth of which writes."""
    text = "experiment: {}\ntables: {{t: {{rows: {}, columns: {{a: {{type: int}}}}}}}}"
    for turn in range(50):
        workspace.define(text.format("both", turn % 7), replace=True)
        workspace.list()
        workspace.experiment("shop").runs()
        workspace.store.history.add("shop", "counted", turn=turn)
    return "done"


VERBS: dict[str, Callable[[Workspace], str]] = {
    "go on": go_on,
    "resume": lambda workspace: str(workspace.experiment("shop").resume().status),
    "list": lambda workspace: str(len(workspace.list())),
    "busy": _busy,
}
