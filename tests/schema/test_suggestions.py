"""What a document leaves open: row counts from its keys, rules from its names, each with a reason."""

import pytest

from synth_jupyter.datatypes import DataType
from synth_jupyter.schema.document import read
from synth_jupyter.schema.suggest import suggest

TABLES = """
experiment: x
tables:
  countries: {columns: {code: {type: char(3), primary_key: true}, name: {type: varchar(40)}}}
  people:
    columns: {id: {type: int, primary_key: true}, country: {references: countries.code}, a: {type: int}, b: {type: int}}
  accounts: {columns: {person: {references: people.id, primary_key: true}, opened: {type: date}}}
  events:
    columns: {id: {type: bigint, primary_key: true}, person: {references: people.id}}
  visits:
    primary_key: [person, country]
    columns: {person: {references: people.id}, country: {references: countries.code}}
  given: {rows: 20, columns: {id: {type: int, primary_key: true}}}
  pairs: {primary_key: [a, b], columns: {a: {references: given.id}, b: {references: given.id}}}
  notes: {columns: {id: {type: int, primary_key: true}, up: {references: notes.id, nullable: true}}}
"""
ROWS = {"countries": 100, "people": 300, "accounts": 300, "events": 900, "visits": 900, "given": 20, "pairs": 60,
        "notes": 1000}  # fmt: skip


def test_counts_that_nobody_gave_follow_the_keys_and_say_why() -> None:
    reading = read(TABLES)
    assert {table.name: table.rows.count for table in reading.schema.tables} == ROWS
    said = {line.where: line.construct for line in reading.report}
    assert said["accounts"] == "no row count: 300 rows, at most one for each row of people"
    assert set(said) == set(ROWS) - {"given"}


def test_a_circle_of_tables_has_counts_too() -> None:
    circle = "experiment: x\ntables:\n" + "".join(
        f"  {name}: {{columns: {{id: {{type: int, primary_key: true}}, o: {{references: {other}.id}}}}}}\n"
        for name, other in (("a", "b"), ("b", "a"))
    )
    assert [table.rows.count for table in read(circle).schema.tables] == [1000, 3000]


NAMES = [
    ("email", "varchar(80)", "email"), ("Phone", "varchar(30)", "phone_number"),
    ("firstName", "varchar(30)", "first_name"), ("last_name", "text", "last_name"), ("full_name", "varchar(60)", "name"),
    ("city", "varchar(40)", "city"), ("country", "varchar(60)", "country"), ("currency", "char(3)", "currency_code"),
    ("url", "text", "url"), ("ip_address", "varchar(15)", "ipv4"), ("iban", "varchar(34)", "iban"),
    ("sku", "varchar(20)", "[A-Z]{3}-[0-9]{8}"), ("product_code", "varchar(20)", "[A-Z]{2}[0-9]{6}"),
    ("description", "text", "max_length"), ("status", "varchar(20)", "active"), ("is_flag", "char(1)", "Y"),
    ("unit_price", "decimal(8,2)", "500"), ("amount", "double", "500"), ("quantity", "int", "10"),
    ("percent", "int", "100"), ("lat", "double", "-90"), ("longitude", "decimal(9,6)", "-180"),
    ("birth_date", "date", "1950-01-01"), ("created_at", "timestamp", "2020-01-01"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "kind", "rule"), NAMES)
def test_names_are_understood_and_say_so(name: str, kind: str, rule: str) -> None:
    made = suggest(name, DataType.parse(kind))
    assert rule in str(made)
    assert "name looks like" in made.reason


def test_what_is_updated_comes_after_what_is_created() -> None:
    table = read("""
experiment: x
tables:
  t:
    columns:
      id: {type: int, primary_key: true}
      created_at: {type: timestamp}
      updated_at: {type: timestamp}
      start_date: {type: date}
      end_date: {type: date, nullable: true}
      paid_at: {type: timestamp, min: 2020-01-01, max: 2021-01-01}
""").schema.tables[0]
    assert str(table.column("updated_at").rule) == "after(column=created_at, within=30d, min=0s)"
    assert table.column("end_date").rule.options["column"] == "start_date"
    assert table.column("paid_at").rule.name == "uniform"
    assert "comes after created_at" in table.column("updated_at").rule.reason
