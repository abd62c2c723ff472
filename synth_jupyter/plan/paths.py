"""Do all paths lead somewhere, and does no value depend on itself?"""

from ..errors import NotFoundError, Problem
from ..generators.protocol import PARENT_ROW, POSITION
from .model import BoundColumn, Plan, TablePlan

_Node = tuple[str, str]


def check_paths(plan: Plan) -> list[Problem]:
    """A problem for every column that reads a column which is not there, or, through others, itself."""
    problems: list[Problem] = []
    finished: set[_Node] = set()
    for table in plan.tables:
        for column in table.columns:
            _visit(plan, table, column.name, (), finished, problems)
    return problems


def _visit(
    plan: Plan, table: TablePlan, need: str, trail: tuple[_Node, ...], finished: set[_Node], problems: list[Problem]
) -> None:
    node = (table.name, need)
    if node in finished:
        return
    if node in trail:
        circle = " -> ".join(f"{name}.{column}" for name, column in (*trail[trail.index(node) :], node))
        problems.append(_problem(trail[0], f"its value depends on itself: {circle}"))
        return
    try:
        link, rest = table.resolve(need)
    except NotFoundError as error:
        problems.append(_problem(trail[-1] if trail else node, error.message))
        finished.add(node)
        return
    trail = (*trail, node)
    made: BoundColumn = link.column if link else table.column(rest)
    for other in made.generator.needs:
        _visit(plan, table, other, trail, finished, problems)
    if link and rest not in (PARENT_ROW, POSITION):
        _visit(plan, plan.table(link.foreign_key.table), rest, trail, finished, problems)
    finished.add(node)


def _problem(node: _Node, message: str) -> Problem:
    return Problem(f"tables.{node[0]}.columns.{node[1]}", message)
