"""Questions in processes of their own, under limits of time, memory and bytes; what overruns is killed."""

import asyncio
import os
import sys
from dataclasses import dataclass, replace

from ...documents import to_json
from ...errors import QueryError, SynthError
from .apart import Asked, Outcome, out_of_memory

MODULE = "synth_jupyter.jupyter.server.apart"
_CHUNK = 1 << 16
_DEATH_BY_MEMORY = (-6, -7, -9, -11, 134, 139)
_QUIET = {"MALLOC_ARENA_MAX": "2", "OMP_NUM_THREADS": "2", "ARROW_DEFAULT_MEMORY_POOL": "system"}


@dataclass(frozen=True)
class Bounds:
    """What one question may take: seconds, bytes of address space, bytes of answer."""

    seconds: float
    memory: int
    answer: int


def command() -> tuple[str, ...]:
    """The words that start a process for one verb; the working folder is not where it looks for modules."""
    return sys.executable, "-P", "-m", MODULE


def environment() -> dict[str, str]:
    """The server's, with a path on which this package is found as the server found it."""
    path = os.pathsep.join(each for each in sys.path if each)
    return os.environ | _QUIET | {"PYTHONPATH": path, "PYTHONUTF8": "1"}


async def ask(asked: Asked, bounds: Bounds) -> Outcome:
    """The outcome of a verb, or an error document when it took too much. The process is gone when this returns."""
    bounded = replace(asked, memory=bounds.memory, answer=bounds.answer)
    process = await asyncio.create_subprocess_exec(
        *command(), stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, env=environment()
    )
    try:
        async with asyncio.timeout(bounds.seconds):
            text = await _talk(process, bounded.line(), bounds.answer)
            code = await process.wait()
    except TimeoutError:
        return _late(bounds).to_dict()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if not text:
        return _dead(code, bounds).to_dict()
    import json

    outcome: Outcome = json.loads(text)
    return outcome


async def _talk(process: asyncio.subprocess.Process, line: bytes, most: int) -> bytes:
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
