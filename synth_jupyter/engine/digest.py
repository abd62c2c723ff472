"""The content digest of a run: leaves -> columns -> tables -> run; names of experiments and runs are not in it."""

from collections import defaultdict
from collections.abc import Iterable, Mapping

from ..digests import combined
from ..digests import leaf_digests as leaf_digests
from ..plan.model import PartitionFile
from ..schema.model import Schema, Table


def content_digest(schema: Schema, files: Iterable[PartitionFile]) -> str:
    """`sha256:<hex>` of the data of all tables, whatever the partitions, encodings or workers were."""
    return digest_of(table_digests(schema, files))


def digest_of(tables: Mapping[str, str]) -> str:
    """The same from the digest of each table, as hex."""
    return "sha256:" + combined(*(bytes.fromhex(tables[name]) for name in sorted(tables))).hex()


def table_digests(schema: Schema, files: Iterable[PartitionFile]) -> dict[str, str]:
    """The digest of each table's data, as hex."""
    by_table: dict[str, list[PartitionFile]] = defaultdict(list)
    for file in files:
        by_table[file.table].append(file)
    return {table.name: _table_digest(table, by_table[table.name]).hex() for table in schema.tables}


def _table_digest(table: Table, files: list[PartitionFile]) -> bytes:
    ordered = sorted(files, key=lambda file: file.index)
    columns = (
        combined(
            column.name, str(column.type), str(column.nullable), b"".join(file.leaves[column.name] for file in ordered)
        )
        for column in sorted(table.columns, key=lambda column: column.name)
    )
    return combined(table.name, *columns)
