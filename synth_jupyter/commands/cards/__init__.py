"""What a person sees of each document: a title, facts and tables, still as values.

`text` prints a card for terminals, the notebook's display as HTML; so both show the same, decided here once.
"""

from collections.abc import Callable

from . import answers, experiments
from .base import Bars, Card, Document, Grid, by_shape, counted, thousands

__all__ = ["Bars", "Card", "Grid", "card_of", "counted", "thousands"]

_CARDS: dict[str, Callable[[Document], Card]] = {**experiments.CARDS, **answers.CARDS}


def card_of(verb: str, document: Document) -> Card:
    """How the document of `verb` is shown; one that nobody described is shown by its shape."""
    return _CARDS.get(verb, by_shape)(document)
