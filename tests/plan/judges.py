"""SQL over evaluated tables as the judge of every key and foreign key."""

from collections.abc import Iterator

import duckdb
import numpy as np
import pyarrow as pa

from synth_jupyter.engine.batches import evaluate
from synth_jupyter.plan.model import Plan


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
            if not column.nullable:
                if connection.execute(f'SELECT count(*) FROM "{table.name}" WHERE "{column.name}" IS NULL').fetchone()[
                    0
                ]:
                    yield f"{table.name}: {column.name} has NULLs"
