"""One column's values: each generator is a frozen dataclass that makes an Arrow array from row numbers."""

from collections.abc import Callable
from typing import Any

from ..registry import Registry
from .protocol import Generator, Invertible

GENERATORS: Registry[Callable[..., Any]] = Registry("generator", "synth_jupyter.generators")
"""Plug-in generators: name -> a callable that takes the rule's options and returns a Generator."""

__all__ = ["GENERATORS", "Generator", "Invertible"]
