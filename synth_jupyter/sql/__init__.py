"""SQL as text and trees: dialects, quoting, the gate of statements and scalar expressions."""

from .bounds import Fact
from .dialects import dialect_named, literal, quote, respelled
from .expressions import ParsedExpression, parse_expression
from .facts import Known, known
from .macros import needed_macros
from .ordering import unordered
from .places import moved_place, place_in
from .statements import check_reads
from .terms import Term, terms
from .translation import Translation, translate

__all__ = [
    "Fact",
    "Known",
    "ParsedExpression",
    "Term",
    "Translation",
    "check_reads",
    "dialect_named",
    "known",
    "literal",
    "moved_place",
    "needed_macros",
    "parse_expression",
    "place_in",
    "quote",
    "respelled",
    "terms",
    "translate",
    "unordered",
]  # fmt: skip
