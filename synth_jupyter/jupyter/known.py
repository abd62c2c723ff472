"""What the workspace has that a word may name: experiments, runs, tags, tables, columns. It reads, and never fails."""

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import SynthError

if TYPE_CHECKING:
    from ..schema.model import Schema, Table


class Known:
    """Names by kind; a workspace in trouble, or a name that is not there, has nothing to suggest."""

    def __init__(self, open_workspace: Callable[[], Any]) -> None:
        self._open = open_workspace

    def experiments(self) -> list[str]:
        """The name of each experiment."""
        return self._asked(lambda workspace: [each.name for each in workspace.store.experiments.all()])

    def runs(self, newest: int = 50) -> list[str]:
        """The address of each run, `NAME@N`, the newest first."""
        return self._asked(lambda workspace: [run.address for run in workspace.store.runs.of()[-newest:]][::-1])

    def tags(self) -> list[str]:
        """The address of each tag, `NAME:TAG`."""
        return self._asked(
            lambda workspace: [
                f"{each.name}:{tag.name}"
                for each in workspace.store.experiments.all()
                for tag in workspace.store.experiments.tags(each.name)
            ]
        )

    def tables(self, address: str) -> "list[Table]":
        """The tables of what `address` names; of an address with a run or a tag, the newest schema's."""
        name = address.partition("@")[0].partition(":")[0]

        def ask(workspace: Any) -> "list[Table]":
            version = workspace.store.experiments.version(name)
            return list(_schema(version.document, version.experiment).tables)

        return self._asked(ask)

    def columns(self, address: str, table: str = "") -> list[str]:
        """The columns of one table, or of all when there is no such table."""
        tables = self.tables(address)
        mine = [each for each in tables if each.name.casefold() == table.casefold()]
        return list(dict.fromkeys(column.name for each in (mine or tables) for column in each.columns))

    def keys(self, address: str, table: str) -> list[str]:
        """The columns of a table's primary key."""
        return [column for each in self.tables(address) if each.name == table for column in each.primary_key]

    def _asked(self, ask: Callable[[Any], list[Any]]) -> list[Any]:
        try:
            return ask(self._open())
        except SynthError:
            return []  # nothing of that name yet: nothing to suggest


def files(fragment: str) -> list[str]:
    """The files and folders that `fragment` begins, as it is written; hidden ones only where a dot asks for them."""
    folder, slash, beginning = fragment.rpartition("/")
    try:
        found = sorted(Path(folder + slash or ".").expanduser().iterdir())
    except OSError:
        return []
    shown = [path for path in found if path.name.startswith(".") is beginning.startswith(".")]
    return [f"{folder}{slash}{path.name}{'/' * path.is_dir()}" for path in shown]


@lru_cache(maxsize=16)
def _schema(document: str, name: str) -> "Schema":
    """A stored document is immutable, and reading one of many tables takes longer than a key press may."""
    from ..schema.document import read

    return read(document, name=name).schema
