"""Tables that SQL makes of a run: made, asked, followed, stale, removed with the run, and made again with it."""

from pathlib import Path
from typing import Any

import pytest

from synth_jupyter.commands import run as command
from synth_jupyter.errors import CommandError, ConflictError, NotFoundError, QueryError
from synth_jupyter.workspace import Experiment, Workspace

SALES = (
    "SELECT tier, count(*) AS orders, sum(price) AS amount FROM orders JOIN customers USING (customer_id) GROUP BY tier"
)


@pytest.fixture
def made(shop: Experiment) -> Experiment:
    """One run of a thousand customers with `sales` and, from it, `top`."""
    shop.generate(rows={"customers": 1_000}, load=False)
    shop.transform(SALES, "sales")
    shop.transform("CREATE TABLE top AS SELECT *, amount / orders AS mean FROM shop.sales WHERE orders > 0")
    return shop


def graph(experiment: Experiment, level: str = "table") -> dict[str, dict[str, Any]]:
    return {node["id"]: node for node in experiment.lineage(level).to_dict()["nodes"]}


def test_a_derived_table_is_asked_like_any_other_by_all_its_names(made: Experiment) -> None:
    wanted = made.sql(f"SELECT * FROM ({SALES}) ORDER BY ALL").rows()
    for name in ("sales", "shop.sales", '"shop@1".sales', "shop__sales"):
        assert made.sql(f"FROM {name} ORDER BY ALL").rows() == wanted
    assert len(wanted) == 3


def test_the_store_keeps_statement_inputs_engine_digest_and_origins(made: Experiment) -> None:
    sales, top = made.workspace.store.derived.of(made.run().key)
    assert (sales.sql, set(sales.inputs), sales.engine.split()[0]) == (SALES, {"orders", "customers"}, "duckdb")
    assert top.inputs == {"sales": sales.digest}
    mean = next(column for column in top.columns if column["name"] == "mean")
    assert {origin["column"] for origin in mean["from"]} == {"amount", "orders"}
    events = [event for event in made.workspace.store.history.events("shop") if event.kind == "derived"]
    assert [event.details["table"] for event in events] == ["sales", "top"]
    assert events[0].details["digest"] == sales.digest


def test_generated_tables_are_never_replaced_and_derived_ones_only_when_asked(made: Experiment) -> None:
    for name in ("orders", "ORDERS", "shop__orders"):
        with pytest.raises(ConflictError, match="generated table"):
            made.transform("SELECT 1 AS a", name, replace=True)
    with pytest.raises(ConflictError, match="already"):
        made.transform("SELECT 1 AS a", "Top")
    assert made.transform("CREATE OR REPLACE VIEW Top AS SELECT 1 AS a").record.rows == 1
    assert made.sql("FROM top").rows() == [[1]]


def test_no_table_is_made_from_itself(made: Experiment) -> None:
    for name in ("top", "sales"):
        with pytest.raises(ConflictError, match="made from itself"):
            made.transform("FROM top", name, replace=True)
    assert made.workspace.store.derived.of(made.run().key)[0].sql == SALES


@pytest.mark.parametrize(
    ("sql", "error", "message"),
    [
        ("DROP TABLE orders", QueryError, "only reads"),
        ("SELECT 1; SELECT 2", QueryError, "one statement"),
        ("COPY orders TO 'x.csv'", QueryError, "only reads"),
        ("SELECT 1 AS a, 2 AS A", QueryError, "two columns"),
        ("SELECT {'a': 1} AS s", QueryError, "cannot have"),
        ("SELECT error('no') FROM orders", QueryError, "no"),
        ("SELECT * FROM read_csv('/etc/passwd')", QueryError, "passwd|disabled|Permission"),
    ],
)  # fmt: skip
def test_what_is_refused_or_fails_leaves_nothing(
    made: Experiment, sql: str, error: type[Exception], message: str
) -> None:
    folder = made.workspace.folders.run(made.run().key) / "derived"
    before = sorted(folder.iterdir())
    with pytest.raises(error, match=message):
        made.transform(sql, "bad")
    assert sorted(folder.iterdir()) == before
    assert len(made.workspace.store.derived.of(made.run().key)) == 2


