"""A CASE of written texts is known by them, and numbering its outcomes changes no value."""

import numpy as np
import pyarrow as pa
import pytest

from synth_jupyter.datatypes import DataType
from synth_jupyter.plan.rules import expression
from synth_jupyter.sql import parse_expression
from synth_jupyter.sql.labels import labels_of

KNOWN = {
    "case when a > 5 then 'N' else 'A' end": ("N", "A"),
    "case a when 1 then 'it''s' when 2 then null else 'x' end": ("it's", "x"),
    "case when a > 3 then (case when a > 6 then 'x' else 'y' end) when a = 0 then 'x' end": ("x", "y"),
}
OPEN = ["case when a > 5 then b else 'A' end", "upper('x')", "'x'", "case when a > 5 then 1 else 2 end",
        "case when a > 5 then 'x' || 'y' else 'z' end"]  # fmt: skip


@pytest.mark.parametrize("sql", KNOWN)
def test_the_texts_of_a_case_are_known_and_come_coded(sql: str) -> None:
    assert labels_of(parse_expression(sql)) == KNOWN[sql]
    made = expression(sql, DataType("varchar", length=9))
    values = made.generate(np.arange(10), None, {"a": pa.array(range(10))})
    assert isinstance(values, pa.DictionaryArray)
    assert made.distinct == len(KNOWN[sql])
    plain = expression(f"concat_ws('', {sql})", DataType("varchar", length=9))
    texts = plain.generate(np.arange(10), None, {"a": pa.array(range(10))}).to_pylist()
    assert [text or "" for text in values.to_pylist()] == texts


@pytest.mark.parametrize("sql", OPEN)
def test_other_expressions_have_no_labels(sql: str) -> None:
    assert labels_of(parse_expression(sql)) == ()
