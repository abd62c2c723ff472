"""A schema as dbt's schema.yml: every constraint is a test."""

from pathlib import Path

import yaml

from synth_jupyter.schema.ddl import read
from synth_jupyter.schema.document import to_dbt
from synth_jupyter.workspace import Workspace

SCRIPT = """CREATE TABLE s.parents (id INT PRIMARY KEY, kind VARCHAR(9) NOT NULL CHECK (kind IN ('x', 'y')), code INT UNIQUE);
    CREATE TABLE s.lines (parent INT NOT NULL REFERENCES s.parents (id), line INT, CHECK (line + parent > 0),
    PRIMARY KEY (parent, line)); COMMENT ON COLUMN s.lines.line IS 'counts: up';"""


def test_every_constraint_is_a_test() -> None:
    document = yaml.safe_load(to_dbt(read(SCRIPT, name="shop").schema))
    assert document["version"] == 2
    assert document["sources"] == [{"name": "s", "tables": [{"name": "parents"}, {"name": "lines"}]}]
    parents, lines = document["models"]
    tests = {column["name"]: column.get("data_tests") for column in parents["columns"]}
    assert tests == {
        "id": ["not_null", "unique"], "kind": ["not_null", {"accepted_values": {"values": ["x", "y"]}}], "code": ["unique"],
    }  # fmt: skip
    assert lines["data_tests"] == [
        {"dbt_utils.unique_combination_of_columns": {"combination_of_columns": ["parent", "line"]}},
        {"dbt_utils.expression_is_true": {"expression": "line + parent > 0"}},
    ]
    parent, line = lines["columns"]
    assert parent["data_tests"] == ["not_null", {"relationships": {"to": "ref('parents')", "field": "id"}}]
    assert line["description"] == "counts: up"


def test_show_prints_it(tmp_path: Path) -> None:
    definition = Workspace.open(tmp_path).define(SCRIPT, "shop")
    assert definition.text("dbt") == to_dbt(definition.schema)
