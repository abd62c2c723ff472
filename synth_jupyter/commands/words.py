"""From a line to words: quotes as in a shell, and SQL exactly as it was written."""

import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass

from ..errors import CommandError, did_you_mean
from .surface import EVERYWHERE, IN_NOTEBOOKS, VERBS, Argument

_WORD = re.compile(r"""\s*((?:[^\s'"\\]|\\.|'[^']*'|"(?:[^"\\]|\\.)*")+)""", re.DOTALL)


@dataclass(frozen=True)
class Line:
    """The words of a line; `sql` is the statement of the `sql` verb, which is never split or expanded."""

    words: tuple[str, ...]
    sql: str | None = None


def split(line: str) -> Line:
    """The words of a notebook line.

    Raises:
        CommandError: a quote is not closed, or an option stands behind an unquoted statement.
    """
    verb = _WORD.match(line)
    if not verb or verb[1] != "sql":
        return Line(tuple(_shell_words(line)))
    words, rest = _leading(line)
    if not rest.strip():
        return Line(tuple(words))
    if rest.lstrip()[0] in "'\"":
        sql, *options = _shell_words(rest)
        return Line((*words, *options), sql)
    _refuse_misplaced_option(rest)
    return Line(tuple(words), rest.strip())


def take_sql(words: Sequence[str]) -> Line:
    """The words of a command line that begin with `sql`, with the statement taken out.

    A statement that begins with a comment is no option: it is told by its white space.
    """
    kept: list[str] = []
    statements: list[str] = []
    places, waiting = 0, False
    for word in words:
        is_option = not waiting and _looks_like_option(word) and not re.search(r"\s", word)
        is_place = not waiting and not is_option
        if is_place and places == 2:
            statements.append(word)
            continue
        kept.append(word)
        places += is_place
        waiting = is_option and _waits(word)
    return Line(tuple(kept), _one_statement(statements))


def _one_statement(statements: Sequence[str]) -> str | None:
    if len(statements) > 1:
        raise CommandError("the statement came in several words", hint="quote it: synth sql shop 'SELECT ...'")
    return statements[0] if statements else None


def _leading(line: str) -> tuple[list[str], str]:
    """The verb, its options and the experiment's name, and what follows them verbatim."""
    words: list[str] = []
    places, waiting, at = 0, False, 0
    while match := _WORD.match(line, at):
        raw = match[1]
        is_option = not waiting and _looks_like_option(raw) and (places < 2 or _known(raw) is not None)
        is_place = not waiting and not is_option
        if is_place and places == 2:
            break
        words += _shell_words(raw)
        places += is_place
        waiting = is_option and _waits(raw)
        at = match.end()
    return words, line[at:]


def _looks_like_option(word: str) -> bool:
    return len(word) > 1 and word.startswith("-")


def _known(raw: str) -> Argument | None:
    flag = raw.partition("=")[0]
    return next(
        (argument for argument in (*VERBS["sql"].arguments, *EVERYWHERE, *IN_NOTEBOOKS) if flag in argument.flags), None
    )


def _waits(raw: str) -> bool:
    argument = _known(raw)
    if argument is None:
        known = [flag for each in VERBS["sql"].arguments if each.is_option for flag in each.flags]
        raise CommandError(f"sql has no option {raw!r}{did_you_mean(raw, known)}", hint="see: synth help sql")
    return argument.takes_value and "=" not in raw


def _refuse_misplaced_option(rest: str) -> None:
    flags = [flag for argument in VERBS["sql"].arguments if argument.is_option for flag in argument.flags]
    bare = re.sub(r"""'[^']*'|"[^"]*\"""", "''", rest)  # what is quoted is no option
    found = re.search(rf"\s({'|'.join(map(re.escape, flags))})[\s=]\S+\s*$", bare)
    if "\n" in rest:
        return
    if rest.lstrip().startswith("--"):
        _waits(rest.split()[0])
    if found:
        raise CommandError(
            f"{found[1]} stands behind the statement, where SQL reads it as a comment",
            hint=f"write it first: sql NAME {found[0].strip()} SELECT ..., or quote the statement",
        )


def _shell_words(text: str) -> list[str]:
    try:
        return shlex.split(text)
    except ValueError as error:
        raise CommandError(f"the words cannot be read: {str(error).lower()}", hint="close the quote") from None
