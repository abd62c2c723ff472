"""For the tests of others: the contract that a plug-in's author inherits, and a pytest fixture with data.

pytest imports this room in every session of an environment that has the package; names are imported when they are used.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .contract import ROWS, GeneratorContract

__all__ = ["ROWS", "GeneratorContract"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from . import contract

    return getattr(contract, name)
