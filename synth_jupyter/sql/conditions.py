"""What a condition says of columns, where it holds and where it does not."""

from collections.abc import Mapping
from dataclasses import replace

from sqlglot import exp

from .bounds import Fact, number_of
from .expressions import column_path

Facts = Mapping[str, Fact]
"""What is known of columns, by their paths."""


def granted(condition: exp.Expr, facts: Facts) -> Facts:
    """The facts where the condition holds."""
    for part in _flat(condition, exp.And):
        denied = isinstance(part, exp.Not) or (isinstance(part, exp.Is) and bool(part.args.get("negate")))
        inner = _bare(part.this) if isinstance(part, exp.Not) else part
        if isinstance(inner, exp.Is) and denied and isinstance(inner.expression, exp.Null):
            facts = _changed(inner.this, facts, nullable=False)
        elif isinstance(part, (exp.GT, exp.GTE, exp.LT, exp.LTE, exp.NEQ)):
            facts = _compared(part, facts)
    return facts


def denied(condition: exp.Expr, facts: Facts) -> Facts:
    """The facts where the condition does not hold: what it says to be NULL, or 0, is not."""
    for part in _flat(condition, exp.Or):
        zero = isinstance(part, exp.EQ) and part.expression.name == "0"
        if isinstance(part, exp.Is) and isinstance(part.expression, exp.Null) and not part.args.get("negate"):
            facts = _changed(part.this, facts, nullable=False)
        elif zero:
            facts = _changed(part.this, facts, nonzero=True)
    return facts


def _compared(part: exp.Expr, facts: Facts) -> Facts:
    """A column compared with a number is no NULL there, and on one side of the number."""
    is_number = isinstance(part.expression, exp.Literal) and not part.expression.is_string
    value = number_of(part.expression.name) if is_number else None
    if value is None:
        return facts
    zero = value == 0 and isinstance(part, (exp.NEQ, exp.GT, exp.LT))
    facts = _changed(part.this, facts, nullable=False, **({"nonzero": True} if zero else {}))
    fact = facts.get(column_path(part.this)) if isinstance(part.this, exp.Column) else None
    if fact is not None and isinstance(part, (exp.GT, exp.GTE)) and (fact.low is None or fact.low < value):
        return {**facts, column_path(part.this): replace(fact, low=value)}
    if fact is not None and isinstance(part, (exp.LT, exp.LTE)) and (fact.high is None or fact.high > value):
        return {**facts, column_path(part.this): replace(fact, high=value)}
    return facts


def _changed(node: exp.Expr, facts: Facts, **changes: bool) -> Facts:
    path = column_path(node) if isinstance(node, exp.Column) else ""
    return {**facts, path: replace(facts[path], **changes)} if path in facts else facts  # type: ignore[arg-type]


def _flat(node: exp.Expr, kind: type[exp.Expr]) -> list[exp.Expr]:
    node = _bare(node)
    return [_bare(part) for part in node.flatten()] if isinstance(node, kind) else [node]


def _bare(node: exp.Expr) -> exp.Expr:
    while isinstance(node, exp.Paren):
        node = node.this
    return node
