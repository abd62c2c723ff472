"""Expressions of whole numbers, decimals, dates, comparisons and CASE as plain tuples, to compute without an engine.

A program is `(word, *parts)`: `("column", path)`, `("number", unscaled, scale)`, `("date", days)`, an operator of
OPERATORS with its two sides, `("-", one)`, `("not", one)`, `("integer", one)` and `("decimal", precision, scale, one)`
for casts, or `("case", ((condition, value), ...), otherwise)`. What means the same in every engine is written so,
nothing else.
"""

import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from sqlglot import exp

from .expressions import column_path

Program = tuple[Any, ...]
OPERATORS: Mapping[type[exp.Expr], str] = {
    exp.Add: "+", exp.Sub: "-", exp.Mul: "*", exp.IntDiv: "//", exp.Mod: "%", exp.LT: "<", exp.LTE: "<=", exp.GT: ">",
    exp.GTE: ">=", exp.EQ: "=", exp.NEQ: "<>", exp.And: "and", exp.Or: "or",
}  # fmt: skip
_NUMBER = re.compile(r"(\d{1,15})(?:\.(\d{1,9}))?")
_WHOLE = (exp.DataType.Type.INT, exp.DataType.Type.BIGINT)
_EPOCH = date(1970, 1, 1).toordinal()


class _Beyond(Exception):
    """The expression needs an engine."""


def program_of(root: exp.Expr) -> Program | None:
    """The expression as a program; None where an engine has to compute it."""
    try:
        return _program(root)
    except _Beyond:
        return None


def _program(node: exp.Expr) -> Program:
    word = OPERATORS.get(type(node))
    if word is not None:
        return word, _program(node.this), _program(node.expression)
    make = _MAKERS.get(type(node))
    if make is None:
        raise _Beyond
    return make(node)


def _number(node: exp.Expr) -> Program:
    found = None if node.is_string else _NUMBER.fullmatch(node.name)
    if found is None:
        raise _Beyond
    fraction = found[2] or ""
    return "number", int(found[1] + fraction), len(fraction)


def _cast(node: exp.Expr) -> Program:
    inner, kind = node.this, node.args["to"]
    if kind.this == exp.DataType.Type.DATE and isinstance(inner, exp.Literal) and inner.is_string:
        try:
            return "date", date.fromisoformat(inner.name).toordinal() - _EPOCH
        except ValueError:
            raise _Beyond from None
    if kind.this in _WHOLE:
        return "integer", _program(inner)
    sizes = [part.name for part in kind.expressions]
    if kind.this == exp.DataType.Type.DECIMAL and len(sizes) == 2:
        return "decimal", int(sizes[0]), int(sizes[1]), _program(inner)
    raise _Beyond


def _case(node: exp.Expr) -> Program:
    default = node.args.get("default")
    if default is None:
        raise _Beyond
    branches = []
    for branch in node.args["ifs"]:
        test = _program(branch.this)
        test = ("=", _program(node.this), test) if node.this is not None else test
        branches.append((test, _program(branch.args["true"])))
    return "case", tuple(branches), _program(default)


_MAKERS: Mapping[type[exp.Expr], Callable[[Any], Program]] = {
    exp.Column: lambda node: ("column", column_path(node)),
    exp.Literal: _number,
    exp.Cast: _cast,
    exp.Case: _case,
    exp.Paren: lambda node: _program(node.this),
    exp.Neg: lambda node: ("-", _program(node.this)),
    exp.Not: lambda node: ("not", _program(node.this)),
}
