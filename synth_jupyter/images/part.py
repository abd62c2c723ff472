"""A part of an image: some of its tables, and every table that their foreign keys lead to, so that all keys hold.

Values depend on no table but those that foreign keys lead to, so the part is what these tables are in the whole, by
their digests, and can be made again without the others.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ..engine.digest import content_digest, digest_of
from ..engine.execute import table_folder
from ..plan.model import PartitionFile
from ..schema.model import Schema
from .contents import Contents


@dataclass(frozen=True)
class Part:
    """What is taken of an image: `schema` and `contents` of those tables alone, and the digest of their content.

    `brought` are tables that keys lead to, without which they would not hold; `left_out` are the others, and `whole`
    is the content digest of all. `files` are the partitions as they are called here.
    """

    schema: Schema
    contents: Contents
    files: tuple[PartitionFile, ...]
    content_digest: str
    brought: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()

    @property
    def whole(self) -> str:
        """The content digest of the whole image."""
        return self.contents.content_digest


def part_of(schema: Schema, contents: Contents, names: Sequence[str] | None) -> Part:
    """The tables called `names` with those that they need, or all.

    Raises:
        NotFoundError: there is no such table.
    """
    if names is None:
        return Part(schema, contents, contents.parts, contents.content_digest)
    asked = {schema.table(name).name for name in names}
    smaller = closure(schema, names)
    numbers = {table.name: number for number, table in enumerate(smaller.tables, start=1)}
    chosen = contents.only(numbers)
    files = tuple(replace(part, path=_path(numbers[part.table], part)) for part in chosen.parts)
    announced = {each.table: each.digest for each in chosen.announced}
    return Part(
        smaller, chosen, files, digest_of(announced) if announced else content_digest(smaller, files),
        tuple(name for name in numbers if name not in asked),
        tuple(table.name for table in schema.tables if table.name not in numbers),
    )  # fmt: skip


def closure(schema: Schema, names: Sequence[str]) -> Schema:
    """The schema of the tables called `names` and all that foreign keys lead to from them, however far.

    Raises:
        NotFoundError: there is no such table.
    """
    found: set[str] = set()
    waiting = [schema.table(name) for name in names]
    while waiting:
        table = waiting.pop()
        if table.name not in found:
            found.add(table.name)
            waiting += [schema.table(key.table) for key in table.foreign_keys]
    return replace(schema, tables=tuple(table for table in schema.tables if table.name in found))


def _path(number: int, part: PartitionFile) -> str:
    return f"data/{table_folder(number, part.table)}/part-{part.index:05d}.parquet"
