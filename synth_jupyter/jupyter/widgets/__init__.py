"""Panels of standard controls; every verb works without them."""

from .panel import Panel, show_panel

__all__ = ["Panel", "show_panel"]
