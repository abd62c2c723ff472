"""What a run was begun with, and whether what stands here now makes the same values."""

import io
from collections.abc import Iterable, Mapping

import numpy as np
import pyarrow as pa

from .. import __version__
from ..files import Beat
from ..plan.model import PartitionFile, Plan
from .parquet import encode

PROBES = 3
"""Recorded partitions that are made again to compare them."""


def fingerprint() -> dict[str, str]:
    """The versions on which values and files rest."""
    return {"synth_jupyter": __version__, "numpy": np.__version__, "pyarrow": pa.__version__}


def named(versions: Mapping[str, str]) -> str:
    """Versions as messages name them: `numpy 2.4.0, pyarrow 26.0.1`."""
    return ", ".join(f"{name} {version}" for name, version in versions.items())


def made_otherwise(plan: Plan, recorded: Iterable[PartitionFile], beat: Beat | None = None) -> PartitionFile | None:
    """The first of up to PROBES recorded partitions, the smallest, whose values come out differently here."""
    smallest = sorted(recorded, key=lambda file: (file.rows, file.table, file.index))[:PROBES]
    return next((file for file in smallest if _leaves(plan, file, beat) != file.leaves), None)


def _leaves(plan: Plan, file: PartitionFile, beat: Beat | None) -> Mapping[str, bytes]:
    table = plan.table(file.table)
    partition = table.partition(file.index)
    return encode(plan, table, partition.start, partition.stop, io.BytesIO(), beat)
