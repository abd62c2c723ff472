"""Experiments, versions, runs and documents compared: what changes, why, and what is made anew."""

from pathlib import Path

import pytest

from synth_jupyter.errors import NotFoundError, SchemaError
from synth_jupyter.workspace import Workspace

DOCUMENT = """
experiment: shop
seed: 1
tables:
  customers: {rows: 20, columns: {id: {type: int, primary_key: true}, age: {type: int, min: 1, max: 99}}}
  orders:
    rows: 50
    columns: {id: {type: int, primary_key: true}, customer_id: {references: customers.id}, note: {type: varchar(20)}}
"""


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    made = Workspace.open(tmp_path / "home")
    made.define(DOCUMENT)
    return made


@pytest.mark.parametrize(
    ("edit", "why", "regenerated"),
    [
        (("max: 99", "max: 90"), ["domain"], {"customers": 20, "orders": 0}),
        (("min: 1, max: 99", "choices: [1, 2]"), ["rule"], {"customers": 20, "orders": 0}),
        (("note:", "remark:"), ["rename"], {"customers": 0, "orders": 50}),
        (("orders:", "sales:"), ["rename"], {"customers": 0, "sales": 50}),
        (("rows: 50", "rows: 60"), ["size"], {"customers": 0, "orders": 60}),
        (("seed: 1", "seed: 2"), ["seed"], {"customers": 20, "orders": 50}),
        (("seed: 1", "seed: 1\ndescription: mine"), ["words"], {"customers": 0, "orders": 0}),
        (("customers.id}", "customers.id, distribution: {zipf: 1.1}}"), ["relation"], {"customers": 0, "orders": 50}),
    ],
)
def test_a_change_says_why_and_what_it_costs(
    workspace: Workspace, edit: tuple[str, str], why: list[str], regenerated: dict[str, int]
) -> None:
    workspace.define(DOCUMENT.replace(*edit), replace=True)
    document = workspace.diff("shop#1", "shop").to_dict()
    assert [change["why"] for change in document["changes"]] == why
    assert {name: table["regenerated"] for name, table in document["tables"].items()} == regenerated
    assert document["regenerated"] + document["kept"] == sum(table["rows"] for table in document["tables"].values())


def test_the_columns_that_are_said_to_stay_do(workspace: Workspace) -> None:
    workspace.define(DOCUMENT.replace("max: 99", "max: 90").replace("note:", "remark:"), replace=True)
    first, second = workspace.experiment("shop").generate(load=False), None
    workspace.define(DOCUMENT, replace=True)
    second = workspace.experiment("shop").generate(load=False)
    compared = workspace.diff(first.address, second.address)
    for table in compared.tables:
        one, two = (workspace.experiment(run.address)[table.table].to_arrow() for run in (first, second))
        assert {name for name in table.kept if one[name] != two[name]} == set()
        assert {name for name in table.changed if name in one.column_names and one[name] == two[name]} == set()


def test_a_run_is_compared_with_the_rows_it_was_asked_for(workspace: Workspace) -> None:
    run = workspace.experiment("shop").generate(rows={"customers": 7}, load=False)
    (change,) = workspace.diff("shop", run.address).changes
    assert (change.place, change.what, change.why) == ("tables.customers.rows", "20 -> 7", "size")
    assert workspace.diff(run.address, run.address).changes == ()


def test_a_file_is_compared_without_being_stored(workspace: Workspace, tmp_path: Path) -> None:
    file = tmp_path / "new.yaml"
    file.write_text(DOCUMENT.replace("seed: 1\n", "").replace("max: 99", "max: 98"))
    compared = workspace.diff("shop", str(file))
    assert [change.why for change in compared.changes] == ["domain"]  # a seed that is not said is no difference
    assert [each.record.version for each in workspace.list()] == [1]


def test_what_is_not_there_is_said(workspace: Workspace, tmp_path: Path) -> None:
    for name, message in (
        ("shop#9", "no version '9'"),
        ("shop@9", "no run"),
        ("nobody", "nobody"),
        ("x.yaml", "no file"),
    ):
        with pytest.raises(NotFoundError, match=message):
            workspace.diff("shop", name)
    (tmp_path / "bad.yaml").write_text("tables: 5")
    with pytest.raises(SchemaError):
        workspace.diff("shop", str(tmp_path / "bad.yaml"))
