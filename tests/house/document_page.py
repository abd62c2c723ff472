"""The reference page of the document, written from its models: `make fmt` writes it, a test keeps it true."""

from collections.abc import Iterator
from inspect import getdoc
from pathlib import Path

from synth_jupyter.datatypes import ALIASES, KINDS
from synth_jupyter.schema.document import models
from synth_jupyter.schema.laws import LAWS
from synth_jupyter.schema.rules import RULES

PAGE = Path(__file__).resolve().parent.parent.parent / "docs/reference/document.md"
HEAD = """# The document

YAML and JSON are one format; [shop.yaml](../tutorial/shop.yaml) shows most of it. Unknown keys are errors with their place
and line. `make fmt` writes this page from the code.

- A bare integer primary key is 1..n in row order. Numbers may carry `_`. Durations are `10d`, `2y`, `90s` (y w d h m s ms).
- Rows that nobody gives are suggested from the foreign keys, and the report of `define` says why.
- `per` counts exactly: every parent has from `min` to `max` children; the total is round(mean x parents), and `mean` is
  (min + max) / 2 unless given.
- What a column leaves open is filled from its table's checks, else from its name and type; `synth show` says how and why.
- A check of IN, BETWEEN, comparisons with constants or of two columns, IS NULL OR, LIKE with a beginning, `length(..)`,
  and AND of these becomes the rule of open columns; any other is counted by `verify`. The report says which.
- Expressions, conditions and checks are bound to the columns' types when they are defined. Numbers are computed in 64 bits;
  what cannot be shown to fit the column needs a wider type or `CAST(.. AS type)`, long text needs `left(.., n)`.
  Dividing by zero is an error, as in standard SQL: write `nullif(b, 0)`. Outside `when` nothing is computed.
"""
MODELS = (
    ("Top", models.DocumentModel), ("A table", models.TableModel), ("`rows: {..}`", models.RowsModel),
    ("A column", models.ColumnModel), ("An entry of `foreign_keys`", models.ForeignKeyModel),
    ("`references: {..}` of such an entry", models.ReferencesModel), ("`tree: {..}`", models.TreeModel),
    ("`faker: {..}`", models.FakerModel),
)  # fmt: skip
TAIL = """
## Patterns

A pattern is a bounded regular expression that every value matches whole: letters, classes (`[A-Z0-9]`, `[^x]`, `\\d`, `\\w`),
groups, `|`, and `?`, `{n}`, `{n,m}`; `*` and `+` are refused: write `{0,10}` or `{1,10}`. `[A-Z]{3}-[0-9]{4}` makes `QXZ-0417`. A unique column needs a
pattern with as many different values as it has rows.
"""


def page() -> str:
    """The whole page."""
    parts = [
        HEAD,
        *(line for title, model in MODELS for line in _keys(title, model)),
        *_types(),
        *_laws(),
        *_rules(),
        TAIL,
    ]
    return "\n".join(parts).rstrip() + "\n"


def _keys(title: str, model: type[models.Strict]) -> Iterator[str]:
    yield f"## {title}\n\n{getdoc(model)}\n\n| key | meaning |\n|---|---|"
    for name, field in model.model_fields.items():
        needed = " (needed)" if field.is_required() else ""
        yield f"| `{name}` | {(field.description or '').replace('|', chr(92) + '|')}{needed} |"
    yield ""


def _types() -> Iterator[str]:
    yield "## Types\n\n| type | also |\n|---|---|"
    for kind in KINDS:
        other = ", ".join(f"`{word}`" for word, meant in ALIASES.items() if meant == kind)
        yield f"| `{kind}` | {other} |"
    yield "\n`decimal(p,s)` (quoted in a flow map), `char(n)`, `varchar(n)`, `text(n)`, `binary(n)`, `enum('a','b')`, `type[]`.\n"


def _laws() -> Iterator[str]:
    yield "## Distributions\n\nTruncated to `min` and `max`, never clamped.\n\n| law | parameters | also |\n|---|---|---|"
    for name, law in LAWS.items():
        given = [*(f"`{key}`: {said}" for key, (_, said) in law.needed.items()),
                 *(f"`{key}` (optional): {said}" for key, (_, said) in law.optional.items())]  # fmt: skip
        also = ", ".join(f"`{word}` for `{meant}`" for word, meant in law.spellings.items())
        yield f"| `{name}` | {'; '.join(given)} | {also} |"
    yield ("\nHow a foreign key chooses parents: `uniform`, `one_to_one`, `graph`, `{zipf: 1.1}`, `{weights: [3, 1]}`, or"
           " `tree: true`.\n")  # fmt: skip


def _rules() -> Iterator[str]:
    yield "## Rules by name\n\n`generator: {NAME: {option: value}}` names any rule, or a plug-in.\n\n| rule | options |\n|---|---|"
    for name, (options, _) in RULES.items():
        yield f"| `{name}` | {', '.join(f'`{option}`' for option in options)} |"


if __name__ == "__main__":
    PAGE.write_text(page())
