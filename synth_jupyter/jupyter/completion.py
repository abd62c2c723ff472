"""Completion of `%synth` lines and `%%synth sql` cells; silent in every other cell."""

import re
import shlex
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from IPython.core.completer import CompletionContext, SimpleCompletion, SimpleMatcherResult, context_matcher

from ..commands import VERBS, flags_of
from ..commands.surface import Argument
from .known import Known, files

_LINE = re.compile(r"^\s*(?:[^\W\d][\w.]*\s*=\s*)?%%?synth\s+(?P<words>.*)$", re.DOTALL)
_SQL_CELL = re.compile(r"^\s*%%synth\s+sql\s+(?P<words>[^\n]*)")
_FRAGMENT = re.compile(r"[\w$]*$")
_SQL_WORDS = (
    "SELECT", "FROM", "WHERE", "GROUP BY", "ORDER BY", "HAVING", "LIMIT", "JOIN", "LEFT JOIN", "USING", "ON", "AS",
    "AND", "OR", "NOT", "IN", "IS NULL", "BETWEEN", "LIKE", "CASE", "WHEN", "THEN", "ELSE", "END", "DISTINCT", "WITH",
    "UNION ALL", "OVER", "PARTITION BY", "count(*)", "sum", "avg", "min", "max",
)  # fmt: skip
_TARGETS = ("duckdb:", "sqlite:", "env:", "dir:")
_DIALECTS = (
    "ansi", "bigquery", "duckdb", "mysql", "oracle", "postgres", "redshift", "snowflake", "sqlite", "tsql",
)  # fmt: skip
_NO_ALIAS = {word for words in _SQL_WORDS for word in words.casefold().split()}

Candidates = Iterable[tuple[str, str]]
"""(text, kind)"""

Found = tuple[str, list[tuple[str, str]]]
"""What is being typed, and what may stand in its place."""


def install(shell: Any, open_workspace: Callable[[], Any]) -> None:
    """Complete our lines in `shell`; loading the extension again replaces the matcher."""
    suggest = Suggestions(Known(open_workspace), shell.user_ns)

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
        fragment, found = suggest.for_cell(cell["words"], until, context.full_text)
    else:
        return SimpleMatcherResult(completions=[], suppress=False)
    # IPython asks the other matchers where there is nothing at all; names of Python have no place in our lines.
    completions = [SimpleCompletion(text=text, type=kind) for text, kind in found or [(fragment, "text")] if text]
    return SimpleMatcherResult(completions=completions, matched_fragment=fragment, suppress=True, ordered=True)


