"""Every pattern of keys as a document, and SQL over evaluated tables as the judge of them."""

from collections.abc import Iterator

import duckdb
import numpy as np
import pyarrow as pa

from synth_jupyter.engine.batches import evaluate
from synth_jupyter.plan.model import Plan

HOLDS = {
    "composite primary key of columns": """
  seats:
    rows: 600
    primary_key: [hall, seat]
    columns: {hall: {type: int, min: 1, max: 20}, seat: {type: int, min: 1, max: 30}}
""",
    "star of overlapping uniques": """
  t:
    rows: 400
    unique: [[b, a], [b, c]]
    columns:
      a: {type: int, min: 1, max: 20}
      b: {type: int, min: 1, max: 20}
      c: {type: varchar(3), choices: [u, v, w, x, y, z, aa, bb, cc, dd, ee, ff, gg, hh, ii, jj, kk, ll, mm, nn, oo]}
""",
    "triangle of overlapping uniques at capacity": """
  t:
    rows: 42
    unique: [[a, b], [b, c], [a, c]]
    columns: {a: {type: int, min: 1, max: 6}, b: {type: int, min: 1, max: 9}, c: {type: int, min: 1, max: 7}}
""",
    "many to many without duplicates, full": """
  students: {rows: 50, columns: {id: {type: int, primary_key: true}}}
  courses: {rows: 8, columns: {code: {type: varchar(6), primary_key: true, pattern: "[A-Z]{2}[0-9]{3}"}}}
  enrolled:
    rows: {per: students, min: 0, max: 8, mean: 7.5}
    primary_key: [student, course]
    columns: {student: {references: students.id}, course: {references: courses.code}}
""",
    "many to many by two free keys": """
  a: {rows: 30, columns: {id: {type: int, primary_key: true}}}
  b: {rows: 40, columns: {id: {type: int, primary_key: true}}}
  ab:
    rows: 1200
    primary_key: [a, b]
    columns: {a: {references: a.id}, b: {references: b.id}}
""",
    "one to one and a primary key that is a foreign key": """
  people: {rows: 500, columns: {id: {type: bigint, primary_key: true}}}
  passports:
    rows: 400
    columns: {no: {type: uuid, primary_key: true}, owner: {references: people.id, unique: true}}
  students:
    rows: 500
    columns: {id: {references: people.id, primary_key: true}, grade: {type: int, min: 1, max: 6}}
""",
    "a cycle of tables, all NOT NULL": """
  a:
    rows: 70
    columns: {id: {type: int, primary_key: true}, x: {references: b.id}}
  b:
    rows: 30
    columns: {id: {type: int, primary_key: true}, y: {references: a.id}}
""",
    "a foreign key of four columns": """
  p:
    rows: 300
    primary_key: [k1, k2, k3, k4]
    columns:
      k1: {type: int, min: 1, max: 5}
      k2: {type: varchar(2), choices: [a, b, c]}
      k3: {type: date, min: 2024-01-01, max: 2024-01-10}
      k4: {type: "decimal(4,1)", min: 0, max: 9.9}
  c:
    rows: 1000
    foreign_keys: [{columns: [a, b, c, d], references: {table: p, columns: [k1, k2, k3, k4]}}]
    columns: {a: {type: int}, b: {type: varchar(2)}, c: {type: date}, d: {type: "decimal(4,1)"}}
""",
    "the tenant pattern, owned": """
  tenants: {rows: 20, columns: {id: {type: int, primary_key: true}}}
  products:
    rows: {per: tenants, min: 1, max: 9}
    primary_key: [tenant, product]
    columns: {tenant: {references: tenants.id}, product: {type: int, position: true}}
  orders:
    rows: {per: tenants, min: 0, max: 30}
    primary_key: [tenant, number]
    columns: {tenant: {references: tenants.id}, number: {type: int, position: true}}
  items:
    rows: {per: orders, via: [tenant, number], min: 1, max: 4}
    foreign_keys:
      - {columns: [tenant, number], references: {table: orders, columns: [tenant, number]}}
      - {columns: [tenant, product], references: {table: products, columns: [tenant, product]}}
      - {columns: [tenant], references: {table: tenants, columns: [id]}}
    columns: {tenant: {type: int}, number: {type: int}, product: {type: int}, amount: {type: int, min: 1, max: 5}}
""",
    "the tenant pattern, chosen freely": """
  tenants: {rows: 5, columns: {id: {type: int, primary_key: true}}}
  users:
    rows: 300
    unique: [[tenant, id]]
    columns: {id: {type: int, primary_key: true}, tenant: {references: tenants.id}}
  notes:
    rows: 900
    foreign_keys:
      - {columns: [tenant, author], references: {table: users, columns: [tenant, id]}}
      - {columns: [tenant, reader], references: {table: users, columns: [tenant, id]}}
    columns: {id: {type: int, primary_key: true}, tenant: {type: int}, author: {type: int}, reader: {type: int}}
""",
    "a tree of seven levels": """
  nodes:
    rows: 5000
    columns: {id: {type: int, primary_key: true}, up: {references: nodes.id, tree: {depth: 7, roots: 3}, nullable: true}}
""",
    "nullable keys and parents without rows": """
  empty: {rows: 0, columns: {id: {type: int, primary_key: true}}}
  t:
    rows: 100
    columns: {id: {type: int, primary_key: true}, e: {references: empty.id, nulls: 0.1}, s: {references: t.id, nulls: 30%}}
""",
    "tables without rows, also where a key is composite": """
  p: {rows: 0, columns: {id: {type: int, primary_key: true}}}
  pairs:
    rows: 0
    primary_key: [a, b]
    columns: {a: {references: p.id}, b: {references: p.id}}
  owned:
    rows: {per: p, min: 1, max: 3}
    primary_key: [p, n]
    columns: {p: {references: p.id}, n: {type: int, position: true}}
  nodes: {rows: 0, columns: {id: {type: uuid, primary_key: true}, up: {references: nodes.id, tree: true}}}
""",
    "popular and weighted parents": """
  p: {rows: 3, columns: {id: {type: int, primary_key: true}}}
  c:
    rows: 500
    columns: {w: {references: p.id, distribution: {weights: [1, 0, 5]}}, z: {references: p.id, distribution: {zipf: 1.5}}}
""",
    "chains of references to references": """
  a: {rows: 9, columns: {id: {type: uuid, primary_key: true}}}
  b: {rows: 9, columns: {id: {references: a.id, primary_key: true}}}
  c: {rows: 50, columns: {id: {references: b.id}}}
""",
    "unique columns of every kind": """
  t:
    rows: 900
    columns:
      a: {type: smallint, unique: true}
      b: {type: "decimal(38,10)", unique: true}
      c: {type: date, unique: true, min: 2020-01-01, max: 2023-12-31}
      d: {type: timestamp, unique: true}
      e: {type: time, unique: true}
      f: {type: varchar(40), unique: true, faker: name}
      g: {type: varchar(8), unique: true, faker: word}
      h: {type: char(4), unique: true, pattern: "[A-Z]{4}"}
      i: {type: double, unique: true}
      j: {type: uuid, unique: true}
      k: {type: varchar(50), unique: true, faker: email}
""",
}  # fmt: skip


