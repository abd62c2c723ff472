"""The verbs as data: their words and options, what each names, and the sentence that explains it.

The grammar parses from this table, help prints it and completion reads it, so that the three cannot disagree.
"""

import csv
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from ..errors import CommandError
from ..presets import PRESETS


@dataclass(frozen=True)
class Argument:
    """One word or option: `flags` as argparse takes them, `names` the kind of thing it names (for completion)."""

    flags: tuple[str, ...]
    names: str = ""
    details: dict[str, Any] = field(default_factory=dict)

    @property
    def is_option(self) -> bool:
        return self.flags[0].startswith("-")

    @property
    def takes_value(self) -> bool:
        return self.is_option and self.details.get("action") in (None, "append")


@dataclass(frozen=True)
class Verb:
    """What can be asked: `body` says what the lines of a notebook cell are, `notebook` that only a notebook has it."""

    summary: str
    arguments: tuple[Argument, ...] = ()
    example: str = ""
    body: str = ""
    notebook: bool = False


def word(name: str, help: str, names: str = "", **details: Any) -> Argument:
    """A word in its place."""
    return Argument((name,), names, {"help": help, "metavar": name.upper()} | details)


def option(*flags: str, help: str, names: str = "", **details: Any) -> Argument:
    """An option with a value."""
    return Argument(flags, names, {"help": help} | details)


def switch(*flags: str, help: str) -> Argument:
    """An option without a value."""
    return Argument(flags, "", {"help": help, "action": "store_true"})


def whole(least: int | None = None) -> Callable[[str], int]:
    """A whole number such as 5_000, at least `least`."""

    def read(text: str) -> int:
        try:
            number = int(text)
        except ValueError:
            raise CommandError(f"{text!r} is not a whole number", hint="write one such as 5000 or 5_000") from None
        if least is not None and number < least:
            raise CommandError(f"{text} is too small", hint=f"the least is {least}")
        return number

    return read


def factor(text: str) -> Decimal:
    """A positive number such as 0.5 or 10."""
    try:
        number = Decimal(text)
    except InvalidOperation:
        raise CommandError(f"{text!r} is not a number", hint="write one such as 0.5 or 10") from None
    if not (number.is_finite() and number > 0):
        raise CommandError(f"{text} is not a positive number", hint="write one such as 0.5 or 10")
    return number


def table_rows(text: str) -> tuple[str, int]:
    """`TABLE=N`, split at the last `=`, because a table's name may hold one."""
    table, equals, number = text.rpartition("=")
    if not equals or not table:
        raise CommandError(f"--rows {text!r} does not say which table", hint="write --rows customers=100_000")
    return table, whole(0)(number)


def table_source(text: str) -> tuple[str, str]:
    """`TABLE=SOURCE`, split at the first `=`, because a path may hold one."""
    table, equals, source = text.partition("=")
    if not equals or not table or not source:
        raise CommandError(
            f"--existing {text!r} does not say which table", hint="write --existing cities=cities.parquet"
        )
    return table, source


def table_names(text: str) -> tuple[str, ...]:
    """`A,B`; a name with a comma stands in double quotes, as in CSV."""
    try:
        names = tuple(name for line in csv.reader([text], strict=True, skipinitialspace=True) for name in line)
    except csv.Error:
        names = ()
    if not names or not all(names):
        raise CommandError(f"--tables {text!r} names no table", hint="write --tables customers,orders")
    return names


_EXPERIMENT = word("name", "the experiment", "experiment")
_ADDRESS = word("name", "the experiment: NAME, NAME@3 (run 3) or NAME:v1 (a tag)", "address")
_RUN = word("name", "the run: NAME@3 (NAME is its latest)", "run")
_TABLE = word("table", "one of its tables", "table")
_YES = switch("--yes", help="do it; without this only what would happen is shown")
_DIALECT = option("--dialect", names="dialect", metavar="D", help="the SQL dialect it is written in")

_BACKGROUND = switch("--background", help="in a process of its own that outlives this one; say its address at once")

