"""Definitions: what is stored, what is refused, and how experiments and runs are addressed."""

import re
from time import process_time

import pytest

from synth_jupyter.errors import CommandError, ConflictError, NotFoundError, PlanError, SchemaError
from synth_jupyter.workspace import Experiment, Workspace


def test_a_definition_says_how_the_document_was_understood(workspace: Workspace, document: str) -> None:
    definition = workspace.define(document)
    found = definition.to_dict()
    assert (definition.name, definition.version, found["experiment"]) == ("shop", 1, "shop")
    assert found["tables"]["orders"]["rows"] == 200_000
    assert found["tables"]["orders"]["columns"]["order_id"]["nullable"] is False
    assert workspace.experiment("shop").definition().to_dict() == found


def test_the_given_name_wins_over_the_documents(workspace: Workspace, document: str) -> None:
    assert workspace.define(document, "other").name == "other"
    assert [summary.name for summary in workspace.list()] == ["other"]
    assert workspace.experiment("other").schema.name == "other"


def test_a_checked_definition_is_not_stored(workspace: Workspace, document: str) -> None:
    assert workspace.define(document, check=True).version == 0
    assert workspace.list() == []
    assert workspace.store.history.events() == []


def test_a_second_definition_of_a_name_needs_replace(workspace: Workspace, document: str) -> None:
    workspace.define(document)
    with pytest.raises(ConflictError, match="'shop' exists already") as caught:
        workspace.define(document.replace("seed: 42", "seed: 43"))
    assert "--replace" in caught.value.hint
    assert workspace.experiment("shop").plan().seed == 42
    assert workspace.define(document.replace("seed: 42", "seed: 43"), replace=True).version == 2
    assert workspace.experiment("shop").plan().seed == 43


@pytest.mark.parametrize(
    ("broken", "error", "place"),
    [
        (("type: bigint, primary_key", "typ: bigint, primary_key"), SchemaError, "typ"),
        (("references: customers.customer_id", "references: custmers.customer_id"), SchemaError, "custmers"),
        (
            ("{type: varchar(10), choices: {gold: 1, silver: 3, basic: 6}}", "{type: boolean, unique: true}"),
            PlanError,
            "tier",
        ),
    ],
)
def test_a_wrong_document_is_one_error_with_its_places_and_nothing_is_stored(
    workspace: Workspace, document: str, broken: tuple[str, str], error: type[Exception], place: str
) -> None:
    with pytest.raises(error) as caught:
        workspace.define(document.replace(*broken, 1))
    assert any(place in str(problem) for problem in caught.value.problems)  # type: ignore[attr-defined]
    assert workspace.list() == []
    assert workspace.store.history.events() == []


@pytest.mark.parametrize("check", ["price >", "prise > 1", "price > 5; drop table t", "price > (SELECT 1)"])
def test_a_check_that_nobody_could_verify_is_refused_with_its_place(workspace: Workspace, check: str) -> None:
    columns = "price: {type: int}"
    with pytest.raises(SchemaError) as caught:
        workspace.define(
            f"tables: {{t: {{rows: 1, columns: {{{columns}}}, checks: ['PRICE >= 0', '{check}']}}}}", "shop"
        )
    assert [problem.place for problem in caught.value.problems] == ["tables.t.checks[1]"]
    assert workspace.list() == []


def test_a_seed_that_nobody_gave_is_drawn_once_and_kept(workspace: Workspace, document: str) -> None:
    unseeded = document.replace("seed: 42\n", "")
    seed = workspace.define(unseeded).seed
    assert workspace.define(unseeded.replace("gold: 1", "gold: 2"), replace=True).seed == seed
    assert workspace.experiment("shop").plan().seed == seed
    assert workspace.define(unseeded, "other").seed != seed


@pytest.mark.parametrize("name", ["1st", "a b", "../shop", "a/b", "", "a@1", "x" * 64, "a\n"])
def test_an_experiment_is_called_by_an_identifier(workspace: Workspace, document: str, name: str) -> None:
    with pytest.raises((CommandError, SchemaError)):
        workspace.define(document, name or " ")
    assert workspace.list() == []


def test_addresses_name_experiments_runs_and_tags_in_any_letter_case(shop: Experiment) -> None:
    shop.generate(rows={"customers": 10})
    shop.generate(rows={"customers": 20})
    workspace = shop.workspace
    workspace.experiment("shop@1").tag("small")
    assert workspace.experiment("SHOP").run().address == "shop@2"
    assert workspace.experiment("shop@1").run().rows["customers"] == 10
    assert workspace.experiment("shop:small").run().address == "shop@1"


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("shpo", "did you mean 'shop'"),
        ("shop@7", "no run 'shop@7'"),
        ("shop:v9", "'v9'"),
        ("shop@x", "number"),
        ("shop@", "number"),
        ("shop@١", "number"),
        ("shop:", "cannot be a tag"),
        ("shop:../x", "cannot be a tag"),
    ],
)
def test_a_wrong_address_says_what_is_wrong_with_it(shop: Experiment, address: str, message: str) -> None:
    with pytest.raises((NotFoundError, CommandError), match=re.escape(message)):
        shop.workspace.experiment(address)


def test_a_preview_is_what_the_run_writes(shop: Experiment) -> None:
    preview = shop.preview("orders", 5, offset=70_000)
    shop.generate()
    written = shop.sql("SELECT * FROM orders ORDER BY order_id LIMIT 5 OFFSET 70000").to_arrow()
    assert preview.to_pylist() == written.to_pylist()
    assert shop.preview("ORDERS", 5, offset=10**9).num_rows == 0
    with pytest.raises(NotFoundError, match="did you mean 'orders'"):
        shop.preview("ordrs")


def test_a_preview_of_a_thousand_rows_takes_less_than_a_second(shop: Experiment) -> None:
    start = process_time()
    for offset in (0, 123_456, 199_000):
        assert all(shop.preview(table.name, 1_000, offset=offset).num_rows == 1_000 for table in shop.schema.tables)
    assert process_time() - start < 3 * len(shop.schema.tables)


def test_an_experiment_without_a_run_answers_over_typed_empty_tables(shop: Experiment) -> None:
    answer = shop.sql("SELECT count(*) AS n, sum(price) AS total FROM orders").to_dict()
    assert answer["rows"] == [[0, None]]
    assert [str(field.type) for field in shop["orders"].to_arrow().schema] == ["int64", "int64", "decimal128(10, 2)"]
    with pytest.raises(NotFoundError, match="no complete run"):
        shop.run()


@pytest.mark.parametrize(("n", "offset"), [(-1, 0), (5, -3)])
def test_a_preview_of_rows_that_cannot_be_is_refused(shop: Experiment, n: int, offset: int) -> None:
    with pytest.raises(CommandError, match="no rows of a table"):
        shop.preview("orders", n, offset)
