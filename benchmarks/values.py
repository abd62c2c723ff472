"""One value of every way of making values, in batches as a worker makes them, beside Faker and mimesis."""

from collections.abc import Iterator
from functools import partial

import numpy as np

from synth_jupyter.engine.batches import evaluate
from synth_jupyter.plan.build import build_plan
from synth_jupyter.plan.model import Plan
from synth_jupyter.schema.document import read

from .measure import Figure, processor_seconds
from .peers import MISSING, seconds_each

BATCH = 65_536
PEER_VALUES = 5_000
COLUMNS = """
uniform int: {type: int, min: 1, max: 1000000}
uniform decimal: {type: "decimal(10,2)", min: 1, max: 500}
uniform double: {type: double, min: 0, max: 1}
date: {type: date, min: 2020-01-01, max: 2024-12-31}
timestamp: {type: timestamp, min: 2020-01-01, max: 2024-12-31}
choices: {type: varchar(9), choices: {paid: 8, open: 1, void: 1}}
depends: {type: varchar(9), depends: {on: choices, choices: {paid: [a, b], open: c, void: {d: 1, e: 2}}}}
normal: {type: double, distribution: {normal: {mean: 10, stddev: 3}}}
lognormal cents: {type: "decimal(12,2)", distribution: {lognormal: {mean: 4, sigma: 1}}, max: 100000}
empirical: {type: double, distribution: {empirical: [0, 5, 8, 20, 100]}}
poisson: {type: int, distribution: {poisson: 4}}
zipf: {type: int, distribution: {zipf: {exponent: 1.1, n: 1000}}}
correlated: {type: double, distribution: {normal: {mean: 0, stddev: 1}}, correlated: {normal: 0.6}}
name: {type: varchar(80), faker: name}
city: {type: varchar(80), faker: city}
email: {type: varchar(80), faker: email}
unique email: {type: varchar(120), unique: true, faker: email}
person name: {type: varchar(80), person: name}
person email: {type: varchar(120), unique: true, person: email}
pattern: {type: varchar(9), pattern: '[A-Z]{3}-\\d{5}'}
unique pattern: {type: varchar(12), unique: true, pattern: '[A-Z]{3}-\\d{8}'}
template: {type: varchar(30), template: "ORD-{uniform int:08}"}
sentences: {type: varchar(200), generator: text}
excerpt: {type: varchar(44), generator: {excerpt: {min_length: 10, max_length: 43}}}
uuid: {type: uuid}
after: {type: timestamp, after: timestamp, within: 10d}
between: {type: timestamp, after: timestamp, before: after}
profile: {type: timestamp, min: 2024-01-01, max: 2024-12-31, profile: {weekday: [5, 5, 5, 5, 4, 1, 1]}}
expression: {type: "decimal(12,2)", expr: "\\"uniform decimal\\" * 2"}
nulls: {type: int, min: 1, max: 1000000, nulls: 5%}
"""
_FAKER = "from faker import Faker\nf = Faker()\ndef work(count):\n    return [{} for _ in range(count)]\n"
_MIMESIS = "from mimesis import Generic\nm = Generic()\ndef work(count):\n    return [{} for _ in range(count)]\n"
PEERS = {
    "uniform int": ("f.random_int(1, 1000000)", "m.numeric.integer_number(1, 1000000)"),
    "uniform decimal": ("f.pydecimal(min_value=1, max_value=500, right_digits=2)", "m.numeric.decimal_number(1, 500)"),
    "date": ("f.date_between('-5y')", "m.datetime.date(2020, 2024)"),
    "name": ("f.name()", "m.person.full_name()"),
    "city": ("f.city()", "m.address.city()"),
    "email": ("f.email()", "m.person.email()"),
    "unique email": ("f.unique.email()", "m.person.email(unique=True)"),
    "sentences": ("f.text(200)", "m.text.text(2)"),
    "uuid": ("f.uuid4()", "m.cryptographic.uuid()"),
}


def figures(scale: float) -> Iterator[Figure | str]:
    """Nanoseconds of the processor for one value, ours and theirs; a column that reads others is measured with them."""
    rows = np.arange(max(1_000, int(BATCH * min(scale, 1))), dtype=np.int64)
    plan = _plan()
    for column in plan.schema.tables[0].columns[1:]:
        ours = processor_seconds(partial(_made, plan, rows, column.name))
        found = [_peer(name, code) for name, code in zip(("Faker", "mimesis"), _codes(column.name))]
        yield Figure(column.name, len(rows), ours)
        for name, each in found:
            yield (
                f"    {name}: {MISSING}" if each is None
                else f"    {name}: {each * 1e9:,.0f} ns a value, {each * len(rows) / ours:,.0f} x slower"
            )  # fmt: skip


def _plan() -> Plan:
    columns = "".join(f"      {line}\n" for line in COLUMNS.strip().splitlines())
    head = "experiment: v\ntables:\n  t:\n    rows: 10_000_000\n    columns:\n"
    return build_plan(read(f"{head}      id: {{type: bigint, primary_key: true}}\n{columns}").schema, 42)


def _made(plan: Plan, rows: np.ndarray[tuple[int], np.dtype[np.int64]], name: str) -> object:
    return evaluate(plan, "t", rows, [name])


def _codes(column: str) -> tuple[str, ...]:
    if column not in PEERS:
        return ()
    return tuple(frame.format(code) for frame, code in zip((_FAKER, _MIMESIS), PEERS[column], strict=True))


def _peer(name: str, code: str) -> tuple[str, float | None]:
    return name, seconds_each(code, PEER_VALUES)
