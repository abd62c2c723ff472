"""Which data files share a layer and in which order layers lie: a table that grew keeps its layers, but the last.

The files of a table are cut at the same rows for any row count, so that all but the last stay as they are when it
grows. Layers group them by their numbers alone: some layers of one file, as many of two, of four, and so on. A group
that is full never changes again; what is left, the last file with it, is the table's open layer. Full groups lie
below the open ones, and those that an earlier image has lie as they lie there: an engine shares only what is at the
bottom in the same order, while a registry shares any layer.
"""

import hashlib
from collections.abc import Mapping, Sequence

from .layout import Entry, LayerPlan

LAYER_BYTES = 1 << 30
STEPS = (16, 8, 4, 2, 1, 0)
"""Layers of one size before the size doubles, finest first; with 0, a table is one layer."""

Table = tuple[str, Sequence[Entry]]


def data_layers(tables: Sequence[Table], budget: int, base: Sequence[str] = ()) -> list[LayerPlan]:
    """Layers for the tables in the order given, at most `budget`; `base` are the identities of an earlier image's.

    Each table is cut as finely as the budget allows, the smallest least. A layer of several files has at most 1 GiB.
    """
    steps = _steps(tables, budget)
    full = [layer for name, entries in tables for layer in _layers(name, entries, steps[name])[0]]
    last = [layer for name, entries in tables for layer in _layers(name, entries, steps[name])[1]]
    if len(full) + len(last) > budget:
        return _bundled([*full, *last], budget)
    return [*_as_before(full, base), *_as_before(last, base)]


def identity(layer: LayerPlan) -> str:
    """The same for layers of the same files, known before their bytes are read."""
    listed = "".join(f"{entry.sha256} {entry.path}\n" for entry in layer.entries)
    return hashlib.sha256(listed.encode()).hexdigest()[:32]


def _steps(tables: Sequence[Table], budget: int) -> Mapping[str, int]:
    """How finely each table is cut: all alike, then the smallest coarser, until the budget holds."""
    steps = {name: STEPS[0] for name, _ in tables}
    counts = {name: _count(name, entries, STEPS[0]) for name, entries in tables}
    smallest = sorted(tables, key=lambda table: (sum(entry.size for entry in table[1]), table[0]))
    for coarser in STEPS[1:]:
        for name, entries in smallest:
            if sum(counts.values()) <= budget:
                return steps
            steps[name], counts[name] = coarser, _count(name, entries, coarser)
    return steps


def _count(name: str, entries: Sequence[Entry], steps: int) -> int:
    full, last = _layers(name, entries, steps)
    return len(full) + len(last)


def _layers(name: str, entries: Sequence[Entry], steps: int) -> tuple[list[LayerPlan], list[LayerPlan]]:
    """A table's full groups, and its open one; either may be several layers where it has more than 1 GiB."""
    full, start, groups = list[LayerPlan](), 0, 0
    while steps and start + (size := 1 << groups // steps) < len(entries):
        full += _chunks(name, entries, start, start + size)
        start, groups = start + size, groups + 1
    return full, _chunks(name, entries, start, len(entries))


def _chunks(name: str, entries: Sequence[Entry], start: int, stop: int) -> list[LayerPlan]:
    chunks: list[list[int]] = [[]]
    held = 0
    for number in range(start, stop):
        if held and held + entries[number].size > LAYER_BYTES:
            chunks.append([])
            held = 0
        chunks[-1].append(number)
        held += entries[number].size
    return [
        LayerPlan(_role(name, chunk[0], chunk[-1], len(entries)), tuple(entries[number] for number in chunk))
        for chunk in chunks
        if chunk
    ]


def _role(name: str, first: int, last: int, count: int) -> str:
    if count == 1:
        return f"data {name}"
    return f"data {name}, part {first}" if first == last else f"data {name}, parts {first} to {last}"


def _as_before(layers: Sequence[LayerPlan], base: Sequence[str]) -> list[LayerPlan]:
    """Those that the earlier image has, in its order, then the others."""
    places = {name: place for place, name in enumerate(base)}
    return sorted(layers, key=lambda layer: places.get(identity(layer), len(places)))


def _bundled(layers: Sequence[LayerPlan], budget: int) -> list[LayerPlan]:
    """Neighbours together, because there are more tables than layers."""
    together = max(1, -(-len(layers) // max(1, budget)))
    return [_joined(layers[start : start + together]) for start in range(0, len(layers), together)]


def _joined(layers: Sequence[LayerPlan]) -> LayerPlan:
    role = layers[0].role if len(layers) == 1 else f"{layers[0].role} and {len(layers) - 1} more"
    entries = sorted((entry for layer in layers for entry in layer.entries), key=lambda entry: entry.path)
    return LayerPlan(role, tuple(entries))
