"""SQL as text and trees: dialects, quoting, the gate of statements and scalar expressions."""

from .dialects import Translation, dialect_named, literal, quote, translate
from .expressions import ParsedExpression, parse_expression

__all__ = ["ParsedExpression", "Translation", "dialect_named", "literal", "parse_expression", "quote", "translate"]
