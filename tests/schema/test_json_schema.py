"""The JSON Schema that is shipped for editors is the one of the models."""

import json
from pathlib import Path

from synth_jupyter import schema
from synth_jupyter.schema.document import json_schema

SHIPPED = Path(schema.__file__).parent / "experiment.schema.json"


def test_the_shipped_json_schema_is_current() -> None:
    """Write it anew with `python -m json.tool` of `json_schema()` when the models change."""
    assert SHIPPED.read_text() == json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"


def test_every_key_of_a_column_is_described() -> None:
    properties = json_schema()["$defs"]["ColumnModel"]["properties"]
    assert len(properties) > 20
    assert all(key.get("description") for key in properties.values())
    assert json_schema()["$defs"]["ColumnModel"]["additionalProperties"] is False