def database(plan: Plan) -> duckdb.DuckDBPyConnection:
    """The whole data in DuckDB, partition by nothing: evaluated in one go."""
    connection = duckdb.connect()
    for table in plan.tables:
        held = evaluate(plan, table.name, np.arange(table.rows))
        connection.register("held", held.cast(pa.schema([(f.name, f.type) for f in held.schema])))
        connection.execute(f'CREATE TABLE "{table.name}" AS SELECT * FROM held')
    return connection


def violations(plan: Plan, connection: duckdb.DuckDBPyConnection) -> Iterator[str]:
    """Every key and foreign key that the data break."""
    for table in plan.schema.tables:
        for key in table.keys:
            names = ", ".join(f'"{name}"' for name in key)
            known = " AND ".join(f'"{name}" IS NOT NULL' for name in key)
            sql = f'SELECT count(*) FROM (SELECT {names} FROM "{table.name}" WHERE {known} GROUP BY ALL HAVING count(*) > 1)'
            if connection.execute(sql).fetchone()[0]:
                yield f"{table.name}: {key} repeats"
        for foreign in table.foreign_keys:
            match = " AND ".join(f'c."{a}" = p."{b}"' for a, b in zip(foreign.columns, foreign.references, strict=True))
            known = " AND ".join(f'c."{name}" IS NOT NULL' for name in foreign.columns)
            sql = f'SELECT count(*) FROM "{table.name}" c ANTI JOIN "{foreign.table}" p ON {match} WHERE {known}'
            if connection.execute(sql).fetchone()[0]:
                yield f"{table.name}: {foreign.name} has orphans"
        for column in table.columns:
            sql = f'SELECT count(*) FROM "{table.name}" WHERE "{column.name}" IS NULL'
            if not column.nullable and connection.execute(sql).fetchone()[0]:
                yield f"{table.name}: {column.name} has NULLs"
