"""What is no schema is one error with every place; damaged scripts end in an answer or that error, and quickly."""

import random
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import pytest

from synth_jupyter.errors import SchemaError
from synth_jupyter.schema.ddl import MAX_CHARACTERS, read


def _cases() -> list[Any]:
    found: list[Any] = []
    for name in ("tables", "types", "dialects", "checks"):
        spec = spec_from_file_location(name, Path(__file__).parent / f"cases_of_{name}.py")
        assert spec
        assert spec.loader
        module = module_from_spec(spec)
        spec.loader.exec_module(module)
        found += module.CASES
    return found


CASES = _cases()
PIECES = ["'", '"', "(", ")", ";", "`", "[", "]", ",", "--", "/*", "*/", "$$", "\\", "<", " NOT ", " CHECK ", "9" * 30, " CASE ",
          " BEGIN ", " DEFAULT ", "\x00"]  # fmt: skip


@pytest.mark.parametrize("seed", range(10))
def test_a_damaged_script_is_read_or_refused(seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(50):
        _, dialect, script, _ = chance.choice(CASES)
        text = list(script)
        for _ in range(chance.choice([1, 2, 5])):
            at = chance.randrange(len(text) + 1)
            text[at : at + chance.choice([0, 1, 5, 40])] = chance.choice(PIECES)
        try:
            read("".join(text), name="x", dialect=dialect)
        except SchemaError as error:
            assert "nothing was stored" in error.message


def test_a_script_without_tables_is_refused_with_the_reasons() -> None:
    with pytest.raises(SchemaError, match=r"no table could be read.*line 1: view") as refused:
        read("CREATE VIEW v AS SELECT 1", name="x")
    assert "CREATE TABLE" in refused.value.hint


def test_names_that_collide_are_told_with_their_lines() -> None:
    with pytest.raises(SchemaError) as refused:
        read(
            'CREATE TABLE t (a INT);\nCREATE TABLE "e\u0301" (a INT);\nCREATE TABLE u (\na INT,\n"\u202eb" INT)',
            name="x",
        )
    assert [(problem.place, problem.line) for problem in refused.value.problems] == [
        ("tables.e\u0301", 2), ("tables.u.columns.\\u202eb", 5),
    ]  # fmt: skip


def test_a_hint_that_does_not_fit_is_told_with_its_line() -> None:
    with pytest.raises(SchemaError) as refused:
        read("CREATE TABLE t (\n  a INT -- @synth faker=email\n)", name="x")
    (problem,) = refused.value.problems
    assert (problem.place, problem.line) == ("tables.t.columns.a.faker", 2)


@pytest.mark.parametrize(
    ("dialect", "piece"), [("postgre", "did you mean 'postgres'"), ("clickhouse", "is not read as DDL")]
)
def test_an_unknown_dialect_is_refused(dialect: str, piece: str) -> None:
    with pytest.raises(SchemaError, match=piece):
        read("CREATE TABLE t (a INT)", name="x", dialect=dialect)


def test_a_script_of_many_megabytes_is_refused_at_once() -> None:
    with pytest.raises(SchemaError, match="at most 4,000,000 are read"):
        read("x" * (MAX_CHARACTERS + 1), name="x")


def test_deep_brackets_are_reported() -> None:
    reading = read(f"CREATE TABLE t (a INT CHECK ({'(' * 1900}a > 0{')' * 1900}))", name="x")
    assert any(line.outcome == "not carried" and line.construct.startswith("CHECK") for line in reading.report)
