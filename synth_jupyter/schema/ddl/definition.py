"""What reads one column's definition: the cursor moves on, facts go into the column and its table."""

from dataclasses import dataclass

from ...sql import quote
from .cursor import Cursor
from .facts import ColumnFact, Script, TableFact


@dataclass
class Definition:
    """A column while its definition is read; `named` is the name of the constraint that comes next."""

    cursor: Cursor
    column: ColumnFact
    table: TableFact
    script: Script
    named: str = ""

    @property
    def where(self) -> str:
        """How the report calls the column."""
        return f"{shown(self.table)}.{self.column.name}"

    def lose(self, construct: str) -> None:
        """Report what is not carried over."""
        self.script.lose(construct, self.where)


def shown(table: TableFact) -> str:
    """How the report calls a table."""
    return ".".join(part for part in table.key if part)


def quoted(name: str, script: Script) -> str:
    """The name as an identifier of the script's dialect."""
    return quote(name, script.dialect)
