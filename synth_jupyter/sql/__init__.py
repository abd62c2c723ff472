"""SQL as text and trees: dialects, quoting, the gate of statements and scalar expressions."""

from .expressions import ParsedExpression, parse_expression

__all__ = ["ParsedExpression", "parse_expression"]
