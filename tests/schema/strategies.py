"""Whole documents, drawn at random: every type, every rule, every kind of key."""

from typing import Any

from hypothesis import strategies as st

KINDS = (
    "smallint", "int", "bigint", "decimal(10,2)", "decimal(3,3)", "decimal(38,10)", "real", "double", "boolean",
    "char(1)", "char(7)", "varchar(3)", "varchar(40)", "varchar(500)", "text", "date", "time", "timestamp",
    "timestamptz", "interval", "uuid", "json", "binary", "enum('a','it''s')", "int[]",
)  # fmt: skip
NAMES = (
    "id", "email", "First Name", "order", "price", "unit.price", 'quo"te', "größe", "status", "signup_at", "born",
    "yes", "1e5", "null", "a: b", "#x", "description", "country", "{", "0", "~", "name",
)  # fmt: skip
WORDS = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=12)
NULLS: tuple[dict[str, Any], ...] = (
    {}, {}, {"nullable": True}, {"nulls": "7.5%"}, {"when": "1 = 1"}, {"nullable": False},
)  # fmt: skip
WAYS: tuple[dict[str, Any], ...] = (
    {}, {"distribution": {"zipf": 1.25}}, {"distribution": "uniform"}, {"distribution": {"weights": [3, 0.5]}},
    {"nulls": 0.25}, {"nullable": True},
)  # fmt: skip
SHAPES: tuple[dict[str, Any], ...] = (
    {"tree": {"roots": 3}}, {"tree": True}, {"distribution": "graph"}, {"nulls": 0.5}, {"unique": True},
)  # fmt: skip
SHARES = st.floats(0, 1).map(lambda share: round(share, 6))
NUMBERS = st.one_of(st.integers(-(10**9), 10**9), st.floats(-1e9, 1e9).map(lambda value: round(value, 3)))


def _weights(size: int) -> st.SearchStrategy[Any]:
    return st.lists(st.one_of(st.integers(1, 9), st.floats(0.5, 9)), min_size=size, max_size=size)


@st.composite
def rules(draw: st.DrawFn, kind: str) -> dict[str, Any]:
    """Keys that say how values of the type come about; none leaves it open."""
    options: list[st.SearchStrategy[dict[str, Any]]] = [st.just({})]
    options.append(st.builds(lambda option: {"generator": {"plug": {"b": option, "a": [option]}}}, WORDS | NUMBERS))
    options.append(st.just({"expr": "1 + 1"}))
    if kind in ("int", "bigint", "double", "decimal(38,10)"):
        low, high = sorted(draw(st.tuples(st.integers(-999, 999), st.integers(-999, 999))))
        options += [st.just({"min": low, "max": high}), st.just({"min": low}), st.just({"max": high})]
        spread = draw(SHARES) + 1
        options.append(st.just({"distribution": {"normal": {"stddev": spread, "mean": low}}, "max": high + 1}))
        options.append(st.just({"distribution": {"beta": {"alpha": 2, "beta": 1.5}}, "min": low, "max": high + 1}))
        values = sorted({low, high})
        options.append(st.just({"choices": dict(zip(map(str, values), draw(_weights(len(values))), strict=True))}))
    if kind in ("double", "decimal(10,2)"):
        options += [st.just({"min": "0.25", "max": 1.75}), st.just({"choices": [0.5, 1, "2.25"]})]
    if kind in ("varchar(40)", "varchar(500)", "text"):
        values = draw(st.lists(WORDS, min_size=1, max_size=4, unique=True))
        options += [st.just({"choices": values}), st.just({"constant": values[0]}), st.just({"faker": "email"})]
        options.append(st.just({"choices": dict(zip(values, draw(_weights(len(values))), strict=True))}))
        options.append(st.just({"faker": {"provider": "words", "nb": 3, "locale": "de_DE"}}))
        options += [st.just({"pattern": "[a-z]{3}"}), st.just({"generator": {"text": {"max_length": 30}}})]
    if kind == "boolean":
        options += [st.just({"choices": {"true": 2, "false": 1}}), st.just({"generator": {"bernoulli": {"p": 0.25}}})]
    if kind in ("date", "timestamp", "timestamptz"):
        options += [st.just({"min": "2024-01-01", "max": "2024-02-29"}), st.just({"max": "1999-12-31"})]
    if kind == "json":
        options += [st.just({"choices": [{"a": [1, 2.5]}, "null"]}), st.just({"constant": {"b": None}})]
    return draw(st.one_of(options))


@st.composite
def columns(draw: st.DrawFn) -> dict[str, Any]:
    """One column that is in no key."""
    kind = draw(st.sampled_from(KINDS))
    column = {"type": kind, **draw(rules(kind))}
    nulls = draw(st.sampled_from(NULLS))
    unique = draw(st.sampled_from(({}, {}, {"unique": True})))
    comment = draw(st.sampled_from(({}, {"comment": "what: it # means"}, {"reason": "because"})))
    return column | nulls | unique | comment


@st.composite
def references(draw: st.DrawFn, parents: tuple[str, ...]) -> dict[str, Any]:
    """One column with a foreign key to any of the tables."""
    choice = draw(st.sampled_from(WAYS))
    return {"references": f"{draw(st.sampled_from(parents))}.key", **choice}


@st.composite
def documents(draw: st.DrawFn) -> dict[str, Any]:
    """A right document: tables with a key each, columns, references, children and composite keys."""
    names = tuple(draw(st.lists(st.sampled_from(NAMES), min_size=1, max_size=3, unique=True)))
    tables: dict[str, Any] = {}
    for at, name in enumerate(names):
        kind = draw(st.sampled_from(("int", "uuid", "varchar(20)")))
        table: dict[str, Any] = {"key": {"type": kind, "primary_key": True}}
        table |= {column: draw(columns()) for column in draw(st.lists(st.sampled_from(NAMES), max_size=4, unique=True))}
        table |= {f"ref {number}": draw(references(names)) for number in range(draw(st.integers(0, 2)))}
        if draw(st.booleans()):
            table["self"] = {"references": f"{name}.key", **draw(st.sampled_from(SHAPES))}
        tables[name] = {"rows": draw(st.integers(0, 10**6)), "columns": table}
        if at and draw(st.booleans()):
            _owned(draw, tables[name], names[0])
    return {"experiment": "drawn", "seed": draw(st.integers(0, 2**63 - 1)), "tables": tables}


def _owned(draw: st.DrawFn, table: dict[str, Any], parent: str) -> None:
    """Make the rows children of the first table, with a key of owner and position, and a condition."""
    columns = table["columns"]
    columns["owner"] = {"references": f"{parent}.key"}
    columns["line"] = {"type": "int", **draw(st.sampled_from(({}, {"position": True})))}
    extra = draw(st.sampled_from(({}, {"mean": "1.5"}, {"total": 17}, {"childless": "10%"})))
    table["rows"] = {"per": parent, "via": "owner", "min": 0, "max": 4, **extra}
    table["unique"] = [["owner", "line"]]
    table["checks"] = ["line > 0"]
    table["comment"] = "lines"
