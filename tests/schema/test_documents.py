"""What a document may say, and what the schema then is."""

from decimal import Decimal
from typing import Any

import pytest

from synth_jupyter.schema.document import definition_document, read
from synth_jupyter.schema.model import Column, ForeignKey, Rows, Rule, Schema, Table

PARENT = "  p: {rows: 10, columns: {id: {type: int, primary_key: true}, on: {type: date}}}\n"


def _schema(tables: str) -> Schema:
    return read(f"experiment: e\ntables:\n{tables}").schema


def _table(columns: str, more: str = "rows: 5") -> Table:
    return _schema(f"{PARENT}  t: {{{more}, columns: {{{columns}}}}}\n").table("t")


def _column(keys: str, name: str = "c") -> Column:
    return _table(f"{name}: {{{keys}}}").column(name)


@pytest.mark.parametrize(
    ("keys", "options"),
    [
        ("type: timestamp, min: 2024-01-01, max: 2024-12-31", ("2024-01-01T00:00:00", "2024-12-31T23:59:59.999999")),
        ("type: timestamptz, min: '2024-01-01T02:00:00+02:00', max: 2024-01-02",
         ("2024-01-01T00:00:00", "2024-01-02T23:59:59.999999")),
        ("type: timestamp, min: 2024-01-01 10:00, max: 2024-01-01 10:30:00.5",
         ("2024-01-01T10:00:00", "2024-01-01T10:30:00.500000")),
        ("type: date, min: 2024-01-01, max: 2024-01-01", ("2024-01-01", "2024-01-01")),
        ("type: time, min: '08:00', max: '17:30'", ("08:00:00", "17:30:00")),
        ("type: int, min: -5, max: 1_000", (-5, 1000)),
        ('type: "decimal(10,2)", min: 0.50, max: 1e3', ("0.5", 1000)),
        ("type: double, min: 0.1, max: 5", ("0.1", 5)),
        ("type: interval, min: 1h, max: 2d", ("1h", "2d")),
    ],
)  # fmt: skip
def test_bounds_have_one_form(keys: str, options: tuple[Any, Any]) -> None:
    assert _column(keys).rule == Rule("uniform", {"min": options[0], "max": options[1]})


@pytest.mark.parametrize(
    ("keys", "low", "high"),
    [
        ("type: int, min: 5", 5, 1000), ("type: int, max: 5", 0, 5), ("type: int, min: 5000", 5000, 6000),
        ("type: int, max: -5000", -6000, -5000), ("type: smallint, min: 32000", 32000, 32767),
        ('type: "decimal(4,2)", min: 99', 99, "99.99"), ("type: date, max: 1999-12-31", "1994-12-31", "1999-12-31"),
    ],
)  # fmt: skip
def test_a_missing_bound_is_the_usual_one_and_the_reason_says_so(keys: str, low: Any, high: Any) -> None:
    rule = _column(keys).rule
    assert rule.options == {"min": low, "max": high}
    assert "the usual range of" in rule.reason


@pytest.mark.parametrize(
    ("name", "kind", "rule"),
    [
        ("email", "varchar(80)", "faker(provider=email"), ("customerEmail", "varchar(80)", "faker(provider=email"),
        ("city", "varchar(40)", "faker(provider=city"), ("country", "char(2)", "faker(provider=country_code"),
        ("phone", "varchar(20)", "faker(provider=phone_number"), ("last_name", "text", "faker(provider=last_name"),
        ("zip", "varchar(10)", "faker(provider=postcode"), ("description", "text", "text(max_length=200"),
        ("status", "varchar(10)", "choices("), ("price", '"decimal(8,2)"', "uniform(min=1, max=500)"),
        ("price", '"decimal(3,2)"', "uniform(min=1, max=9.99)"), ("created_at", "timestamp", "uniform(min=2020-01-01T"),
        ("id", "uuid", "uuid"), ("is_open", "boolean", "bernoulli(p=0.5)"), ("email", "varchar(5)", "pattern("),
        ("birth_date", "date", "uniform(min=1950-01-01, max=2005-12-31)"), ("x", "enum('a')", "choices(values=['a']"),
    ],
)  # fmt: skip
def test_what_is_left_open_follows_from_name_and_type(name: str, kind: str, rule: str) -> None:
    found = _column(f"type: {kind}", name).rule
    assert str(found).startswith(rule)
    assert found.reason


