"""Do all paths lead somewhere, and does no value depend on itself?"""

from dataclasses import dataclass, field

from ..errors import NotFoundError, Problem
from ..generators.protocol import PARENT_ROW, POSITION
from ..generators.references import Suitable
from .model import Link, Plan, TablePlan

_Node = tuple[str, str, str]


def check_paths(plan: Plan) -> list[Problem]:
    """A problem for every column that reads a column which is not there, or, through others, itself."""
    search = _Search(plan)
    for table in plan.tables:
        for column in table.columns:
            search.visit(table, column.name, ())
        for link in table.links:
            search.visit(table, f"{link.name}.{PARENT_ROW}", ())
    return search.problems


@dataclass
class _Search:
    """Follows what columns read; `_finished` are the nodes that have been followed to their ends.

    A key with a condition tries a parent: while its condition is followed that key is `fixed`, and asks nothing.
    """

    plan: Plan
    problems: list[Problem] = field(default_factory=list)
    _finished: set[_Node] = field(default_factory=set)

    def visit(self, table: TablePlan, need: str, trail: tuple[_Node, ...], fixed: str = "") -> None:
        """Follow `need`, a column of the table or a path through its keys, which the columns of `trail` read."""
        node = (table.name, need, fixed)
        if node in self._finished:
            return
        if node in trail:
            self._say(trail[0], f"its value depends on itself: {_circle((*trail[trail.index(node) :], node))}")
            return
        try:
            link, rest = table.resolve(need)
        except NotFoundError as error:
            self._say(trail[-1] if trail else node, error.message)
        else:
            self._follow(table, link, rest, (*trail, node), fixed)
        self._finished.add(node)

    def _follow(self, table: TablePlan, link: Link | None, rest: str, trail: tuple[_Node, ...], fixed: str) -> None:
        if link is None or link.name != fixed:
            made = link.column if link else table.column(rest)
            for other in made.generator.needs:
                self.visit(table, other, trail, fixed)
            if link and isinstance(made.generator, Suitable):
                for other in made.generator.condition.needs:
                    self.visit(table, other, trail, link.name)
        if link and rest not in (PARENT_ROW, POSITION):
            self.visit(self.plan.table(link.foreign_key.table), rest, trail)

    def _say(self, node: _Node, message: str) -> None:
        self.problems.append(Problem(f"tables.{node[0]}.columns.{node[1].removesuffix(f'.{PARENT_ROW}')}", message))


def _circle(nodes: tuple[_Node, ...]) -> str:
    return " -> ".join(f"{table}.{column.removesuffix(f'.{PARENT_ROW}')}" for table, column, _ in nodes)