_TABLES = option("--tables", metavar="A,B", type=table_names,
                 help="only these tables, and those that their foreign keys lead to")  # fmt: skip

_BASE = (
    option("--base", names="file", metavar="FILE.tar|oci:FOLDER|daemon:NAME|REFERENCE",
           help="lay it upon this image, whose layers and settings stay as they are"),
    option("--init", choices=("postgres",), help="the base is a PostgreSQL: fill it when it first starts"),
    option("--platform", metavar="linux/ARCH[,...]",
           help="the machines it is for (default linux/amd64); of a base, the one to take where there are several"),
)  # fmt: skip

_EXECUTOR = option(
    "--executor", metavar="local|dask:ADDRESS", default="local", help="who makes the rows (default local)"
)

_GENERATE = (
    _EXPERIMENT,
    option("--rows", names="table=", metavar="TABLE=N", type=table_rows, action="append", default=[],
           help="another row count for one table; may be given again"),
    option("--scale", metavar="F", type=factor, default=Decimal(1), help="multiply every table's row count"),
    option("--seed", metavar="N", type=whole(), help="the seed (default: the document's)"),
    option("--workers", metavar="N", type=whole(0), default=None, help="worker processes (default: one per core)"),
    _EXECUTOR,
    option("--out", names="file", metavar="URL",
           help="keep its files there: a shared folder, or a URL such as s3://bucket/prefix"),
    switch("--no-load", help="do not load it into the document's warehouse"),
    _BACKGROUND,
    switch("--dry-run", help="only say what would be made"),
)  # fmt: skip

EVERYWHERE = (
    switch("-h", "--help", help="explain this verb"),
    switch("--json", help="print one JSON document and nothing else"),
)

IN_NOTEBOOKS = (
    option("-o", dest="assign", metavar="VARIABLE", help="keep the result in this variable"),
    switch("--quiet", help="show nothing"),
)

