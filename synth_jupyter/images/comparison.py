"""How two images differ, from what they say about themselves: tables, sizes, layers and facts."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .layout import LABEL
from .load import ImageInfo

_FACTS = ("experiment", "seed", "thin", "content_digest")


Table = Mapping[str, Any]
Pair = tuple[Table | None, Table | None]


@dataclass(frozen=True)
class ImageDiff:
    """`facts` as (there, here) where they differ; tables that were added, removed or changed; layers and their bytes.

    `is_child` says that the image names the other as the version before it.
    """

    facts: Mapping[str, tuple[Any, Any]]
    tables: Mapping[str, Pair]
    shared_layers: int
    new_layers: int
    same_content: bool
    same_schema: bool
    is_child: bool

    def to_dict(self) -> dict[str, Any]:
        """The `inspect --diff` document: each difference as `before` (the other image) and `after` (this one)."""
        pairs = {name: {"before": before, "after": after} for name, (before, after) in self.facts.items()}
        tables = {
            name: {
                f"{what}_{when}": (table or {}).get(what) for what in ("rows", "bytes") for when, table in _timed(pair)
            }
            for name, pair in self.tables.items()
        }
        return {
            "same_content": self.same_content, "same_schema": self.same_schema, "is_child": self.is_child,
            "facts": pairs, "tables": tables, "shared_layers": self.shared_layers, "new_layers": self.new_layers,
        }  # fmt: skip


def _timed(pair: Pair) -> tuple[tuple[str, Table | None], tuple[str, Table | None]]:
    return ("before", pair[0]), ("after", pair[1])


def compare(image: ImageInfo, other: ImageInfo) -> ImageDiff:
    """What `image` has otherwise than `other`; tables are compared by the digests of their values' files."""
    after, before = image.to_dict(), other.to_dict()
    names = list(dict.fromkeys([*before["tables"], *after["tables"]]))
    tables = {name: (before["tables"].get(name), after["tables"].get(name)) for name in names}
    files = {name: (other.digests.get(name), image.digests.get(name)) for name in names}
    shared = set(image.layers) & set(other.layers)
    return ImageDiff(
        {name: (before[name], after[name]) for name in _FACTS if before[name] != after[name]},
        {name: pair for name, pair in tables.items() if files[name][0] != files[name][1]},
        len(shared),
        len(image.layers) - len(shared),
        image.content_digest == other.content_digest,
        image.labels.get(f"{LABEL}schema.digest") == other.labels.get(f"{LABEL}schema.digest"),
        image.labels.get(f"{LABEL}parent.digest") == other.content_digest,
    )
