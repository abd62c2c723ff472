"""Keys and foreign keys hold in the generated data: every pattern, judged by SQL over the evaluated tables."""

import numpy as np
import pytest
from judges import HOLDS, database, violations

from synth_jupyter.engine.batches import evaluate
from synth_jupyter.errors import PlanError
from synth_jupyter.plan.build import build_plan
from synth_jupyter.plan.model import Plan
from synth_jupyter.schema.document import read


def plan_of(tables: str, **options: object) -> Plan:
    return build_plan(read(f"experiment: x\ntables:{tables}").schema, 11, **options)  # type: ignore[arg-type]


@pytest.mark.parametrize("pattern", HOLDS)
def test_every_key_holds(pattern: str) -> None:
    plan = plan_of(HOLDS[pattern])
    assert list(violations(plan, database(plan))) == []


def test_the_judge_sees_a_planted_collision_and_a_planted_orphan() -> None:
    plan = plan_of(HOLDS["many to many by two free keys"])
    connection = database(plan)
    connection.execute("UPDATE ab SET a = o.a, b = o.b FROM (SELECT a, b FROM ab WHERE rowid = 5) o WHERE rowid = 7")
    connection.execute("UPDATE ab SET a = 99 WHERE rowid = 8")
    assert list(violations(plan, connection)) == ["ab: ('a', 'b') repeats", "ab: a has orphans"]


def test_a_bridge_gives_each_right_side_its_share() -> None:
    plan = plan_of(HOLDS["many to many without duplicates, full"].replace("mean: 7.5", "mean: 4"))
    held = evaluate(plan, "enrolled", np.arange(200))["course"].to_pandas().value_counts()
    assert len(held) == 8
    assert held.min() > 10


def test_tenants_agree_in_every_row() -> None:
    connection = database(plan_of(HOLDS["the tenant pattern, owned"]))
    disagree = "SELECT count(*) FROM items i JOIN orders o USING (tenant, number) WHERE i.tenant <> o.tenant"
    assert connection.execute(disagree).fetchone() == (0,)
    assert connection.execute("SELECT count(DISTINCT product) FROM items").fetchone()[0] > 3


def test_followed_columns_go_through_several_keys() -> None:
    plan = plan_of("""
  countries: {rows: 5, columns: {id: {type: int, primary_key: true}, code: {type: char(2), pattern: "[A-Z]{2}", unique: true}}}
  cities: {rows: 20, columns: {id: {type: int, primary_key: true}, country: {references: countries.id}}}
  people:
    rows: 100
    columns: {city: {references: cities.id}, code: {type: varchar(4), expr: "lower(city.country.code)"}}
""")
    connection = database(plan)
    sql = """SELECT count(*) FROM people p JOIN cities c ON p.city = c.id JOIN countries k ON c.country = k.id
             WHERE p.code = lower(k.code)"""
    assert connection.execute(sql).fetchone() == (100,)


REFUSED = {
    "too few combinations": (HOLDS["composite primary key of columns"].replace("600", "601"), "only 600 (20 x 30)"),
    "too few for a star": (HOLDS["star of overlapping uniques"].replace("400", "401"), "only 400"),
    "too few for a triangle": (HOLDS["triangle of overlapping uniques at capacity"].replace("42", "43"), "only 42"),
    "more children than choices": (
        HOLDS["many to many without duplicates, full"].replace("max: 8, mean: 7.5", "max: 9"), "for one parent"
    ),
    "more rows than parents": (
        HOLDS["one to one and a primary key that is a foreign key"].replace("rows: 400", "rows: 501"), "only 500"
    ),
    "an empty parent of a NOT NULL key": (
        HOLDS["nullable keys and parents without rows"].replace("nulls: 0.1", "nullable: false"), "has no rows"
    ),
    "too few dates": (HOLDS["unique columns of every kind"].replace("2023-12-31", "2020-03-01"), "there are only 61"),
    "too few codes": (HOLDS["unique columns of every kind"].replace("[A-Z]{4}", "[A-D]{4}"), "256"),
    "tenants without products": (
        HOLDS["the tenant pattern, owned"].replace("per: tenants, min: 1, max: 9", "per: tenants, min: 0, max: 9"), "min: 1"
    ),
    "a value that depends on itself": ("""
  t:
    rows: 3
    columns: {a: {type: int, expr: b + 1}, b: {type: int, expr: a + 1}}
""", "depends on itself"),
    "a column that is not there": ("""
  t:
    rows: 3
    columns: {a: {type: int, expr: nothing + 1}}
""", "nothing"),
    "a function that is not allowed": ("""
  t:
    rows: 3
    columns: {a: {type: double, expr: random()}}
""", "random"),
    "a NOT NULL key to values with NULLs": ("""
  p: {rows: 90, columns: {id: {type: int, primary_key: true}, u: {type: int, unique: true, nulls: 0.5}}}
  c: {rows: 9, columns: {u: {references: p.u}}}
""", "p.u has NULLs"),
    "a total out of reach": ("""
  p: {rows: 10, columns: {id: {type: int, primary_key: true}}}
  c:
    rows: {per: p, min: 2, max: 3, total: 31}
    columns: {p: {references: p.id}}
""", "between 20 and 30 are possible"),
    "a sequence beyond its type": ("""
  t: {rows: 40_000, columns: {id: {type: smallint, primary_key: true}}}
""", "does not fit smallint"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_satisfied_is_one_plan_error_with_figures(case: str) -> None:
    tables, fragment = REFUSED[case]
    with pytest.raises(PlanError) as error:
        plan_of(tables)
    assert any(fragment in str(problem) for problem in error.value.problems), error.value.lines()
    assert all(problem.place.startswith("tables.") for problem in error.value.problems)


def test_an_unknown_table_in_the_overrides_is_named_with_a_suggestion() -> None:
    with pytest.raises(PlanError) as error:
        plan_of(HOLDS["many to many by two free keys"], rows={"aab": 3})
    assert "did you mean 'ab'" in str(error.value.problems[0])


def test_a_scaled_table_with_rows_keeps_at_least_one() -> None:
    assert plan_of(
        HOLDS["a tree of seven levels"].replace("depth: 7, roots: 3", "depth: 1, roots: 1"), scale=0.0001
    ).rows == {"nodes": 1}


def test_per_tables_follow_their_parents_when_scaled() -> None:
    plan = plan_of(HOLDS["the tenant pattern, owned"], scale=0.5)
    assert plan.rows["tenants"] == 10
    assert plan.rows["products"] == 50


@pytest.mark.parametrize(
    ("options", "fragment"),
    [
        ({"scale": float("nan")}, "no number from 0 up"), ({"scale": float("inf")}, "no number from 0 up"),
        ({"scale": -1}, "no number from 0 up"), ({"partition_rows": 100}, "multiple of 65,536"),
        ({"partition_rows": 0}, "multiple of 65,536"),
    ],
)  # fmt: skip
def test_sizes_that_cannot_be_are_refused(options: dict[str, float], fragment: str) -> None:
    with pytest.raises(PlanError) as error:
        plan_of(HOLDS["many to many by two free keys"], **options)
    assert fragment in str(error.value.problems[0])