VERBS: dict[str, Verb] = {
    "define": Verb(
        "store an experiment from a YAML, JSON or DDL document",
        (word("name", "the experiment's name", "experiment", nargs="?"),
         word("file", f"the document, or - for standard input, or preset:P with P of {', '.join(PRESETS)}", "file",
              nargs="?"),
         _DIALECT,
         switch("--replace", help="store a new version of an experiment that exists"),
         option("--existing", names="table=", metavar="TABLE=SOURCE", type=table_source, action="append", default=[],
                help="take a table's rows from a .parquet or .csv file or from a run (NAME@3); may be given again"),
         option("--from", dest="source", names="target", metavar="SOURCE",
                help="be like what is in duckdb:FILE, sqlite:FILE, env:VARIABLE, FILE.parquet or FILE.csv"),
         switch("--values", help="with --from: tell rare values and exact bounds, too"),
         switch("--check", help="only check the document; store nothing")),
        "define shop shop.yaml", body="the document",
    ),
    "list": Verb("the experiments of this workspace"),
    "show": Verb(
        "what an experiment will be: each column, its rule and why",
        (_EXPERIMENT,
         option("--format", choices=("yaml", "json", "ddl", "dbt"), help="print the document in this form instead"),
         _DIALECT),
        "show shop --format yaml",
    ),
    "preview": Verb(
        "some rows at once, exactly as a run will write them",
        (_EXPERIMENT, _TABLE,
         option("-n", "--limit", metavar="N", type=whole(0), default=10, help="how many rows (default 10)"),
         option("--offset", metavar="K", type=whole(0), default=0, help="the first row, counted from 0")),
        "preview shop orders -n 5",
    ),
    "diff": Verb(
        "what changes between two experiments, versions, runs or documents, why, and how many rows are made anew",
        (word("old", "NAME, NAME#2 (version 2), NAME@3 (run 3), NAME:v1 (a tag), or the file of a document", "address"),
         word("new", "what it is compared with, written the same way", "address")),
        "diff shop#1 shop",
    ),
    "generate": Verb("make a run: every row of every table", _GENERATE, "generate shop --rows customers=100_000"),
    "resume": Verb("finish a run that was interrupted", (_RUN, _EXECUTOR, _BACKGROUND), "resume shop@1"),
    "cancel": Verb("stop a run that is under way, keeping what it has", (_RUN,), "cancel shop@1"),
    "watch": Verb("see how far a run of another process is, until it ends", (_RUN,), "watch shop@1"),
    "runs": Verb("the history of an experiment, or of all", (word("name", "the experiment", "experiment", nargs="?"),)),
    "prune": Verb(
        "remove the data of all but the newest runs",
        (_EXPERIMENT, option("--keep", metavar="N", type=whole(0), required=True, help="how many keep their data")),
        "prune shop --keep 2",
    ),
    "sql": Verb(
        "ask a run in SQL; the statement is taken as it is written",
        (_ADDRESS,
         word("sql", "one statement; - reads standard input; options go before it or it is quoted", "sql", nargs="?"),
         _DIALECT, option("--limit", metavar="N", type=whole(0), help="at most so many rows"),
         option("--into", metavar="TABLE", help="make the result a table of the run, remembered with its origins"),
         option("--save", metavar="QUERY", help="also keep the statement under this name; `sql NAME @QUERY` asks it"),
         option("--export", names="file", metavar="FILE",
                help="write all rows to a .csv, .parquet, .json or .jsonl file, whole or not at all"),
         switch("--explain", help="run nothing: the verdict, the statement that would run, and its plan"),
         switch("--replace", help="replace what --into, CREATE TABLE name AS, --save or --export made before")),
        'sql shop --limit 5 "SELECT status, count(*) FROM orders GROUP BY status"', body="the statement",
    ),
    "queries": Verb(
        "the saved statements of an experiment",
        (_EXPERIMENT, option("--remove", metavar="QUERY", help="forget this one first")),
        "queries shop",
    ),
    "load": Verb(
        "load a run into a database, with its constraints",
        (_ADDRESS,
         option("--into", names="target", metavar="TARGET", required=True,
                help="duckdb:FILE, sqlite:FILE, dir:FOLDER, env:VARIABLE or keyring:NAME that holds a URL"),
         option("--format", choices=("csv", "jsonl", "parquet"), help="of the files of dir:FOLDER (default parquet)"),
         option("--schema", metavar="S", help="the target's schema (default: its own default)"),
         switch("--replace", help="replace tables that are there"),
         switch("--provenance", help="add the columns _synth_run_id and _synth_row")),
        "load shop --into sqlite:shop.sqlite",
    ),
    "verify": Verb(
        "count the violations of every constraint, in the files or in a database",
        (_ADDRESS, option("--in", dest="target", names="target", metavar="TARGET", help="a target it was loaded into")),
        "verify shop --in sqlite:shop.sqlite",
    ),
    "profile": Verb(
        "what each column of a table holds: NULLs, distinct values, bounds, top values, histogram",
        (_ADDRESS, _TABLE), "profile shop orders",
    ),
    "lineage": Verb(
        "draw where the data comes from",
        (_ADDRESS,
         option("--level", choices=("table", "column", "run"), default="table", help="how fine (default table)"),
         option("--format", choices=("svg", "png", "dot", "mermaid", "json", "openlineage"),
                help="print or save in this form"),
         option("-o", "--output", names="file", metavar="FILE", help="save it (the form is told by its ending)"),
         option("--focus", names="table", metavar="TABLE", help="this table and what is around it"),
         option("--upstream", names="table", metavar="NAME", help="only what this table or TABLE.COLUMN comes from"),
         option("--downstream", names="table", metavar="NAME", help="only what comes from it"),
         option("--path", nargs=2, metavar=("FROM", "TO"), help="only a shortest way from one to the other"),
         option("--depth", metavar="N", type=whole(0), help="at most so many steps away (default 1 with --focus)"),
         switch("--collapse", help="draw groups of tables, or a table's columns, as one box each"),
         switch("--history", help="everything that ever happened to it, also after a reset or a delete"),
         switch("--send", help="send the OpenLineage events to the address in SYNTH_OPENLINEAGE_URL")),
        "lineage shop --focus orders -o shop.svg",
    ),
    "trace": Verb(
        "where one row comes from: run, partition, file and, per column, the rule",
        (_ADDRESS, _TABLE,
         word("key", "the key's value, or COL=VALUE for each column of a composite key", "column=", nargs="*"),
         option("--row", metavar="N", type=whole(0), help="the row by its number, counted from 0, instead of a key"),
         option("--column", names="column", metavar="C", help="only this column"),
         option("--in", dest="target", names="target", metavar="TARGET", help="compare with the row loaded there"),
         switch("--children", help="also the rows of other tables that belong to it")),
        "trace shop orders 17",
    ),
    "explain": Verb(
        "how one column is made and why", (_EXPERIMENT, word("column", "TABLE.COLUMN", "table.column")),
        "explain shop orders.status",
    ),
    "tag": Verb(
        "give a run's content a name",
        (_RUN, word("tag", "the tag"), switch("--force", help="move a tag that names other content")),
        "tag shop@1 v1",
    ),
    "export": Verb(
        "write a run as one image file: an OCI layout and a docker archive",
        (_ADDRESS,
         option("-o", "--output", names="file", metavar="FILE.tar|oci:FOLDER|daemon:[NAME]", required=True,
                help="the file to write, a folder in the OCI layout, or a container engine on this machine"),
         switch("--thin", help="schema, seed and digests only; the data is made again on import"),
         option("--dump", choices=("sqlite", "postgres"), help="add the rows as a SQLite file, or as SQL for psql"),
         *_BASE,
         switch("--replace", help="replace the file or folder when it is there")),
        "export shop -o shop.tar",
    ),
    "import": Verb(
        "bring in an image and verify it",
        (word("source", "a tar file (of docker save, podman save or docker export, too), oci:FOLDER or daemon:NAME",
              "file"),
         option("--as", dest="as_name", metavar="NAME", help="the experiment's name here"),
         _TABLES,
         switch("--verify-only", help="only verify it; store nothing"),
         switch("--no-check", help="verify its files, but believe its content digest: no value is read")),
        "import shop.tar --as shop2",
    ),
    "push": Verb(
        "send a run to a registry as an image; layers that are there are not sent again",
        (_ADDRESS, word("reference", "registry.example/team/shop:v1", "reference"),
         switch("--thin", help="schema, seed and digests only; the data is made again where it is pulled"),
         *_BASE,
         switch("--force", help="move a tag that names other content there")),
        "push shop:v1 registry.example/team/shop:v1",
    ),
    "pull": Verb(
        "bring in an image from a registry and verify it",
        (word("reference", "registry.example/team/shop:v1", "reference"),
         option("--as", dest="as_name", metavar="NAME", help="the experiment's name here"),
         _TABLES,
         switch("--verify-only", help="only verify it; store nothing"),
         switch("--no-check", help="verify its files, but believe its content digest: no value is read")),
        "pull registry.example/team/shop:v1 --as shop2",
    ),
    "inspect": Verb(
        "what an image holds, or how two differ; their data is not read",
        (word("source", "a tar file or oci:FOLDER", "file"),
         option("--diff", names="file", metavar="OTHER", help="what another image has that this one has not")),
        "inspect shop-2.tar --diff shop-1.tar",
    ),
    "images": Verb("the images exported from or imported into this workspace"),
    "reset": Verb("remove the data of an experiment's runs; their history stays", (_EXPERIMENT, _YES)),
    "restore": Verb("make a removed run again, byte for byte", (_RUN, _EXECUTOR), "restore shop@1"),
    "delete": Verb(
        "remove an experiment and its data",
        (_EXPERIMENT, _YES, switch("--loaded", help="also drop the tables that it was loaded into")),
    ),
    "doctor": Verb("versions, folders and whatever is not as it should be"),
    "panel": Verb(
        "controls for everything: define, generate, cancel, query, explain, ship",
        (word("name", "the experiment", "experiment", nargs="?"),), "panel shop", notebook=True,
    ),
    "help": Verb("explain a verb", (word("topic", "the verb", "verb", nargs="?"),), "help generate"),
}  # fmt: skip