@pytest.mark.parametrize("name", ["", " ", "x" * 64, "a\nb", "a\u202eb"])
def test_names_that_no_table_may_have_are_refused(made: Experiment, name: str) -> None:
    with pytest.raises(CommandError, match="nothing was made"):
        made.transform("SELECT 1 AS a", name)


def test_hostile_names_are_tables_too(made: Experiment) -> None:
    for name in ('say "hi"', "select", "a.b", "'; DROP TABLE x; --", "日本", "sales; --"):
        made.transform('SELECT 1 AS "a ""b"".c"', name)
        quoted = name.replace('"', '""')
        assert made.sql(f'SELECT * FROM "{quoted}"').rows() == [[1]]
        made.transform(f'SELECT "a ""b"".c" FROM "{quoted}"', "copy", replace=True)
        record = made.workspace.store.derived.of(made.run().key)[-1]
        found = next(each for each in made.workspace.store.derived.of(made.run().key) if each.name == "copy")
        assert record.stored
        assert found.columns[0]["from"] == [{"table": name, "column": 'a "b".c', "how": "identity"}]


def test_a_changed_input_or_a_newer_run_makes_stale(made: Experiment) -> None:
    assert {graph(made)[name]["stale"] for name in ("sales", "top")} == {None}
    made.transform(f"{SALES} HAVING tier <> 'gold'", "sales", replace=True)
    assert graph(made)["sales"]["stale"] is None
    assert graph(made)["top"]["stale"] == "sales has changed since"
    made.generate(rows={"customers": 100}, load=False)
    first = made.workspace.experiment("shop@1")
    assert graph(first)["sales"]["stale"] == "made of shop@1; shop@2 is newer"
    assert graph(first)["top"]["stale"] == "sales has changed since"


def test_a_reset_takes_the_rows_and_a_restore_makes_the_same_again(made: Experiment) -> None:
    before = {each.name: each.digest for each in made.workspace.store.derived.of(made.run().key)}
    made.reset()
    assert graph(made.workspace.experiment("shop@1"))["sales"]["stale"] == "its data was removed"
    assert not made.workspace.folders.run(made.runs()[0].key).exists()
    with pytest.raises(QueryError):
        made.sql("FROM sales").rows()
    restored = made.restore()
    assert [(each.table, each.same) for each in restored.derived] == [("sales", True), ("top", True)]
    assert {each.name: each.digest for each in made.workspace.store.derived.of(made.run().key)} == before
    assert len(made.sql("FROM top").rows()) == 3


def test_what_is_not_repeatable_is_said_when_made_and_when_restored(made: Experiment) -> None:
    noted = made.transform("SELECT random() AS r FROM range(5)", "dice").to_dict()
    assert "random" in noted["note"]
    made.reset()
    same = {each.table: each.same for each in made.restore().derived}
    assert same == {"sales": True, "top": True, "dice": False}


def test_graphs_of_all_levels_hold_derived_tables(made: Experiment) -> None:
    assert graph(made)["sales"]["kind"] == "derived"
    columns = made.lineage("column")
    assert {edge.source for edge in columns.edges if edge.target == "sales.amount"} == {"orders.price"}
    assert columns.path("orders.price", "top.mean") == ("orders.price", "sales.amount", "top.mean")
    assert "data:shop@1:top" in graph(made, "run")


def test_a_dialect_is_translated_and_remembered(made: Experiment) -> None:
    record = made.transform("SELECT TOP 2 [order_id] FROM orders ORDER BY order_id", "two", dialect="tsql").record
    assert (record.rows, record.dialect) == (2, "tsql")
    assert record.columns[0]["from"] == [{"table": "orders", "column": "order_id", "how": "identity"}]


