"""Checks of a document become rules of the columns that it leaves open; the rest is verified."""

from pathlib import Path

from synth_jupyter.schema.document import canonical, read
from synth_jupyter.workspace import Workspace

DOCUMENT = """
experiment: x
tables:
  t:
    rows: 100
    checks:
      - "a between 1 and 5"
      - "s in ('x', 'y')"
      - "b >= a"
      - "d is null or d > date '2024-01-01'"
      - "code like 'AB%'"
      - "length(nick) >= 3 and length(nick) <= 8"
      - "e2 > e1"
      - "a + b > 0"
      - "m <= 50"
      - "q > 10"
      - "id > 0"
      - "z is not null"
      - "y = 1 or y = 2"
    columns:
      id: {type: int, primary_key: true}
      a: {type: int}
      b: {type: int}
      s: {type: varchar(10)}
      d: {type: date, nullable: true}
      code: {type: varchar(12)}
      nick: {type: varchar(20)}
      e1: {type: timestamp}
      e2: {type: timestamp}
      m: {type: int, min: 3}
      q: {type: int, min: 1, max: 5}
      z: {type: int}
      y: {type: int}
      big: {type: int}
"""
VERIFIED = {"CHECK (a + b > 0)", "CHECK (q > 10)"}


def test_every_check_is_compiled_or_verified_and_says_so() -> None:
    reading = read(DOCUMENT)
    assert {line.construct for line in reading.report if line.outcome == "verified"} == VERIFIED
    assert len([line for line in reading.report if line.outcome == "compiled"]) == 11
    assert read(canonical(reading.schema)).schema == reading.schema


def test_what_the_document_says_itself_stays() -> None:
    table = read(DOCUMENT).schema.tables[0]
    assert table.column("m").rule.options == {"min": 3, "max": 50}
    assert table.column("q").rule.options == {"min": 1, "max": 5}


def test_compiled_checks_hold_and_others_are_counted(tmp_path: Path) -> None:
    workspace = Workspace.open(tmp_path)
    workspace.define(DOCUMENT)
    workspace.experiment("x").generate()
    checks = [check for check in workspace.experiment("x").verify().checks if check.kind == "check"]
    assert len(checks) == 13
    assert [check.violations for check in checks if check.violations] == [100]


def test_small_integers_are_reckoned_with_as_large_ones(tmp_path: Path) -> None:
    workspace = Workspace.open(tmp_path)
    table = "CREATE TABLE t (a SMALLINT, b INT, c BIGINT, CHECK (a * a < 2000000), CHECK (-b * (b + 1) < 7), CHECK (c * c > 3))"
    workspace.define("-- @synth rows=50\n" + table, "x")
    workspace.experiment("x").generate()
    checks = [check for check in workspace.experiment("x").verify().checks if check.kind == "check"]
    assert len(checks) == 3
    report = workspace.experiment("x").load(f"duckdb:{tmp_path / 'x.duckdb'}")
    assert report.to_dict()["tables"]["t"]["rows"] == 50
