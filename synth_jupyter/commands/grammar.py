"""From words to a request: one parser for the notebook, the command line and HTTP."""

from argparse import ArgumentParser, HelpFormatter, Namespace
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NoReturn

from ..errors import CommandError, did_you_mean
from .surface import EVERYWHERE, IN_NOTEBOOKS, VERBS, Argument
from .words import take_sql

_ABOUT = "synth: define relational data, generate it at any size, query, load, explain and ship it"


@dataclass(frozen=True)
class Request:
    """What was asked: `verb` and its `options` by name; `json` asks for the document instead of a display."""

    verb: str
    options: Namespace
    json: bool = False


def parse(words: Sequence[str], *, sql: str | None = None, notebook: bool = False) -> Request:
    """The request that `words` make; no words ask for help. `sql` is a statement that was already taken out.

    Raises:
        CommandError: an unknown verb or option, a missing or surplus word, a value of the wrong form.
    """
    verb, *rest = words or ["help"]
    if verb in ("-h", "--help"):
        verb = "help"
    if verb not in VERBS:
        raise CommandError(f"there is no verb {verb!r}{did_you_mean(verb, VERBS)}", hint="`synth help` lists the verbs")
    if verb == "sql" and sql is None:
        line = take_sql([verb, *rest])
        rest, sql = list(line.words[1:]), line.sql
    if {"-h", "--help"} & set(rest):
        return Request("help", Namespace(topic=verb), "--json" in rest)
    options = _parsed(verb, rest, notebook)
    if verb == "sql":
        options.sql = sql
    return Request(verb, options, options.json)


def help_text(verb: str | None = None) -> str:
    """All verbs, or one verb's words and options.

    Raises:
        CommandError: there is no such verb.
    """
    if verb is None:
        return _overview()
    if verb not in VERBS:
        raise CommandError(f"there is no verb {verb!r}{did_you_mean(verb, VERBS)}", hint="`synth help` lists the verbs")
    return _parser(verb, notebook=True).format_help().rstrip()


def flags_of(verb: str, *, notebook: bool = False) -> dict[str, Argument]:
    """Each option of a verb by each of its spellings."""
    arguments = (*VERBS[verb].arguments, *EVERYWHERE, *(_notebook_options(verb) if notebook else ()))
    return {flag: argument for argument in arguments if argument.is_option for flag in argument.flags}


class _Parser(ArgumentParser):
    def error(self, message: str) -> NoReturn:
        verb = self.prog.removeprefix("synth ")
        raise CommandError(f"{verb}: {message}", hint=f"see: synth help {verb}")


def _parsed(verb: str, words: Sequence[str], notebook: bool) -> Namespace:
    options, surplus = _parser(verb, notebook).parse_known_intermixed_args(words)
    for word in surplus:
        if word.startswith("-") and word != "-":
            flag = word.partition("=")[0]
            known = flags_of(verb, notebook=notebook)
            raise CommandError(
                f"{verb} has no option {flag!r}{did_you_mean(flag, known)}", hint=f"see: synth help {verb}"
            )
    if surplus:
        raise CommandError(f"{verb}: too many words: {' '.join(surplus)}", hint=_meant(verb, surplus[0]))
    return options


def _meant(verb: str, word: str) -> str:
    """What a word too many was perhaps to be: an option's value without its option."""
    flags = flags_of(verb)
    if "--rows" in flags and "=" in word:
        return f"write --rows {word}; each table has its own --rows"
    if "-n" in flags and word.isdecimal():
        return f"write -n {word}"
    return f"see: synth help {verb}"


def _parser(verb: str, notebook: bool) -> ArgumentParser:
    about = VERBS[verb]
    notes = [f"example: synth {about.example}"] if about.example else []
    notes += [f"In a notebook, the lines of a %%synth {verb} cell are {about.body}."] if about.body else []
    parser = _Parser(
        prog=f"synth {verb}",
        description=about.summary,
        epilog="\n".join(notes),
        add_help=False,
        allow_abbrev=False,
        formatter_class=_help_formatter,
    )
    for argument in (*about.arguments, *EVERYWHERE):
        parser.add_argument(*argument.flags, **argument.details)
    if notebook:
        group = parser.add_argument_group("in a notebook")
        for argument in _notebook_options(verb):
            group.add_argument(*argument.flags, **argument.details)
    return parser


def _notebook_options(verb: str) -> tuple[Argument, ...]:
    taken = {flag for argument in VERBS[verb].arguments for flag in argument.flags}
    return tuple(argument for argument in IN_NOTEBOOKS if not taken & set(argument.flags))


class _Help(HelpFormatter):
    def _fill_text(self, text: str, width: int, indent: str) -> str:
        return "\n".join(indent + line for line in text.splitlines())


def _help_formatter(prog: str) -> HelpFormatter:
    return _Help(prog, width=100, max_help_position=28)


def _overview() -> str:
    rows = [(f"{name} (notebook)" if verb.notebook else name, verb.summary) for name, verb in VERBS.items()]
    width = max(len(name) for name, _ in rows)
    verbs = [f"  {name:<{width}}  {summary}" for name, summary in rows]
    return "\n".join(
        [_ABOUT, "", *verbs, "", "`synth help VERB` explains one; in a notebook write %synth instead of synth."]
    )
