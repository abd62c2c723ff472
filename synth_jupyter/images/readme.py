"""The README of an image: what is in it and how to use it, for somebody who has no more than the image."""

from collections.abc import Collection

from ..plan.model import RunFiles

_USES = (
    (
        "warehouse/duckdb/load.sql",
        "DuckDB",
        "cat warehouse/duckdb/schema.sql warehouse/duckdb/load.sql | duckdb -bail {name}.duckdb",
    ),
    ("warehouse/load.py", "SQLite", "python warehouse/load.py sqlite {name}.sqlite    # needs pyarrow, nothing else"),
    ("warehouse/load.py", "PostgreSQL", "python warehouse/load.py postgres | psql -v ON_ERROR_STOP=1 -d DATABASE"),
    ("dump/{name}.sqlite", "SQLite, ready", "sqlite3 -readonly dump/{name}.sqlite"),
    ("dump/{name}.sql", "PostgreSQL, ready", "psql -v ON_ERROR_STOP=1 -d DATABASE -f dump/{name}.sql"),
)
_FILES = (
    ("schema.json", "the schema, complete: types, keys, checks, and the rule of each column"),
    ("manifest.json", "every file with its digest, and the digests of the values"),
    ("SHA256SUMS", "`sha256sum -c SHA256SUMS` checks the files"),
    ("data/", "the rows as Parquet, a folder a table"),
    ("pools/", "word lists that values are drawn from"),
    ("warehouse/", "tables with their constraints and load scripts for DuckDB, SQLite and PostgreSQL"),
    ("warehouse/derived.json", "tables that SQL made of these, with their statements and digests"),
    ("warehouse/queries.json", "saved statements"),
    ("lineage/", "where each column comes from, as JSON lines and as a SQLite database"),
    ("dump/", "the same rows, ready for one engine"),
)
FIRST_START = "warehouse/postgres/first-start.sql"
"""What a PostgreSQL below runs when it first starts."""
_STARTS = (
    "## Start it\n\n    docker run -e POSTGRES_PASSWORD=... IMAGE    # a PostgreSQL that fills itself, once\n\n"
    "## Take it out\n\n"
)
_RESTS = "## Take it out\n\nNothing runs in this image; it is a folder of files.\n\n"
_ALWAYS = ("schema.json", "manifest.json", "SHA256SUMS")


def readme(run: RunFiles, paths: Collection[str], *, thin: bool) -> bytes:
    """The text for an image that holds `paths` besides its data; the same for the same run."""
    have = {*paths, *_ALWAYS} | ({"data/"} if not thin else set())
    files = "".join(f"- `{path}`: {about}\n" for path, about in _FILES if any(name.startswith(path) for name in have))
    counts = "".join(f"- {table.name}: {run.rows(table.name):,} rows\n" for table in run.schema.tables)
    return (
        f"# {run.schema.name}\n\nSynthetic relational data; nothing in it is about a real person.\n\n"
        f"{counts}\nContent digest: `{run.content_digest}`, seed {run.seed}\n\n## Files\n\n{files}\n"
        f"{_STARTS if FIRST_START in have else _RESTS}"
        "    docker create --name box IMAGE && docker cp box:/experiment . && docker rm box\n"
        f"    synth import FILE.tar --as NAME    # with synth_jupyter: verified{_made(thin)}\n"
        f"{_loads(run, have)}"
    ).encode()


def _made(thin: bool) -> str:
    return ", and the rows made again, because this image holds none" if thin else ", and nothing in it is executed"


def _loads(run: RunFiles, have: Collection[str]) -> str:
    name = plain_name(run.schema.name)
    lines = [
        f"    # {what}\n    {how.format(name=name)}\n" for path, what, how in _USES if path.format(name=name) in have
    ]
    return "\n## Load it\n\nIn the folder `experiment`:\n\n" + "".join(lines) if lines else ""


def plain_name(name: str) -> str:
    """The experiment's name as a file's."""
    return "".join(letter if letter.isascii() and letter.isalnum() else "_" for letter in name)[:60] or "experiment"
