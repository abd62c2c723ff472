"""A condition taken apart: which simple statements about columns it is made of, if it is made of such alone."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from sqlglot import exp

_MIRRORED = {">": "<", ">=": "<=", "<": ">", "<=": ">=", "=": "="}
_OPERATORS: tuple[tuple[type[exp.Expr], str], ...] = (
    (exp.GT, ">"), (exp.GTE, ">="), (exp.LT, "<"), (exp.LTE, "<="), (exp.EQ, "="),
)  # fmt: skip


@dataclass(frozen=True)
class Term:
    """One statement: `kind` is in, compare (with a constant), order (of two columns), like, matches, length or present.

    `value` is the list, the constant, the other column, the pattern, or the number; `operator` compares.
    """

    kind: str
    column: str
    value: Any = None
    operator: str = ""

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that it speaks of."""
        return (self.column, self.value) if self.kind == "order" else (self.column,)


def terms(tree: exp.Expr) -> list[Term] | None:
    """The statements that together mean the condition (NULL passes, as in a CHECK); None when others are in it."""
    found: list[Term] = []
    for part in _conjuncts(tree):
        made = _part(part)
        if made is None:
            return None
        found += made
    return found


def _conjuncts(tree: exp.Expr) -> Iterator[exp.Expr]:
    waiting = [tree]
    while waiting:
        node = _bare(waiting.pop())
        if isinstance(node, exp.And):
            waiting += [node.expression, node.this]
        else:
            yield node


def _part(node: exp.Expr) -> list[Term] | None:
    if node.args.get("negate"):
        return _present(node)
    if isinstance(node, exp.Or):
        return _either(node)
    if isinstance(node, exp.In):
        return _listed(node)
    if isinstance(node, exp.Between):
        low = _compared(node.this, node.args["low"], ">=")
        high = _compared(node.this, node.args["high"], "<=")
        return [*low, *high] if low and high else None
    if isinstance(node, exp.Like) and isinstance(node.this, exp.Column) and isinstance(node.expression, exp.Literal):
        return [Term("like", node.this.name, node.expression.name)]
    if (
        isinstance(node, exp.RegexpLike)
        and isinstance(node.this, exp.Column)
        and isinstance(node.expression, exp.Literal)
    ):
        return [Term("matches", node.this.name, node.expression.name)]
    if isinstance(node, exp.Not):
        inner = _bare(node.this)
        return [Term("present", inner.this.name)] if _is_null(inner) else None
    operator = next((sign for kind, sign in _OPERATORS if type(node) is kind), "")
    return _compared(node.this, node.expression, operator) if operator else None


def _present(node: exp.Expr) -> list[Term] | None:
    """`x IS NOT NULL`; nothing else that is denied says what the values are."""
    plain = node.copy()
    plain.set("negate", None)
    return [Term("present", plain.this.name)] if _is_null(plain) else None


def _is_null(node: exp.Expr) -> bool:
    """Whether it is `x IS NULL`."""
    known = isinstance(node, exp.Is) and isinstance(node.this, exp.Column) and isinstance(node.expression, exp.Null)
    return known and not node.args.get("negate")


def _either(node: exp.Or) -> list[Term] | None:
    """`x IS NULL OR condition on x`, and `x = 1 OR x = 2`."""
    sides = [_bare(side) for side in node.flatten()]
    absent = {side.this.name for side in sides if _is_null(side)}
    rest = [side for side in sides if not _is_null(side)]
    if len(rest) == 1:
        made = [term for term in terms(rest[0]) or [] if term.kind != "present" or term.column not in absent]
        return made if {column for term in made for column in term.columns} >= absent else None
    lists = [_part(side) for side in rest]
    merged = [term for made in lists if made for term in made]
    alike = all(made and len(made) == 1 and made[0].kind == "in" for made in lists)
    if not alike or len({term.column for term in merged} | absent) != 1:
        return None
    return [Term("in", merged[0].column, [value for term in merged for value in term.value])]


def _listed(node: exp.In) -> list[Term] | None:
    if not isinstance(node.this, exp.Column) or not node.expressions:
        return None
    values = [constant(item) for item in node.expressions]
    return None if None in values else [Term("in", node.this.name, values)]


def _compared(left: exp.Expr, right: exp.Expr, operator: str) -> list[Term] | None:
    left, right = _bare(left), _bare(right)
    if constant(left) is not None:
        left, right, operator = right, left, _MIRRORED[operator]
    if isinstance(left, exp.Column) and isinstance(right, exp.Column):
        return None if operator == "=" else [Term("order", left.name, right.name, operator)]
    value = constant(right)
    if value is None:
        return None
    if isinstance(left, exp.Length):
        inner = _uncast(left.this)
        number = isinstance(value, int) and not isinstance(value, bool) and isinstance(inner, exp.Column)
        return [Term("length", inner.name, value, operator)] if number else None
    if not isinstance(left, exp.Column):
        return None
    return [Term("in", left.name, [value])] if operator == "=" else [Term("compare", left.name, value, operator)]


def constant(node: exp.Expr) -> Any:
    """A literal's value (int, Decimal, text, bool), through casts and date functions; None when it is no literal."""
    node = _uncast(node)
    if isinstance(node, exp.Neg):
        value = constant(node.this)
        return -value if isinstance(value, (int, Decimal)) else None
    if isinstance(node, exp.Boolean):
        return bool(node.this)
    if isinstance(node, exp.StrToDate) and str(node.args.get("format", "")).strip("'") == "%Y-%m-%d":
        return constant(node.this)
    if not isinstance(node, exp.Literal):
        return None
    if node.is_string:
        return node.name
    return _number(node.name)


def _number(text: str) -> int | Decimal | None:
    if text.isdecimal():
        return int(text[:400])
    try:
        return Decimal(text)
    except InvalidOperation:
        return None


def _uncast(node: exp.Expr) -> exp.Expr:
    while isinstance(node, (exp.Paren, exp.Cast, exp.TsOrDsToDate)):
        node = node.this
    return node


def _bare(node: exp.Expr) -> exp.Expr:
    while isinstance(node, exp.Paren):
        node = node.this
    return node
