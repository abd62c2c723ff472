"""Write docs/reference/warehouses.md from what the code makes for each engine, so that it says what a load does."""

from collections.abc import Iterator
from pathlib import Path

from synth_jupyter.datatypes import DataType
from synth_jupyter.schema.document import read
from synth_jupyter.schema.model import Column, Rule, Schema
from synth_jupyter.warehouses.constraints import design
from synth_jupyter.warehouses.creation import create_script
from synth_jupyter.warehouses.ledger import LEDGER, PARTS
from synth_jupyter.warehouses.locks import PATIENCE
from synth_jupyter.warehouses.types import ENGINES, column_type, stored_differently

PAGE = Path(__file__).resolve().parent.parent.parent / "docs" / "reference" / "warehouses.md"
TYPES = ("smallint", "int", "bigint", "real", "double", "decimal(10,2)", "decimal(30,2)", "boolean", "char(5)", "varchar(40)",
         "text", "date", "time", "timestamp", "timestamptz", "interval", "uuid", "json", "binary", "int[]")  # fmt: skip
NAMES = {
    "duckdb": "DuckDB",
    "sqlite": "SQLite",
    "postgres": "PostgreSQL",
    "snowflake": "Snowflake",
    "redshift": "Redshift",
}
SAMPLE = """
experiment: sample
tables:
  shops: {rows: 3, columns: {shop_id: {type: int, primary_key: true}, code: {type: varchar(9), unique: true}}}
  sales:
    rows: 9
    checks: ["amount > 0", "regexp_matches(note, '^a')"]
    columns:
      sale_id: {type: int, primary_key: true}
      shop_id: {references: shops.shop_id}
      again: {references: sales.sale_id, nulls: 0.5}
      amount: {type: "decimal(9,2)", min: 1, max: 9}
      note: {type: varchar(20), nulls: 0.1}
  one: {rows: 3, columns: {id: {type: int, primary_key: true}, other: {references: two.id, nulls: 0.5}}}
  two: {rows: 3, columns: {id: {type: int, primary_key: true}, other: {references: one.id}}}
"""
HEAD = """# Warehouses

What `synth load NAME --into TARGET` makes in each engine: types, constraints, comments, the ledger, and the limits.
[How to load](../how-to/load.md) shows the commands. `make fmt` writes this page from the code.

| target | rows go in by | constraints | transactions |
|---|---|---|---|
| `duckdb:FILE` | DuckDB from Arrow | in CREATE TABLE | one for each table; with `--replace` one in all |
| `sqlite:FILE` | ADBC | in CREATE TABLE, foreign keys proved before the last commit | one for each part, one for the swap |
| `env:VARIABLE`, `keyring:NAME` with a `postgresql://` address | ADBC (binary COPY) | added after the rows | one for each part, one for the swap |
| the same with any other SQLAlchemy address | executemany | added after the rows | one for each part, one for the swap |
| `dir:FOLDER` | files of CSV, JSON lines or Parquet | none | the folder appears whole |
| `snowflake:script=FOLDER`, `redshift:script=FOLDER` | COPY statements for you to run | in the script | the folder appears whole |
"""
TAIL = f"""
## The ledger

`{LEDGER}` has one row for each table that a load put there: the run, its content digest and the count of rows. A table without a row is
somebody's own and is never replaced or dropped. `{PARTS}` has one row for each part of a load under way, written in the part's own
transaction; it is gone when no load is. A ledger without rows is dropped.

## Names

Names are always quoted, so reserved words, spaces, quotes and dots are part of a name: the table `sales.orders` of a document is one table
called `"sales.orders"` in the target, not a table of a schema; `--schema` names a schema. PostgreSQL keeps `ctid`, `xmin` and their like for
itself, SQLite names that begin with `sqlite_`, and every engine's ledger its own two: such a load is refused by name and leaves nothing.

## Comments

In DuckDB and PostgreSQL by COMMENT ON, in SQLite in the text of CREATE TABLE, which it keeps. The scripts have COMMENT ON.

## Limits

- SQLite has no schemas, and texts in place of dates, times and long decimals. The report of a load names each as `stored_as`.
- DuckDB lets one process at a time into a file; a held DuckDB or SQLite file is waited for, {PATIENCE:.0f} s long.
- A disk that is full, or a target that may only be read, is one error; what was there before is as it was, and the next load goes on or begins anew.
- PostgreSQL 15 or newer is tested. While rows go in, autovacuum leaves their tables alone; indexes are made in up to 256 MB of memory.
- A CHECK that rows violate, or that an engine cannot express, is left out of the table and named in the report; `verify --in` counts it all the same.
"""


def page() -> str:
    """The whole page."""
    return "\n".join([HEAD, *_types(), *_constraints(), *_scripts()]) + "\n" + TAIL


def _types() -> Iterator[str]:
    yield "## Types\n"
    yield "What is marked * is another form than the type's own.\n"
    yield f"| type | {' | '.join(NAMES[one] for one in ENGINES)} |\n|---|{'---|' * len(ENGINES)}"
    for word in TYPES:
        type = DataType.parse(word)
        cells = (stored_differently(type, one) or column_type(type, one) for one in ENGINES)
        kept = (
            f"{cell} *" if stored_differently(type, one) else cell for one, cell in zip(ENGINES, cells, strict=True)
        )
        yield f"| `{word}` | {' | '.join(kept)} |"


def _constraints() -> Iterator[str]:
    yield "\n## Constraints\n"
    yield "Of two tables with keys, a reference to another row of the same table, two checks, and a cycle of two tables:\n"
    yield "| engine | enforced | verified, not enforced |\n|---|---|---|"
    schema = read(SAMPLE).schema
    for engine in ENGINES:
        designs = design(schema, engine, trees=())
        kinds = dict.fromkeys(kind for one in designs for kind in one.enforced)
        left = [f"{one.table.name}: {reason}" for one in designs for reason in one.not_enforced]
        yield f"| {NAMES[engine]} | {', '.join(kinds)} | {'; '.join(left) or 'nothing'} |"
    yield "\nA self-reference whose rows form one tree is enforced in DuckDB too: parents are loaded before their children."


def _scripts() -> Iterator[str]:
    yield "\n## Types in scripts\n"
    yield "| type | Snowflake | Redshift |\n|---|---|---|"
    for word in TYPES:
        yield f"| `{word}` | {' | '.join(_spelled(word, one) for one in ('snowflake', 'redshift'))} |"


def _spelled(word: str, dialect: str) -> str:
    table = read("experiment: x\ntables: {t: {rows: 1, columns: {c: {type: int}}}}").schema.tables[0]
    column = Column("c", DataType.parse(word), Rule("sequence"), nullable=True)
    changed = Schema("x", (type(table)("t", (column,), table.rows),))
    body = create_script(changed, dialect).partition("(\n")[2].partition("\n)")[0].strip()
    return " ".join(body.split()[1:])


if __name__ == "__main__":
    PAGE.write_text(page())