def test_a_bare_whole_number_key_counts_from_one() -> None:
    rule = _column("type: bigint, primary_key: true").rule
    assert rule == Rule("sequence", {"start": 1, "step": 1}, "whole-number key")


@pytest.mark.parametrize(
    ("keys", "nullable", "nulls"),
    [
        ("", False, 0.0), ("nullable: true", True, 0.05), ("nulls: 5%", True, 0.05), ("nulls: 0.25", True, 0.25),
        ("nulls: 0", False, 0.0), ("nullable: true, nulls: 0", True, 0.0), ("when: 1 = 1", True, 0.0),
        ("nullable: true, when: 1 = 1", True, 0.0), ("nulls: 100%", True, 1.0), ("nullable: false", False, 0.0),
    ],
)  # fmt: skip
def test_nulls(keys: str, nullable: bool, nulls: float) -> None:
    column = _column(f"type: int{', ' if keys else ''}{keys}")
    assert (column.nullable, column.nulls) == (nullable, nulls)


@pytest.mark.parametrize(
    ("keys", "rule", "nulls"),
    [
        ("references: p.id", Rule("uniform_parent"), 0.0),
        ("references: p", Rule("uniform_parent"), 0.0),
        ("references: P.ID, distribution: uniform", Rule("uniform_parent"), 0.0),
        ("references: p.id, unique: true", Rule("one_to_one"), 0.0),
        ("references: p.id, distribution: {zipf: {exponent: 2}}", Rule("zipf_parent", {"exponent": 2}), 0.0),
        ("references: p.id, distribution: {weights: [3, 0.5]}", Rule("weighted_parent", {"weights": [3, 0.5]}), 0.0),
        ("references: p.id, nulls: 30%", Rule("uniform_parent"), 0.3),
        ("references: p.id, nullable: true", Rule("uniform_parent"), 0.05),
    ],
)
def test_a_reference_says_how_the_parent_is_chosen(keys: str, rule: Rule, nulls: float) -> None:
    table = _table(f"c: {{{keys}}}")
    assert table.foreign_keys == (ForeignKey(("c",), "p", ("id",), rule, nulls),)
    assert table.column("c").rule == Rule("reference")
    assert (table.column("c").nullable, table.column("c").nulls) == (nulls > 0, 0.0)


def test_a_self_reference_may_be_a_tree_or_a_graph() -> None:
    tree = _table("id: {type: int, primary_key: true}, up: {references: t.id, tree: {roots: 2, depth: 3}}")
    assert tree.foreign_keys[0].rule == Rule("tree", {"roots": 2, "depth": 3})
    assert tree.column("up").nullable
    graph = _table("id: {type: int, primary_key: true}, up: {references: t.id, distribution: graph}")
    assert (graph.foreign_keys[0].rule, graph.column("up").nullable) == (Rule("graph"), False)


def test_references_match_the_longest_table_name() -> None:
    schema = _schema("""  a: {rows: 1, columns: {"b.id": {type: text, primary_key: true}}}
  a.b: {rows: 1, columns: {id: {type: int, primary_key: true}}}
  t: {rows: 1, columns: {x: {references: a.b.id}}}
""")
    assert schema.table("t").foreign_keys[0].table == "a.b"
    assert str(schema.table("t").column("x").type) == "int"


def test_types_follow_a_chain_of_references() -> None:
    schema = _schema("""  c: {columns: {id: {references: b.id, primary_key: true}}}
  b: {columns: {id: {references: a.id, unique: true}}}
  a: {columns: {id: {type: varchar(7), primary_key: true}}}
""")
    assert [str(table.columns[0].type) for table in schema.tables] == ["varchar(7)"] * 3


def test_a_composite_foreign_key_gives_its_columns_the_parents_types() -> None:
    schema = _schema("""  p: {columns: {a: {type: int}, b: {type: varchar(3)}}, primary_key: [a, b]}
  t:
    columns: {x: {type: varchar(3)}, y: {type: int, nullable: true}, z: {type: int}}
    foreign_keys: [{columns: [y, x], references: {table: p, columns: [a, b]}, nulls: 10%, distribution: {zipf: 1}}]
    unique: [[z, x], [z]]
    checks: ["y > 0"]
""")
    table = schema.table("t")
    assert table.foreign_keys == (ForeignKey(("y", "x"), "p", ("a", "b"), Rule("zipf_parent", {"exponent": 1}), 0.1),)
    assert [column.rule.name for column in table.columns] == ["reference", "reference", "sequence"]
    assert [column.nullable for column in table.columns] == [True, True, False]
    assert (table.unique, table.checks) == ((("z", "x"), ("z",)), ("y > 0",))