class Suggestions:
    """What may stand at the cursor; `namespace` holds the variables that `{{name}}` and `$name` may name."""

    def __init__(self, known: Known, namespace: Mapping[str, Any]) -> None:
        self._known = known
        self._namespace = namespace

    def for_words(self, text: str) -> Found:
        """For the words behind `%synth`, of which the last is being typed."""
        *before, fragment = re.split(r"\s+", text)
        if not before:
            return fragment, _fitting(fragment, _of("keyword", VERBS))
        if before[0] not in VERBS:
            return fragment, []
        if fragment.startswith("{{"):
            return fragment, _fitting(fragment, self._variables("{{%s}}"))
        verb, flags = before[0], flags_of(before[0], notebook=True)
        places, waiting = _places(before[1:], flags)
        if verb == "sql" and places and waiting is None and not fragment.startswith("-"):
            return self._for_sql(places[0], text, text)
        return fragment, _fitting(fragment, self._argument(verb, places, waiting, fragment))

    def for_cell(self, words: str, until: str, cell: str) -> Found:
        """For a line of a `%%synth sql` cell with these words in its first line."""
        places, _ = _places(words.split(), flags_of("sql", notebook=True))
        return self._for_sql(places[0], until, cell) if places else ("", [])

    def _for_sql(self, name: str, until: str, statement: str) -> Found:
        """Behind `t.` only t's columns, where t may be an alias; behind FROM and JOIN only tables."""
        match = _FRAGMENT.search(until)
        fragment = match[0] if match else ""
        if fragment.startswith("$"):
            return fragment, _fitting(fragment, self._variables("$%s"))
        before = until[: len(until) - len(fragment)]
        if qualifier := re.search(r"([\w$]+)\.$", before):
            table = self._table(name, qualifier[1], statement)
            found: Candidates = _of("property", map(_quoted, self._known.columns(name, table)))
        elif re.search(r"\b(from|join)\s+$", before, re.IGNORECASE):
            found = self._tables(name, _quoted)
        else:
            found = self._sql(name)
        return fragment, _fitting(fragment, found)

    def _table(self, name: str, word: str, statement: str) -> str:
        """The table that `word` stands for in a statement."""
        tables = [each.name for each in self._known.tables(name)]
        for table in tables:
            aliases = re.findall(rf'\b{re.escape(table)}"?\s+(?:AS\s+)?(\w+)', statement, re.IGNORECASE)
            if word.casefold() in {alias.casefold() for alias in aliases} - _NO_ALIAS:
                return str(table)
        return word

    def _sql(self, name: str) -> Candidates:
        yield from self._tables(name, _quoted)
        yield from _of("property", map(_quoted, self._known.columns(name)))
        yield from _of("keyword", _SQL_WORDS)

    def _argument(self, verb: str, places: list[str], waiting: Argument | None, fragment: str) -> Candidates:
        flags = flags_of(verb, notebook=True)
        if waiting is not None:
            yield from self._values(waiting, places, fragment)
            return
        if fragment.startswith("-"):
            yield from _of("param", flags)
            return
        words = [argument for argument in VERBS[verb].arguments if not argument.is_option]
        if words and (len(places) < len(words) or words[-1].details.get("nargs") == "*"):
            yield from self._values(words[min(len(places), len(words) - 1)], places, fragment)
        yield from _of("param", (flag for flag in flags if flag.startswith("--")))

    def _values(self, argument: Argument, places: list[str], fragment: str) -> Candidates:
        yield from _of("value", argument.details.get("choices") or ())
        name, table = places[0] if places else "", places[1] if len(places) > 1 else ""
        match argument.names:
            case "experiment":
                yield from _of("module", self._known.experiments())
            case "address" | "run":
                yield from self._addresses()
            case "table":
                yield from self._tables(name, shlex.quote)
            case "table=":
                yield from self._tables(name, lambda each: shlex.quote(f"{each}="))
            case "column":
                yield from _of("property", map(shlex.quote, self._known.columns(name, table)))
            case "column=":
                yield from _of("property", (f"{column}=" for column in self._known.keys(name, table)))
            case "table.column":
                yield from self._qualified(name)
            case "file":
                yield from _of("path", files(fragment))
            case "target":
                yield from _targets(fragment)
            case "dialect":
                yield from _of("value", _DIALECTS)
            case "verb":
                yield from _of("keyword", VERBS)

    def _addresses(self) -> Candidates:
        yield from _of("module", self._known.experiments())
        yield from _of("instance", self._known.runs())
        yield from _of("instance", self._known.tags())

    def _tables(self, name: str, written: Callable[[str], str]) -> Candidates:
        yield from _of("class", (written(table.name) for table in self._known.tables(name)))

    def _qualified(self, name: str) -> Candidates:
        for table in self._known.tables(name):
            yield from _of("property", (shlex.quote(f"{table.name}.{column.name}") for column in table.columns))

    def _variables(self, form: str) -> Candidates:
        yield from _of("instance", (form % name for name in self._namespace if not name.startswith("_")))


def _of(kind: str, texts: Iterable[str]) -> Iterator[tuple[str, str]]:
    return ((text, kind) for text in texts)


def _targets(fragment: str) -> Candidates:
    scheme, colon, path = fragment.partition(":")
    if not colon:
        yield from _of("value", _TARGETS)
    elif scheme != "env":
        yield from _of("path", (f"{scheme}:{file}" for file in files(path)))


def _quoted(name: str) -> str:
    """A name as SQL takes it."""
    return name if re.fullmatch(r"[A-Za-z_]\w*", name) else '"' + name.replace('"', '""') + '"'


def _places(before: list[str], flags: Mapping[str, Argument]) -> tuple[list[str], Argument | None]:
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
    """Those that begin as what is typed does, in any case and with or without their quote."""
    folded = fragment.casefold()
    found: dict[str, str] = {}
    for text, kind in candidates:
        bare = text[1:] if text[:1] in "'\"" else text
        if text != fragment and (text.casefold().startswith(folded) or bare.casefold().startswith(folded)):
            found.setdefault(text, kind)
    return list(found.items())
