"""Values that hang together do: persons, dependent choices, templates, moments between others; and what cannot is told."""

import numpy as np
import pytest

from synth_jupyter.engine.batches import evaluate
from synth_jupyter.errors import GenerationError, PlanError, SchemaError
from synth_jupyter.plan.build import build_plan
from synth_jupyter.plan.model import Plan
from synth_jupyter.schema.document import read

Row = dict[str, object]


def plan_of(columns: str, rows: int = 2_000) -> Plan:
    lines = "".join(f"      {line.strip()}\n" for line in columns.strip().splitlines())
    return build_plan(read(f"experiment: e\ntables:\n  t:\n    rows: {rows}\n    columns:\n{lines}").schema, 7)


def made(columns: str, rows: int = 2_000) -> list[Row]:
    found: list[Row] = evaluate(plan_of(columns, rows), "t", np.arange(rows)).to_pylist()
    return found


def test_the_fields_of_a_person_fit_each_other() -> None:
    people = made(
        """
        name: {type: varchar(80), person: name}
        first: {type: varchar(40), person: first_name}
        last: {type: varchar(40), person: last_name}
        email: {type: varchar(80), person: email}
        login: {type: varchar(60), person: user_name}
        sex: {type: varchar(6), person: gender}
        title: {type: varchar(4), person: title}
        """
    )
    for person in people:
        first, last = str(person["first"]), str(person["last"])
        plain = "".join(letter for letter in last.lower() if letter.isalnum())
        assert person["name"] == f"{first} {last}"
        assert str(person["email"]).startswith(f"{first.lower()}.{plain}")
        assert person["login"] == f"{first[0].lower()}{plain}"
        assert person["title"] == {"female": "Ms.", "male": "Mr."}[str(person["sex"])]


def test_e_mail_addresses_differ_beyond_all_pairs_of_names() -> None:
    rows = 1_500_000
    plan = plan_of("email: {type: varchar(80), person: email, unique: true}", rows)
    assert len(evaluate(plan, "t", np.arange(rows))["email"].unique()) == rows


def test_two_persons_of_a_row_are_two() -> None:
    rows = made("a: {type: varchar(80), person: name}\nb: {type: varchar(80), person: {field: name, of: boss}}")
    assert sum(row["a"] == row["b"] for row in rows) < 5


def test_a_city_belongs_to_its_country_and_nothing_to_none() -> None:
    rows = made(
        """
        country: {type: varchar(9), choices: [France, Spain, Peru], nullable: true, nulls: 10%}
        city: {type: varchar(9), nullable: true, nulls: 0, depends: {on: country, choices: {France: [Paris], Spain: [Vigo]}, default: Lima}}
        """
    )
    assert {(row["country"], row["city"]) for row in rows} == {
        ("France", "Paris"), ("Spain", "Vigo"), ("Peru", "Lima"), (None, None)
    }  # fmt: skip


def test_a_moment_lies_between_two_others_and_before_one() -> None:
    rows = made(
        """
        a: {type: timestamp, min: 2024-01-01, max: 2024-12-31}
        z: {type: timestamp, after: a, within: 30d, min: 1d, nulls: 20%}
        m: {type: timestamp, after: a, before: z, within: 60d}
        d: {type: date, before: a, within: 10d}
        """
    )
    assert all(row["a"] <= row["m"] and (row["z"] is None or row["m"] <= row["z"]) for row in rows)  # type: ignore[operator]
    assert all(0 <= (row["a"].date() - row["d"]).days <= 11 for row in rows)  # type: ignore[attr-defined]


def test_no_moment_between_is_an_error_that_names_the_row() -> None:
    plan = plan_of(
        """
        a: {type: timestamp, min: 2024-01-01, max: 2024-12-31}
        z: {type: timestamp, before: a, within: 30d, min: 1d}
        m: {type: timestamp, after: a, before: z}
        """
    )
    with pytest.raises(GenerationError, match=r"t\.m, row 0: no moment lies between a and z"):
        evaluate(plan, "t", np.arange(5))


def test_faker_asked_per_row_says_the_same_for_the_same_row() -> None:
    plan = plan_of("x: {type: varchar(30), faker: {provider: company, per_row: true}}")
    whole = evaluate(plan, "t", np.arange(50))["x"].to_pylist()
    assert evaluate(plan, "t", np.array([49, 3]))["x"].to_pylist() == [whole[49], whole[3]]
    assert len(set(whole)) > 40
    assert max(map(len, whole)) <= 30


REFUSED = {
    "x: {type: text, person: nmae}": "has no 'nmae'; did you mean 'name'?",
    "x: {type: int, person: name}": "a person's name is text, not int",
    "x: {type: text, template: 'no column'}": "it names no column",
    "x: {type: text, template: '{a:loud}'}": "'loud' is no form of a",
    "x: {type: text, template: '{gone}'}": "'gone'",
    "x: {type: text, depends: {on: y, choices: {}}}": "needs choices",
    "x: {type: text, depends: {on: y, choices: {a: {b: 0}}}}": "above 0",
    "y: {type: text, choices: [a, b]}\nx: {type: text, depends: {on: y, choices: {a: b}}}": "no choices for y = 'b'",
    "x: {type: int, profile: {every: 5m}}": "a profile makes dates and timestamps",
    "x: {type: date, profile: {every: 1d}}": "needs min, and either max or every",
    "x: {type: date, min: 2024-01-01, max: 2024-12-31, profile: {weekday: [1, 2]}}": "needs 7 weights",
    "x: {type: int, choices: [1, 2], correlated: {y: 0.5}}": "correlated needs a distribution",
    "x: {type: int, min: 1, max: 9, correlated: {y: 0.5}}": "which is no column",
    "x: {type: int, min: 1, max: 9, correlated: {y: 2}}": "above -1 and below 1",
    "x: {type: int, min: 1, max: 9, correlated: {y: 0.5}}\ny: {type: int, min: 1, max: 9, correlated: {x: 0.5}}": "circle",
    "x: {type: double, distribution: {empirical: [3, 1]}}": "rising numbers",
    "x: {type: double, distribution: {empirical: {edges: [1, 2], weights: [1, 2]}}}": "need 1 weights",
    "x: {type: varchar(9), unique: true, faker: {provider: city, locale: {en_US: 1, de_DE: 1}}}": "one locale",
    "x: {type: text, generator: {excerpt: {min_length: 9, max_length: 3}}}": "is above max_length",
    "x: {type: int, expr: 'random() * 3'}": "is not allowed",
}


@pytest.mark.parametrize("columns", REFUSED)
def test_what_cannot_hang_together_is_told(columns: str) -> None:
    with pytest.raises((SchemaError, PlanError)) as caught:
        plan_of(columns, 200)
    assert any(REFUSED[columns] in str(problem) for problem in caught.value.problems), caught.value.problems
