"""Questions in processes of their own, under limits of time, memory and bytes; what overruns is killed.

One process is kept started after the first question, so that the next one does not wait for imports.
"""

import asyncio
import json
import os
import sys
from asyncio.subprocess import PIPE, Process
from dataclasses import dataclass, replace
from pathlib import Path

from ...documents import to_json
from ...errors import QueryError, SynthError
from .apart import QUESTION, READY, Asked, Outcome, out_of_memory

MODULE = "synth_jupyter.jupyter.server.apart"
_CHUNK = 1 << 16
_START_SECONDS = 60.0
_DEATH_BY_MEMORY = (-6, -7, -9, -11, 134, 139)
_QUIET = {"MALLOC_ARENA_MAX": "2", "OMP_NUM_THREADS": "2", "ARROW_DEFAULT_MEMORY_POOL": "system"}


@dataclass(frozen=True)
class Bounds:
    """What one question may take: seconds, bytes of address space, bytes of answer."""

    seconds: float
    memory: int
    answer: int


def command(*words: str) -> tuple[str, ...]:
    """The words that start a process for one verb; the working folder is not where it looks for modules."""
    return sys.executable, "-P", "-m", MODULE, *words


def environment() -> dict[str, str]:
    """The server's, with a path on which this package is found as the server found it."""
    path = os.pathsep.join(each for each in sys.path if each)
    return os.environ | _QUIET | {"PYTHONPATH": path, "PYTHONUTF8": "1"}


@dataclass
class Questions:
    """Who answers questions about the workspace `home`: a process for each. `spare` is one that is ready for the next,
    or getting ready.

    Mutable: `spare`, by the event loop's thread alone. It ends with the server, whose pipe it reads.
    """

    home: Path
    spare: "asyncio.Task[Process] | None" = None

    async def ask(self, asked: Asked, bounds: Bounds) -> Outcome:
        """The outcome of a verb, or an error document when it took too much. Its process is gone when this returns.

        The seconds of `bounds` begin when the process is ready.
        """
        process = await self._ready_one()
        try:
            async with asyncio.timeout(bounds.seconds):
                line = replace(asked, memory=bounds.memory, answer=bounds.answer).line()
                text = await _talk(process, line, bounds.answer)
                code = await process.wait()
        except TimeoutError:
            return _late(bounds).to_dict()
        finally:
            await _end(process)
            self.spare = self.spare or asyncio.ensure_future(_started(self.home))
        if not text:
            return _dead(code, bounds).to_dict()
        outcome: Outcome = json.loads(text)
        return outcome

    async def _ready_one(self) -> Process:
        task, self.spare = self.spare, None
        process = await (task or _started(self.home))
        return process if process.returncode is None else await _started(self.home)


async def _started(home: Path) -> Process:
    """A process that has imported and tried what a verb needs, and waits for the verb."""
    words = command(QUESTION, str(home))
    process = await asyncio.create_subprocess_exec(*words, stdin=PIPE, stdout=PIPE, env=environment())
    try:
        assert process.stdout is not None
        async with asyncio.timeout(_START_SECONDS):
            await process.stdout.readexactly(len(READY))
    except asyncio.IncompleteReadError:
        await process.wait()  # it died; whoever takes it learns that
    except BaseException:
        await _end(process)
        raise
    return process


async def _end(process: Process) -> None:
    if process.returncode is None:
        process.kill()
        await process.wait()


async def _talk(process: Process, line: bytes, most: int) -> bytes:
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        process.stdin.write(line)  # and left open: its end would end the process
        await process.stdin.drain()
    except (BrokenPipeError, ConnectionResetError):
        return b""
    parts, size = [], 0
    while chunk := await process.stdout.read(_CHUNK):
        parts.append(chunk)
        size += len(chunk)
        if size > most + _CHUNK:  # it refuses by itself; this is for one that does not
            process.kill()
            return to_json(QueryError("the answer is too large for a request").to_dict()).encode()
    return b"".join(parts)


def _late(bounds: Bounds) -> SynthError:
    return QueryError(
        f"this took longer than {bounds.seconds:g} seconds, and was stopped",
        hint="ask for less, or ask in a notebook or shell, where nothing limits it",
    )


def _dead(code: int, bounds: Bounds) -> SynthError:
    if code in _DEATH_BY_MEMORY:
        return QueryError(out_of_memory(bounds.memory), hint="ask for fewer rows or columns")
    return SynthError("the process that answered died; the server's log has the details")
