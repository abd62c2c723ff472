"""What the rows of a run are like, where that decides what an engine can enforce: checks that hold, trees."""

from collections.abc import Sequence

from ..duck import Question
from ..errors import QueryError
from ..plan.model import RunFiles
from ..sql import quote
from .constraints import check_sql
from .query import open_session

_DEEPEST_TREE = 1_000


def broken_checks(files: RunFiles) -> frozenset[tuple[str, str]]:
    """(table, check) of each check that some row violates; what cannot be evaluated is left to the design."""
    if not any(table.checks for table in files.schema.tables):
        return frozenset()
    connection = open_session(files)
    broken = set()
    for table in files.schema.tables:
        for sql in table.checks:
            try:
                condition = check_sql(sql, table, "duckdb")
            except QueryError:
                continue
            if Question(connection, f"FROM temp.{quote(table.name)} WHERE NOT ({condition})").count():
                broken.add((table.name, sql))
    return frozenset(broken)


def trees(files: RunFiles) -> frozenset[str]:
    """The tables whose one foreign key to themselves makes each row a node of a tree."""
    return frozenset(table.name for table in files.schema.tables if _is_tree(files, table.name))


def _is_tree(files: RunFiles, name: str) -> bool:
    table = files.schema.table(name)
    selves = [key for key in table.foreign_keys if key.table == name]
    if len(selves) != 1:
        return False
    levels = tree_levels(f"temp.{quote(name)}", selves[0].columns, selves[0].references)
    asked = Question(open_session(files), f"{levels} SELECT count(*) AS nodes, max(level) AS deepest FROM tree")
    (reached,) = asked.table().to_pylist()
    return bool(reached["nodes"] == files.rows(name) and (reached["deepest"] or 0) < _DEEPEST_TREE)


def tree_levels(table: str, child: Sequence[str], parent: Sequence[str]) -> str:
    """A WITH clause in DuckDB's SQL: `tree` has each row's key (`k0`, ...) and its `level`, 0 without a parent."""
    keys = ", ".join(f"t.{quote(name)} AS k{place}" for place, name in enumerate(parent))
    root = " OR ".join(f"t.{quote(name)} IS NULL" for name in child)
    joined = " AND ".join(f"t.{quote(name)} = tree.k{place}" for place, name in enumerate(child))
    return (
        f"WITH RECURSIVE tree AS (SELECT {keys}, 0 AS level FROM {table} t WHERE {root} UNION ALL "
        f"SELECT {keys}, tree.level + 1 FROM {table} t JOIN tree ON {joined} WHERE tree.level < {_DEEPEST_TREE})"
    )
