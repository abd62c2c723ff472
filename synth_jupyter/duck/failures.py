"""What DuckDB's errors mean, each in one line with its place."""

import re
from collections.abc import Iterable
from typing import TypeAlias

import duckdb

from ..errors import QueryError, WarehouseError, did_you_mean

Error: TypeAlias = duckdb.Error
_NAMED = re.compile(r'(?:column(?: named)?|Table with name|Function with name)\s+"?([^"\s]+)"?')
_CANDIDATES = re.compile(r"(?:Candidate bindings:|Did you mean) (.*)")
_DAMAGED = re.compile(r"stream registered as '(.*?)' failed: (.*)")
_NO_PARQUET = re.compile(
    "No magic bytes found|File '.*' too small to be a Parquet file|Failed to read (?:file|Parquet file)|"
    "Invalid string encoding found in Parquet file|Could not read enough bytes|Out of buffer|TProtocolException|"
    "Parquet file is likely corrupted|Payload value bigger than allowed|don't know what type"
)
_PART = re.compile(r"[^/'\"]+/part-\d+[^/'\"]*\.parquet")
_GONE = re.compile(r'Cannot access file "[^"]*/part-\d+[^/"]*\.parquet/')
_ANEW = "synth verify says which file it is, synth restore writes it anew"
_LINE = re.compile(r"^LINE (\d+): (.*)$", re.MULTILINE)


_OTHER_DIALECT = "if it is a function of another database, name its dialect: --dialect postgres"


def query_error(error: duckdb.Error, sql: str, names: Iterable[str] = (), *, above: int = 0) -> QueryError:
    """DuckDB's error as one line: what is wrong, the line and column, and the nearest of its candidates and `names`.

    `above` lines were put before `sql` when it was run.
    """
    message = first_line(str(error))
    if damage := damage_in(message):
        return QueryError(damage, hint=_ANEW)
    missing = _NAMED.search(message)
    near = ""
    if missing and isinstance(error, (duckdb.BinderException, duckdb.CatalogException)):
        candidates = re.findall(r'"([^"]+)"', " ".join(_CANDIDATES.findall(str(error))))
        near = _near(missing[1], list(names), candidates)
    foreign = _OTHER_DIALECT if "Scalar Function" in message or "Aggregate Function" in message else ""
    return QueryError(_without_kind(message).rstrip("!.") + _place(str(error), sql, above) + near, hint=foreign)


def damage_in(message: str) -> str:
    """What an error says of a run's file that cannot be read, by a stream or by DuckDB itself, or nothing."""
    stream, part = _DAMAGED.search(message), _PART.search(message)
    if stream:
        return f"a file of the table {stream[1]!r} is damaged: {stream[2]}"
    which = f"the file {part[0]}" if part else "a file of the run"
    if _GONE.search(message):
        return f"{which} is missing"
    said = "".join(filter(str.isprintable, _without_kind(first_line(message))))
    if _NO_PARQUET.match(said.removeprefix("Error: ")):
        return f"{which} is damaged: {said}"
    return ""


def _near(word: str, names: list[str], candidates: list[str]) -> str:
    """The nearest of DuckDB's candidates, which are what fits there, or of all the run's names."""
    nearest = (did_you_mean(word, known) for known in (candidates, names))
    return next((near for near in nearest if "did you mean" in near), did_you_mean(word, candidates or names))


def _place(message: str, sql: str, above: int) -> str:
    """` (line 2, column 8)`, found through the caret below the piece of the line that DuckDB shows."""
    match = _LINE.search(message)
    lines = sql.splitlines()
    if not match or not above < int(match[1]) <= above + len(lines):
        return ""
    number = int(match[1]) - above
    caret = message[match.end() :].lstrip("\n").find("^") - len(f"LINE {match[1]}: ")
    cut = "..." if match[2].startswith("...") else ""
    start = lines[number - 1].find(match[2].removeprefix("...").removesuffix("..."))
    return f" (line {number}, column {max(start, 0) - len(cut) + caret + 1})"


def _without_kind(message: str) -> str:
    return re.sub(r"^[A-Z][A-Za-z ]* Error: ", "", message)


def first_line(message: str) -> str:
    """The first line of a library's message."""
    return message.strip().partition("\n")[0]


_FULL = ("No space left on device", "File too large", "Disk quota exceeded")


def load_error(error: duckdb.Error, target: str) -> WarehouseError:
    """DuckDB's failure in a load, in one line."""
    if damage := damage_in(str(error)):
        return WarehouseError(f"{damage}; nothing was changed", hint=_ANEW)
    full = next((reason for reason in _FULL if reason in str(error)), "")
    if full:
        return WarehouseError(
            f"there is no room for {target}: {full}; nothing was changed", hint="make room, then load again"
        )
    return WarehouseError(f"{target} refused the load: {_without_kind(first_line(str(error)))}; nothing was changed")
