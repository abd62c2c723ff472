"""Saved statements in the store."""

import pytest

from synth_jupyter.errors import ConflictError, NotFoundError
from synth_jupyter.store import Store


def test_a_statement_is_kept_under_its_name_in_any_letter_case(store: Store) -> None:
    store.queries.save("shop", "Top", "SELECT 1", "duckdb")
    assert store.queries.get("SHOP", "top").sql == "SELECT 1"
    assert store.queries.save("shop", "TOP", "SELECT 1", "duckdb").name == "Top"
    with pytest.raises(ConflictError, match="Top"):
        store.queries.save("shop", "top", "SELECT 2", "duckdb")
    assert store.queries.save("shop", "top", "SELECT 2", "duckdb", replace=True).sql == "SELECT 2"
    assert [each.name for each in store.queries.of("shop")] == ["top"]


def test_a_missing_statement_names_a_near_one(store: Store) -> None:
    store.queries.save("shop", "monthly", "SELECT 1", "duckdb")
    with pytest.raises(NotFoundError, match="did you mean 'monthly'"):
        store.queries.get("shop", "montly")
    store.queries.remove("shop", "monthly")
    assert store.queries.of("shop") == []


def test_saved_statements_go_with_their_experiment(store: Store) -> None:
    store.queries.save("shop", "a", "SELECT 1", "duckdb")
    store.experiments.delete("shop")
    with pytest.raises(NotFoundError):
        store.queries.of("shop")
