"""The 22 queries of TPC-H with the standard's constants: none is empty, and PostgreSQL gives the same answers.

Query 11 asks for shares of more than 0.0001 of the value per scale factor: here, for 0.1.
"""

import math
from contextlib import closing
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

import synth_jupyter
from synth_jupyter.presets import preset
from synth_jupyter.warehouses import open_target

FOLDER = Path(__file__).parent.parent / "sql" / "tpch"
QUERIES = sorted((FOLDER / "queries").glob("*.sql"))
DOCUMENT = (FOLDER / "tpch.yaml").read_text()

SCALES = [
    pytest.param((DOCUMENT, "1", None), id="small"),
    pytest.param((DOCUMENT, "16.67", None), id="scale factor 0.1", marks=pytest.mark.slow),
    pytest.param((preset("tpch"), "0.1", 1), id="the preset at scale factor 0.1", marks=pytest.mark.slow),
]


@pytest.fixture(scope="module", params=SCALES)
def tpch(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Any:
    workspace = synth_jupyter.open(tmp_path_factory.mktemp("tpch") / "home")
    document, scale, seed = request.param
    workspace.define(document, "tpch")
    experiment = workspace.experiment("tpch")
    experiment.generate(scale=Decimal(scale), seed=seed, load=False, workers=1)
    return experiment


def test_there_are_twenty_two() -> None:
    assert [path.stem for path in QUERIES] == [f"{number:02}" for number in range(1, 23)]


@pytest.mark.parametrize("path", QUERIES, ids=lambda path: path.stem)
def test_a_query_is_answered_and_not_empty(tpch: Any, path: Path) -> None:
    rows = tpch.sql(path.read_text()).rows(limit=5)
    assert rows
    assert rows[0][-1] is not None


@pytest.mark.postgres
def test_postgresql_gives_the_same_answers(tpch: Any, postgres_url: str) -> None:
    with closing(open_target("env:URL", {"URL": postgres_url})) as warehouse:
        warehouse.load(tpch.files(), replace=True)
        with warehouse.transaction():  # type: ignore[attr-defined]
            for sql in ("CREATE INDEX ON lineitem (l_partkey, l_suppkey)", "ANALYZE"):
                warehouse.run(sql)  # type: ignore[attr-defined]
        for path in QUERIES:
            ours = tpch.sql(path.read_text()).rows()
            theirs = warehouse.query(path.read_text()).rows()
            assert len(ours) == len(theirs), path.stem
            assert all(map(_same_row, ours, theirs)), path.stem
            translated = tpch.sql(path.read_text(), dialect="postgres").rows()
            assert all(map(_same_row, translated, theirs)), path.stem


def _same_row(ours: list[Any], theirs: list[Any]) -> bool:
    return len(ours) == len(theirs) and all(map(_same, ours, theirs))


def _same(ours: Any, theirs: Any) -> bool:
    """Equal as SQL compares them: the blanks that fill a CHAR(n) in PostgreSQL mean nothing."""
    if isinstance(ours, str) and isinstance(theirs, str) and ours.rstrip() == theirs.rstrip():
        return True
    number = _number(ours)
    if number is None:
        return bool(ours == theirs)
    return (other := _number(theirs)) is not None and math.isclose(number, other, rel_tol=1e-9)


def _number(value: Any) -> float | None:
    try:
        return None if isinstance(value, date | bool) else float(value)
    except (TypeError, ValueError):
        return None
