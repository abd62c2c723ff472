"""One verb in a process of its own: `python -m synth_jupyter.jupyter.server.apart`, started by the server.

What is asked comes as one line of JSON on standard input. A question is answered on standard output, under limits,
by a process that says when it is ready, and ends with the server; a job writes its events and its end into its folder,
and outlives the server.
"""

import importlib
import json
import os
import signal
import sys
import threading
import traceback
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...errors import Interrupted, QueryError, SynthError

if TYPE_CHECKING:
    from ...workspace import Progress, Workspace

Outcome = dict[str, Any]
EVENTS, RESULT, LOG = "events.jsonl", "result.json", "log"
QUESTION, READY = "question", b"\n"
_WARM = (
    "commands.verbs", "commands.named", "workspace.checking", "workspace.asking", "warehouses.query", "schema.document",
    "sql.translation", "images.load",
)  # fmt: skip
"""What the verbs that are answered apart import when they are called."""
_NICENESS = 5
"""Jobs give way to whoever waits for an answer; on a machine with nothing else to do they are as fast as ever."""


@dataclass(frozen=True)
class Asked:
    """A verb and its values by name; `folder` is a job's, `memory` (bytes) and `answer` (bytes) bound a question."""

    home: str
    verb: str
    values: dict[str, Any]
    body: str | None = None
    parameters: dict[str, Any] | None = None
    workers: int = 0
    folder: str | None = None
    memory: int = 0
    answer: int = 0

    def line(self) -> bytes:
        """As it is sent."""
        return json.dumps(asdict(self)).encode() + b"\n"


def perform(asked: Asked, on_progress: "Callable[[Progress], None] | None" = None) -> Outcome:
    """`{"exit_code", "document"}`, or `{"error"}` with the document of what was raised. Nothing is raised."""
    from ...commands import answer
    from ...commands.named import named_request

    try:
        given = answer(
            named_request(asked.verb, asked.values), lambda: _opened(asked.home), body=asked.body,
            parameters=asked.parameters, workers=asked.workers, on_progress=on_progress,
        )  # fmt: skip
        return {"exit_code": given.exit_code, "document": given.document}
    except SynthError as error:
        return error.to_dict()
    except KeyboardInterrupt:
        return Interrupted("it was stopped; what was complete before is kept").to_dict()
    except MemoryError:
        return QueryError(out_of_memory(asked.memory), hint="ask for fewer rows or columns").to_dict()
    except Exception as error:  # noqa: BLE001  # the outermost edge of a process: told in the log alone
        _log(error)
        return SynthError("something went wrong; the log has the details").to_dict()


@lru_cache(maxsize=1)
def _opened(home: str) -> "Workspace":
    from ...workspace import Workspace

    return Workspace.open(home)


def _log(error: Exception) -> None:
    from .redaction import redacted

    print(redacted("".join(traceback.format_exception(error))), file=sys.stderr)


def out_of_memory(most: int) -> str:
    """What to say of a question that outgrew its process."""
    return f"this needs more memory than the {most / (1 << 30):.1f} GiB that a request may use"


def _question(asked: Asked, write: Callable[[bytes], Any]) -> None:
    import resource

    from ...documents import to_json

    if asked.memory:
        resource.setrlimit(resource.RLIMIT_AS, (asked.memory, asked.memory))
    try:
        text = to_json(perform(asked)).encode()
    except MemoryError:
        text = to_json(QueryError(out_of_memory(asked.memory)).to_dict()).encode()
    if len(text) > asked.answer:
        most = asked.answer / (1 << 20)
        refused = QueryError(
            f"the answer has {len(text) / (1 << 20):.1f} MiB, and a request gets {most:.0f}",
            hint="ask for fewer rows or columns, or load the run into a database",
        )
        text = to_json(refused.to_dict()).encode()
    write(text)


def _job(asked: Asked, folder: Path) -> None:
    from ...documents import to_json
    from ...store import Lease

    with Lease.claim(folder, "this job"), (folder / EVENTS).open("a", encoding="utf-8") as events:

        def tell(event: Any) -> None:
            print(to_json(asdict(event)), file=events, flush=True)

        outcome = perform(asked, tell)
        unfinished = folder / f"{RESULT}.new"
        unfinished.write_text(to_json(outcome), encoding="utf-8")
        unfinished.rename(folder / RESULT)


def _end_with_the_server() -> None:
    """Standard input closes when the server is gone or no longer wants the answer."""
    while os.read(0, 1):  # not sys.stdin, whose lock would be held when the interpreter ends
        continue
    os._exit(1)


def _rehearse(home: str) -> None:
    """Ask the newest experiment something, since much is made by the first question of a process."""
    if not Path(home).is_dir():
        return
    try:
        for newest in _opened(home).list()[-1:]:
            experiment = _opened(home).experiment(newest.name)
            table = experiment.schema.tables[0].name.replace('"', '""')
            experiment.sql(f'SELECT count(*) AS rows FROM "{table}"').rows()
    except SynthError:
        return  # whoever asks learns it
    except Exception as error:  # noqa: BLE001  # nothing that was only tried may cost an answer
        _log(error)


def _answer_one(home: str) -> None:
    """Import, rehearse, say so, and answer what is asked then; nothing when the server is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the server's, which closes the pipe
    for room in _WARM:
        importlib.import_module(f"synth_jupyter.{room}")
    _rehearse(home)
    os.write(1, READY)
    if not (line := sys.stdin.buffer.readline()):
        return
    with os.fdopen(os.dup(1), "wb") as out:
        os.dup2(2, 1)  # nothing but the answer goes where the server reads
        threading.Thread(target=_end_with_the_server, name="synth-server-watch", daemon=True).start()
        _question(Asked(**json.loads(line)), out.write)
    sys.stderr.flush()
    os._exit(0)  # whoever asked waits for the end, and to take the interpreter down costs more than most answers


def main() -> None:
    """Do what the line on standard input asks."""
    if sys.argv[1:2] == [QUESTION]:
        _answer_one(sys.argv[2])
        return
    os.nice(_NICENESS)
    asked = Asked(**json.loads(sys.stdin.buffer.readline()))
    signal.signal(signal.SIGINT, signal.default_int_handler)
    assert asked.folder is not None
    _job(asked, Path(asked.folder))


if __name__ == "__main__":
    main()