def test_children_are_counted_through_the_foreign_key_that_via_names() -> None:
    table = _table(
        "a: {references: p.id}, b: {references: p.id}, n: {type: int}",
        "primary_key: [b, n], rows: {per: p, via: b, max: 9, mean: 2.5, childless: 20%}",
    )
    assert table.rows == Rows(None, "p", ("b",), 0, 9, Decimal("2.5"), None, Decimal("0.2"))
    assert [key.rule.name for key in table.foreign_keys] == ["uniform_parent", "owner_parent"]
    assert table.column("n").rule == Rule("position", {}, "counts the rows of one owner")


def test_a_column_may_follow_a_parents_date_in_any_letter_case() -> None:
    table = _table("k: {references: p.id}, c: {type: timestamp, after: K.ON, within: 1h, min: 5m}")
    assert table.column("c").rule == Rule("after", {"column": "k.on", "within": "1h", "min": "5m"})


@pytest.mark.parametrize(
    ("keys", "rule"),
    [
        ("type: int, constant: 5", Rule("constant", {"value": 5})),
        ("type: text, value: hello", Rule("constant", {"value": "hello"})),
        ("type: text, pattern: '[a-z]{3}'", Rule("pattern", {"pattern": "[a-z]{3}"})),
        ("type: int, generator: {mine: {size: 1.5, of: [a]}}", Rule("mine", {"of": ["a"], "size": 1.5})),
        ("type: int, generator: mine", Rule("mine")),
        ("type: int, generator: {uniform: {min: 1, max: 2}}", Rule("uniform", {"min": 1, "max": 2})),
        ("type: int, distribution: uniform, min: 1, max: 2", Rule("uniform", {"min": 1, "max": 2})),
        ("type: double, choices: {0.5: 1, 2: 3}", Rule("choices", {"values": [0.5, 2.0], "weights": [1, 3]})),
        ("type: boolean, choices: {true: 3, false: 1}", Rule("choices", {"values": [True, False], "weights": [3, 1]})),
        ("type: varchar(3), choices: [yes, no]", Rule("choices", {"values": ["yes", "no"], "weights": [1, 1]})),
        ("type: text, faker: {provider: words, nb: 2, locale: de_DE}",
         Rule("faker", {"provider": "words", "arguments": {"nb": 2}, "locale": "de_DE"})),
        ("type: int, distribution: {poisson: 3}", Rule("distribution", {"law": "poisson", "parameters": {"mean": 3}})),
        ("type: int, max: 50, distribution: {zipf: 1.1}",
         Rule("distribution", {"law": "zipf", "parameters": {"exponent": 1.1, "n": 50}, "max": 50})),
        ("type: int, min: 0, max: 9, distribution: {triangular: 4}",
         Rule("distribution", {"law": "triangular", "parameters": {"mode": 4, "low": 0, "high": 9}, "min": 0,
                               "max": 9})),
    ],
)  # fmt: skip
def test_rules(keys: str, rule: Rule) -> None:
    assert _column(keys).rule == rule


def test_odd_names_are_kept_as_they_are() -> None:
    table = _table("select: {type: int}, 'quo\"te': {type: int}, größe: {type: int}, 7: {type: int}, a b: {type: int}")
    assert [column.name for column in table.columns] == ["select", 'quo"te', "größe", "7", "a b"]


def test_a_foreign_key_says_why_its_parents_are_chosen_as_they_are() -> None:
    shown = definition_document(read("""
        experiment: x
        tables:
          p: {rows: 9, columns: {id: {type: int, primary_key: true}, up: {references: p.id, tree: true}}}
          c:
            rows: {per: p, via: owner, min: 1, max: 2}
            columns:
              owner: {references: p.id}
              any: {references: p.id}
              few: {references: p.id, distribution: {zipf: 1.1}}
              one: {references: p.id, unique: true, reason: said so}
    """).schema)  # fmt: skip
    why = {name: column["reason"] for table in shown["tables"].values() for name, column in table["columns"].items()}
    assert why["up"] == "a foreign key: the rows of p form a tree"
    assert why["owner"] == "the owner of the row: rows are counted per p"
    assert why["any"] == "a foreign key: each row of p as likely as any other"
    assert why["few"] == "a foreign key: a few rows of p much more often than the rest"
    assert why["one"] == "said so"
