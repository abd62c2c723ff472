"""Panels of standard controls, whole or in parts; every verb works without them."""

from .asking import Preview, Runs, Sql
from .defining import Define
from .explaining import Lineage, Trace
from .generating import Generate
from .panel import Panel, show_panel
from .part import Part
from .removing import Remove
from .shipping import Export, Import

__all__ = [
    "Define", "Export", "Generate", "Import", "Lineage", "Panel", "Part", "Preview", "Remove", "Runs", "Sql",
    "Trace", "show_panel",
]  # fmt: skip