def test_a_row_is_traced_to_the_rows_it_was_made_from(made: Experiment) -> None:
    gold = dict(zip(*(lambda r: (r.columns, r.rows()[0]))(made.sql("FROM sales WHERE tier = 'gold'")), strict=True))
    found = made.trace("sales", "gold").to_dict()
    counts = {base["table"]: base["count"] for base in found["bases"]}
    assert counts["orders"] == gold["orders"]
    wanted = made.sql(
        "SELECT order_id FROM orders JOIN customers USING (customer_id) WHERE tier = 'gold' ORDER BY order_id LIMIT 20"
    ).rows()
    keys = next(base["keys"] for base in found["bases"] if base["table"] == "orders")
    assert [[key] for key in keys] == wanted
    assert made.trace("orders", keys[0]).row == next(b["rows"] for b in found["bases"] if b["table"] == "orders")[0]
    with pytest.raises(NotFoundError, match="no row"):
        made.trace("sales", "tin")


def test_joined_rows_without_groups_are_traced_and_the_untellable_is_said(made: Experiment) -> None:
    made.transform("SELECT order_id, tier FROM orders JOIN customers USING (customer_id) WHERE price > 10", "joined")
    order = made.sql("SELECT order_id, customer_id FROM joined JOIN orders USING (order_id) LIMIT 1").rows()[0]
    bases = {base["table"]: base["keys"] for base in made.trace("joined", order[0]).to_dict()["bases"]}
    assert bases == {"orders": [order[0]], "customers": [order[1]]}
    made.transform("SELECT order_id, rank() OVER (ORDER BY price) AS r FROM orders", "ranked")
    assert "window functions" in made.trace("ranked", row=0).to_dict()["note"]


def test_the_words_and_a_cell_make_tables(made: Experiment, workspace: Workspace) -> None:
    document = command(workspace, ["sql", "shop", "--into", "cheap", "SELECT * FROM orders WHERE price < 9"]).document
    assert (document["table"], document["run"]) == ("cheap", "shop@1")
    assert command(workspace, ["sql", "shop"], body="CREATE VIEW cell AS\nSELECT 1 AS a;\n").document["rows"] == 1
    with pytest.raises(CommandError, match="belongs to --into"):
        command(workspace, ["sql", "shop", "--replace", "SELECT 1"])
    with pytest.raises(CommandError, match="has no place"):
        command(workspace, ["sql", "shop", "--into", "x", "SELECT $a AS a"], parameters={"a": 1})


def test_the_history_outlives_reset_prune_redefinition_and_delete(made: Experiment, document: str) -> None:
    workspace = made.workspace
    made.verify()
    made.reset()
    workspace.define(document.replace("200_000", "100_000"), replace=True)
    made.generate(rows={"customers": 10}, load=False)
    made.prune(0)
    made.delete()
    events = command(workspace, ["lineage", "shop", "--history"]).document["events"]
    kinds = [event["event"] for event in events]
    assert [kind for kind in kinds if kind not in ("started", "completed")] == [
        "defined", "derived", "derived", "verified", "reset", "defined", "pruned", "deleted",
    ]  # fmt: skip
    first = command(workspace, ["lineage", "shop@1", "--history"]).document["events"]
    assert {event["run"] for event in first} == {"shop@1"}
    with pytest.raises(NotFoundError, match="did you mean 'shop'"):
        command(workspace, ["lineage", "shpo", "--history"])


def test_a_file_that_no_record_names_goes_with_the_next_statement(made: Experiment) -> None:
    stray: Path = made.workspace.folders.run(made.run().key) / "derived" / f"{'0' * 32}.parquet"
    stray.write_bytes(b"half")
    made.transform("SELECT 1 AS a", "one")
    assert not stray.exists()
    assert len(made.sql("FROM top").rows()) == 3
