"""Expressions that come out as one of a few texts: a CASE whose every outcome is written down."""

from collections.abc import Iterator
from dataclasses import replace

from sqlglot import exp

from .expressions import ParsedExpression


def labels_of(parsed: ParsedExpression) -> tuple[str, ...]:
    """The texts that the expression can come out as, besides NULL, each once; nothing where that is not plain."""
    if not isinstance(parsed.root, exp.Case):
        return ()
    outcomes = list(_outcomes(parsed.root))
    if not all(isinstance(node, exp.Null) or _is_text(node) for node in outcomes):
        return ()
    return tuple(dict.fromkeys(node.name for node in outcomes if _is_text(node)))


def numbered(parsed: ParsedExpression, labels: tuple[str, ...]) -> ParsedExpression:
    """The same expression with each outcome's place among its `labels` instead of the text."""
    root = parsed.root.copy()
    for node in list(_outcomes(root)):
        if _is_text(node):
            node.replace(exp.Literal.number(labels.index(node.name)))
    return replace(parsed, root=root)


def _is_text(node: exp.Expr) -> bool:
    return isinstance(node, exp.Literal) and bool(node.is_string)


def _outcomes(node: exp.Expr) -> Iterator[exp.Expr]:
    """What the expression may come out as: the branches of a CASE, also of one inside another."""
    while isinstance(node, exp.Paren):
        node = node.this
    if not isinstance(node, exp.Case):
        yield node
        return
    for branch in node.args.get("ifs") or ():
        yield from _outcomes(branch.args["true"])
    yield from _outcomes(node.args["default"]) if node.args.get("default") else ()
