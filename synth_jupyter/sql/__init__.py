"""SQL as text and trees: dialects, quoting, the gate of statements and scalar expressions."""

from .dialects import Translation, check_reads, dialect_named, literal, quote, respelled, translate
from .expressions import ParsedExpression, parse_expression
from .facts import Fact, Known, known

__all__ = [
    "Fact", "Known", "ParsedExpression", "Translation", "check_reads", "dialect_named", "known", "literal",
    "parse_expression", "quote", "respelled", "translate",
]  # fmt: skip
