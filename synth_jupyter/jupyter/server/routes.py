"""Which verb is which request: one row for each verb; what a request may hold is read from the verbs' own table.

The path of a verb is its name. Reading is GET; a statement is sent by POST because it is long, though it reads.
A parameter that names a file or a place is closed unless `KINDS` says how it is kept below the server's folder.
"""

from dataclasses import dataclass
from typing import Literal

from ...commands.named import named_arguments
from ...commands.surface import VERBS, Argument

Manner = Literal["here", "apart", "job"]
Kind = Literal["plain", "read", "write", "target", "existing", "schema", "closed"]


@dataclass(frozen=True)
class Route:
    """How a verb is asked: `manner` is a thread of the server, a process with limits, or a process in the background.

    `closed` are the options that HTTP does not have.
    """

    method: Literal["GET", "POST", "DELETE"]
    manner: Manner
    closed: tuple[str, ...] = ()

    @property
    def action(self) -> str:
        """What the authorizer is asked for; a statement may also keep its result."""
        return "read" if self.method == "GET" else "execute" if self.manner == "apart" else "write"


# A plan, a store row or a few rows: answered by a thread of the server.
_READ, _CHANGE = Route("GET", "here"), Route("POST", "here")
_JOB = Route("POST", "job")

ROUTES: dict[str, Route] = {
    "define": Route("POST", "here", closed=("from", "values")),  # a database of the server is nobody's business
    "list": _READ,
    "show": _READ,
    "preview": _READ,
    "diff": _READ,
    "generate": Route("POST", "job", closed=("background", "out", "executor")),  # it always is; no addresses
    "resume": Route("POST", "job", closed=("background", "out", "executor")),
    "cancel": _CHANGE,
    "watch": Route("GET", "apart"),
    "runs": _READ,
    "prune": _CHANGE,
    "sql": Route("POST", "apart"),
    "queries": Route("GET", "here", closed=("remove",)),  # GET changes nothing
    "load": _JOB,
    "verify": Route("GET", "apart"),
    "profile": Route("GET", "apart"),
    "lineage": Route("GET", "here", closed=("send",)),
    "trace": _READ,
    "explain": _READ,
    "tag": _CHANGE,
    "export": _JOB,
    "import": _JOB,
    "push": _JOB,
    "pull": _JOB,
    "inspect": Route("GET", "apart"),
    "images": _READ,
    "reset": Route("DELETE", "here"),
    "restore": Route("POST", "job", closed=("executor",)),
    "delete": Route("DELETE", "here"),
    "doctor": _READ,
    "help": _READ,
}

EXTRAS: dict[str, dict[str, str]] = {
    "define": {"document": "the document itself, in place of a file"},
    "sql": {"parameters": "the values of `$name` in the statement, by name"},
}
"""What a cell brings along and words cannot say."""

KINDS: dict[tuple[str, str], Kind] = {
    ("define", "file"): "read",
    ("define", "existing"): "existing",
    ("diff", "old"): "schema",
    ("diff", "new"): "schema",
    ("load", "into"): "target",
    ("verify", "in"): "target",
    ("lineage", "output"): "write",
    ("export", "output"): "write",
    ("export", "base"): "read",
    ("push", "base"): "read",
    ("sql", "export"): "write",
    ("trace", "in"): "target",
    ("import", "source"): "read",
    ("push", "reference"): "plain",
    ("pull", "reference"): "plain",
    ("inspect", "source"): "read",
    ("inspect", "diff"): "read",
}
"""How a parameter that names a file or a place is kept in its bounds."""

# What such words name; none of these can lead out of the workspace.
_PLAIN = frozenset(
    ("", "experiment", "address", "run", "table", "column", "table.column", "column=", "dialect", "sql", "verb")
)


def kind_of(verb: str, name: str, argument: Argument) -> Kind:
    """How a parameter is checked; what nobody has judged is closed."""
    if name in ROUTES[verb].closed:
        return "closed"
    if (verb, name) in KINDS:
        return KINDS[verb, name]
    is_rows = (argument.names, name) == ("table=", "rows")
    return "plain" if argument.names in _PLAIN or is_rows else "closed"


def open_parameters(verb: str) -> dict[str, Argument]:
    """The parameters of a verb that HTTP offers, by name."""
    return {name: each for name, each in named_arguments(verb).items() if kind_of(verb, name, each) != "closed"}


def served() -> dict[str, Route]:
    """The route of each verb that HTTP has, in the order of the verbs."""
    return {verb: ROUTES[verb] for verb in VERBS if verb in ROUTES}
