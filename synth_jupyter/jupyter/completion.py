"""Completion of `%synth` lines and `%%synth sql` cells; silent in every other cell."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from IPython.core.completer import CompletionContext, SimpleCompletion, SimpleMatcherResult, context_matcher

from ..commands import VERBS, flags_of
from ..commands.surface import Argument
from ..errors import SynthError

_LINE = re.compile(r"^\s*(?:[^\W\d][\w.]*\s*=\s*)?%%?synth\s+(?P<words>.*)$", re.DOTALL)
_SQL_CELL = re.compile(r"^\s*%%synth\s+sql\s+(?:--?\S+\s+)*(?P<name>[^\s-]\S*)")
_FRAGMENT = re.compile(r"[\w$]*$")
_SQL_WORDS = (
    "SELECT", "FROM", "WHERE", "GROUP BY", "ORDER BY", "HAVING", "LIMIT", "JOIN", "LEFT JOIN", "USING", "ON", "AS",
    "AND", "OR", "NOT", "IN", "IS NULL", "BETWEEN", "LIKE", "CASE", "WHEN", "THEN", "ELSE", "END", "DISTINCT", "WITH",
    "UNION ALL", "OVER", "PARTITION BY", "count(*)", "sum", "avg", "min", "max",
)  # fmt: skip
_TARGETS = ("duckdb:", "sqlite:", "env:")
_DIALECTS = (
    "ansi", "bigquery", "duckdb", "mysql", "oracle", "postgres", "redshift", "snowflake", "sqlite", "tsql",
)  # fmt: skip

Candidates = Iterator[tuple[str, str]]
"""(text, kind)"""


def install(shell: Any, open_workspace: Callable[[], Any]) -> None:
    """Complete our lines in `shell`; loading the extension again replaces the matcher."""
    suggest = Suggestions(open_workspace)

    @context_matcher(identifier="synth_jupyter")  # type: ignore[untyped-decorator]
    def synth_matcher(context: CompletionContext) -> SimpleMatcherResult:
        return _result(context, suggest)

    matchers = shell.Completer.custom_matchers
    matchers[:] = [each for each in matchers if getattr(each, "matcher_identifier", "") != "synth_jupyter"]
    matchers.append(synth_matcher)


def _result(context: CompletionContext, suggest: "Suggestions") -> SimpleMatcherResult:
    until = context.text_until_cursor
    line = _LINE.match(until)
    cell = _SQL_CELL.match(context.full_text) if context.cursor_line > 0 else None
    if line:
        fragment, found = suggest.for_words(line["words"])
    elif cell:
        fragment, found = suggest.for_sql(cell["name"], until)
    else:
        return SimpleMatcherResult(completions=[], suppress=False)
    completions = [SimpleCompletion(text=text, type=kind) for text, kind in found]
    return SimpleMatcherResult(completions=completions, matched_fragment=fragment, suppress=True, ordered=True)


class Suggestions:
    """What may stand at the cursor; every look-up is a read of the store, and a store in trouble suggests nothing."""

    def __init__(self, open_workspace: Callable[[], Any]) -> None:
        self._open = open_workspace

    def for_words(self, text: str) -> tuple[str, list[tuple[str, str]]]:
        """(what is being typed, candidates) for the words behind `%synth`."""
        *before, fragment = re.split(r"\s+", text)
        if not before:
            return fragment, _fitting(fragment, ((verb, "keyword") for verb in VERBS))
        verb = before[0]
        if verb not in VERBS:
            return fragment, []
        places, waiting = _places(before[1:], flags_of(verb, notebook=True))
        if verb == "sql" and places and waiting is None and not fragment.startswith("-"):
            return self.for_sql(places[0], text)
        return fragment, _fitting(fragment, self._argument(verb, before[1:], fragment))

    def for_sql(self, name: str, until: str) -> tuple[str, list[tuple[str, str]]]:
        """(what is being typed, candidates) in a statement on experiment `name`; behind `t.` only t's columns."""
        match = _FRAGMENT.search(until)
        fragment = match[0] if match else ""
        qualifier = re.search(r"([\w$]+)\.$", until[: len(until) - len(fragment)])
        found = self._columns(name, qualifier[1]) if qualifier else self._sql(name)
        return fragment, _fitting(fragment, found)

    def _sql(self, name: str) -> Candidates:
        yield from self._tables(name)
        yield from self._columns(name)
        yield from ((word, "keyword") for word in _SQL_WORDS)

    def _argument(self, verb: str, before: list[str], fragment: str) -> Candidates:
        flags = flags_of(verb, notebook=True)
        places, waiting = _places(before, flags)
        if waiting is not None:
            yield from self._values(waiting, places)
            return
        if fragment.startswith("-"):
            yield from ((flag, "param") for flag in flags)
            return
        words = [argument for argument in VERBS[verb].arguments if not argument.is_option]
        if words and (len(places) < len(words) or words[-1].details.get("nargs") == "*"):
            yield from self._values(words[min(len(places), len(words) - 1)], places)
        yield from ((flag, "param") for flag in flags if flag.startswith("--"))

    def _values(self, argument: Argument, places: list[str]) -> Candidates:
        if choices := argument.details.get("choices"):
            yield from ((choice, "value") for choice in choices)
        name = places[0] if places else ""
        match argument.names:
            case "experiment":
                yield from self._experiments()
            case "address" | "run":
                yield from self._addresses()
            case "table":
                yield from self._tables(name)
            case "table=":
                yield from ((f"{table}=", kind) for table, kind in self._tables(name))
            case "column":
                yield from self._columns(name, places[1] if len(places) > 1 else "")
            case "column=":
                yield from ((f"{column}=", kind) for column, kind in self._keys(name, places[1:2]))
            case "table.column":
                yield from self._qualified(name)
            case "file":
                yield from _files()
            case "target":
                yield from ((target, "value") for target in _TARGETS)
            case "dialect":
                yield from ((dialect, "value") for dialect in _DIALECTS)
            case "verb":
                yield from ((verb, "keyword") for verb in VERBS)

    def _experiments(self) -> Candidates:
        yield from ((each.name, "module") for each in self._asked(lambda workspace: workspace.list()))

    def _addresses(self) -> Candidates:
        for name, kind in self._experiments():
            yield name, kind
            yield from ((run.address, "instance") for run in self._runs(name))

    def _runs(self, name: str) -> list[Any]:
        return self._asked(lambda workspace: workspace.experiment(name).runs())

    def _tables(self, name: str) -> Candidates:
        yield from ((table.name, "class") for table in self._schema_tables(name))

    def _columns(self, name: str, table: str = "") -> Candidates:
        tables = self._schema_tables(name)
        mine = [each for each in tables if each.name.casefold() == table.casefold()]
        columns = dict.fromkeys(column.name for each in (mine or tables) for column in each.columns)
        yield from ((column, "property") for column in columns)

    def _keys(self, name: str, table: list[str]) -> Candidates:
        for each in self._schema_tables(name):
            if [each.name] == table:
                yield from ((column, "property") for column in each.primary_key)

    def _qualified(self, name: str) -> Candidates:
        for table in self._schema_tables(name):
            yield from ((f"{table.name}.{column.name}", "property") for column in table.columns)

    def _schema_tables(self, name: str) -> list[Any]:
        return self._asked(lambda workspace: workspace.experiment(name).schema.tables)

    def _asked(self, ask: Callable[[Any], Any]) -> list[Any]:
        try:
            return list(ask(self._open()))
        except SynthError:
            return []  # nothing of that name yet: nothing to suggest


def _places(before: list[str], flags: dict[str, Argument]) -> tuple[list[str], Argument | None]:
    """The words in places so far, and the option whose value comes next."""
    places: list[str] = []
    waiting: Argument | None = None
    for word in before:
        if waiting is not None:
            waiting = None
        elif word.startswith("-") and word != "-":
            argument = flags.get(word)
            waiting = argument if argument is not None and argument.takes_value else None
        else:
            places.append(word)
    return places, waiting


def _fitting(fragment: str, candidates: Candidates) -> list[tuple[str, str]]:
    folded = fragment.casefold()
    found = {text: kind for text, kind in candidates if text.casefold().startswith(folded) and text != fragment}
    return list(found.items())


def _files() -> Candidates:
    for path in sorted(Path().iterdir()):
        if not path.name.startswith("."):
            yield path.name, "path"
