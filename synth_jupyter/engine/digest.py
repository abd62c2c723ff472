"""The content digest of a run: leaves -> columns -> tables -> run; names of experiments and runs are not in it."""

from collections import defaultdict
from collections.abc import Iterable

from ..digests import combined
from ..digests import leaf_digests as leaf_digests
from ..plan.model import PartitionFile
from ..schema.model import Schema, Table


def content_digest(schema: Schema, files: Iterable[PartitionFile]) -> str:
    """`sha256:<hex>` of the data of all tables, whatever the partitions, encodings or workers were."""
    by_table: dict[str, list[PartitionFile]] = defaultdict(list)
    for file in files:
        by_table[file.table].append(file)
    tables = sorted(schema.tables, key=lambda table: table.name)
    return "sha256:" + combined(*(_table_digest(table, by_table[table.name]) for table in tables)).hex()


def table_digests(schema: Schema, files: Iterable[PartitionFile]) -> dict[str, str]:
    """The digest of each table's data, as hex."""
    held = list(files)
    mine = {table.name: [file for file in held if file.table == table.name] for table in schema.tables}
    return {table.name: _table_digest(table, mine[table.name]).hex() for table in schema.tables}


def _table_digest(table: Table, files: list[PartitionFile]) -> bytes:
    ordered = sorted(files, key=lambda file: file.index)
    columns = (
        combined(
            column.name, str(column.type), str(column.nullable), b"".join(file.leaves[column.name] for file in ordered)
        )
        for column in sorted(table.columns, key=lambda column: column.name)
    )
    return combined(table.name, *columns)
