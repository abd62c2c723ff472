"""What is known of an expression before any row is made: bounds, lengths, and whether it can be NULL or fail."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction

from sqlglot import exp

from .bounds import Fact, any_of, number_of
from .conditions import Facts, denied, granted
from .expressions import ParsedExpression, column_path

_NULL = Fact(nullable=True, absent=True)
_WORDS = (exp.DataType, exp.Var, exp.Interval, exp.Identifier)
_DIVISIONS = (exp.Div, exp.IntDiv, exp.Mod)


@dataclass(frozen=True)
class Known:
    """What was found out: the fact of the whole, and what may fail in a row."""

    fact: Fact
    dangers: tuple[str, ...] = ()


def known(expression: ParsedExpression, columns: Facts, when: ParsedExpression | None = None) -> Known:
    """What follows for an expression from its columns, by their paths; a function that is not understood gives nothing.

    `when` is a condition that holds wherever it is evaluated. A NULL of any input counts as NULL of the whole, but
    where COALESCE, CASE or IS NULL see to it.
    """
    reader = _Reader()
    fact = reader.read(expression.root, columns if when is None else granted(when.root, columns))
    return Known(fact, tuple(dict.fromkeys(reader.dangers)))


@dataclass
class _Reader:
    """One pass over a tree; `dangers` grows by what may fail."""

    dangers: list[str] = field(default_factory=list)

    def read(self, node: exp.Expr, facts: Facts) -> Fact:
        if isinstance(node, exp.Column):
            return facts.get(column_path(node), Fact(nullable=True))
        if isinstance(node, exp.Literal):
            return _literal(node)
        if isinstance(node, exp.Null):
            return _NULL
        if isinstance(node, (exp.Case, exp.If)):
            return self._case(node, facts)
        parts = [self.read(child, facts) for child in node.iter_expressions() if not isinstance(child, _WORDS)]
        if isinstance(node, _DIVISIONS):
            self._check_divisor(node.expression, parts[-1])
        return _made(node, parts)

    def _case(self, node: exp.Expr, facts: Facts) -> Fact:
        """Each branch under what its condition says; the rest under what the conditions before deny."""
        branches = node.args["ifs"] if isinstance(node, exp.Case) else [node]
        base, found = node.args.get("this") if isinstance(node, exp.Case) else None, []
        for branch in branches:
            condition = branch.this
            self.read(condition, facts)
            within = facts if base is not None else granted(condition, facts)
            found.append(self.read(branch.args["true"], within))
            facts = facts if base is not None else denied(condition, facts)
        rest = node.args.get("default") if isinstance(node, exp.Case) else node.args.get("false")
        return any_of([*found, self.read(rest, facts) if rest is not None else _NULL])

    def _check_divisor(self, node: exp.Expr, fact: Fact) -> None:
        divisor = node.sql("duckdb", comments=False)
        if fact.may_be_zero and fact.low == fact.high:
            self.dangers.append("nothing can be divided by 0")
        elif fact.may_be_zero:
            self.dangers.append(
                f"{divisor} may be 0, and nothing can be divided by it; write nullif({divisor}, 0)"
            )  # fmt: skip


def _made(node: exp.Expr, parts: Sequence[Fact]) -> Fact:
    """What a function makes of its parts; it is NULL where one of them is, unless it sees to that itself."""
    nullable = any(part.nullable for part in parts)
    make = next((make for kinds, make in _FUNCTIONS if isinstance(node, kinds)), None)
    fact = make(node, parts) if make and parts else Fact(nullable=nullable)
    return fact if make in _OWN_NULLS else replace(fact, nullable=fact.nullable or nullable)


def _sum(node: exp.Expr, parts: Sequence[Fact]) -> Fact:
    return parts[0] + (-parts[-1] if isinstance(node, exp.Sub) else parts[-1])


def _product(node: exp.Expr, parts: Sequence[Fact]) -> Fact:
    return parts[0] * parts[-1]


def _quotient(node: exp.Expr, parts: Sequence[Fact]) -> Fact:
    one, other = parts[0], parts[-1]
    if other.low is None or other.high is None or other.low <= 0 <= other.high:
        return Fact()
    if isinstance(node, exp.Mod):
        return one.remainder(other)
    inverse = Fact(1 / other.high, 1 / other.low, 0)
    return replace(replace(one, scale=0) * inverse, scale=0 if isinstance(node, exp.IntDiv) else None)


def _opposite(node: exp.Expr, parts: Sequence[Fact]) -> Fact:
    return -parts[0]


def _absolute(node: exp.Expr, parts: Sequence[Fact]) -> Fact:
    return abs(parts[0])


def _same(node: exp.Expr, parts: Sequence[Fact]) -> Fact:
    return parts[0]


def _rounded(node: exp.Expr, parts: Sequence[Fact]) -> Fact:
    digits = node.args.get("decimals")
    return parts[0].whole(0 if digits is None else _count(digits))


def _extreme(node: exp.Expr, parts: Sequence[Fact]) -> Fact:
    """LEAST and GREATEST, which pass NULLs over: one known end is enough for one side."""
    largest = isinstance(node, exp.Greatest)
    pick: Callable[[list[Fraction]], Fraction] = max if largest else min
    lows = [part.low for part in parts if part.low is not None]
    highs = [part.high for part in parts if part.high is not None]
    low = pick(lows) if lows and (largest or len(lows) == len(parts)) else None
    high = pick(highs) if highs and (not largest or len(highs) == len(parts)) else None
    if any(part.nullable for part in parts):
        return any_of([replace(part, nullable=all(one.nullable for one in parts)) for part in parts])
    return replace(any_of(parts), low=low, high=high)


def _coalesced(node: exp.Expr, parts: Sequence[Fact]) -> Fact:
    return replace(any_of(parts), nullable=all(part.nullable for part in parts))


def _nullif(node: exp.Expr, parts: Sequence[Fact]) -> Fact:
    zero = parts[-1].low == parts[-1].high == 0
    return replace(parts[0], nullable=True, nonzero=parts[0].nonzero or zero)


def _never_null(node: exp.Expr, parts: Sequence[Fact]) -> Fact:
    return Fact()


def _as_long(node: exp.Expr, parts: Sequence[Fact]) -> Fact:
    return Fact(longest=parts[0].characters)


def _joined(node: exp.Expr, parts: Sequence[Fact]) -> Fact:
    lengths = [part.characters for part in parts if part.characters is not None]
    total = sum(lengths) if len(lengths) == len(parts) else None
    if isinstance(node, exp.ConcatWs) and total is not None:
        total += lengths[0] * max(len(parts) - 3, 0)
    skips = isinstance(node, (exp.Concat, exp.ConcatWs))
    return Fact(longest=total, nullable=not skips and any(part.nullable for part in parts))


def _cut(node: exp.Expr, parts: Sequence[Fact]) -> Fact:
    size = _count(node.args.get("length") if isinstance(node, exp.Substring) else node.args.get("expression"))
    lengths = [length for length in (size, parts[0].characters) if length is not None]
    return Fact(longest=min(lengths) if lengths else None)


def _padded(node: exp.Expr, parts: Sequence[Fact]) -> Fact:
    return Fact(longest=int(node.expression.name))


def _replaced(node: exp.Expr, parts: Sequence[Fact]) -> Fact:
    literals = (node.expression, node.args.get("replacement"))
    sizes = [len(part.name) for part in literals if isinstance(part, exp.Literal)]
    shrinks = len(sizes) == 2 and sizes[0] >= sizes[1]
    return Fact(longest=parts[0].characters if shrinks else None)


def _length(node: exp.Expr, parts: Sequence[Fact]) -> Fact:
    longest = parts[0].characters
    return Fact(Fraction(0), Fraction(longest if longest is not None else 1 << 31), 0)


def _fixed_text(node: exp.Expr, parts: Sequence[Fact]) -> Fact:
    return Fact(longest=1 if isinstance(node, exp.Chr) else 32 if isinstance(node, exp.MD5) else 64)


def _date_part(node: exp.Expr, parts: Sequence[Fact]) -> Fact:
    low, high = next((low, high) for kind, low, high in _DATE_PARTS if isinstance(node, kind))
    return Fact(Fraction(low), Fraction(high), 0)


def _cast(node: exp.Expr, parts: Sequence[Fact]) -> Fact:
    """The writer vouches for the type: its bounds are the facts."""
    return replace(_of_type(node.args["to"], parts[0]), nullable=isinstance(node, exp.TryCast))


_DATE_PARTS: tuple[tuple[type[exp.Expr], int, int], ...] = (
    (exp.Year, -290_308, 294_247), (exp.Month, 1, 12), (exp.Day, 1, 31), (exp.Quarter, 1, 4), (exp.DayOfWeek, 0, 6),
    (exp.DayOfYear, 1, 366), (exp.Week, 1, 53), (exp.Sign, -1, 1), (exp.Ascii, 0, 0x10FFFF),
)  # fmt: skip
_Make = Callable[[exp.Expr, Sequence[Fact]], Fact]
_FUNCTIONS: tuple[tuple[type[exp.Expr] | tuple[type[exp.Expr], ...], _Make], ...] = (
    ((exp.Add, exp.Sub), _sum), (exp.Mul, _product), (_DIVISIONS, _quotient), (exp.Neg, _opposite),
    (exp.Abs, _absolute), (exp.Paren, _same), ((exp.Trunc, exp.Floor, exp.Ceil, exp.Round), _rounded),
    ((exp.Greatest, exp.Least), _extreme), (exp.Coalesce, _coalesced), (exp.Nullif, _nullif),
    ((exp.Is, exp.NullSafeEQ, exp.NullSafeNEQ), _never_null), ((exp.Upper, exp.Lower, exp.Trim, exp.Reverse), _as_long),
    ((exp.DPipe, exp.Concat, exp.ConcatWs), _joined), ((exp.Left, exp.Right, exp.Substring), _cut),
    (exp.Pad, _padded), (exp.Replace, _replaced), (exp.Length, _length), ((exp.MD5, exp.SHA2, exp.Chr), _fixed_text),
    (tuple(kind for kind, _, _ in _DATE_PARTS), _date_part), ((exp.TryCast, exp.Cast), _cast),
)  # fmt: skip
_OWN_NULLS = (_extreme, _coalesced, _never_null, _joined)


def _literal(node: exp.Literal) -> Fact:
    if node.is_string:
        return Fact(longest=len(node.name))
    value = number_of(node.name)
    places = len(node.name.partition(".")[2]) if "e" not in node.name.lower() else None
    return Fact() if value is None else Fact(value, value, places)


def _count(node: exp.Expr | None) -> int | None:
    """The number that a literal states."""
    return int(node.name) if isinstance(node, exp.Literal) and node.name.isdecimal() else None


def _of_type(kind: exp.Expr, inner: Fact) -> Fact:
    word = str(getattr(kind.this, "value", ""))
    sizes = [int(part.name) for part in kind.expressions if part.name.isdecimal()]
    if word in _INTEGERS:
        most = Fraction(1 << (_INTEGERS[word] - 1))
        return Fact(-most, most - 1, 0)
    if word == "DECIMAL":
        precision, scale = [*sizes, *((18, 3) if not sizes else (0,))][:2]
        most = Fraction(10**precision - 1, 10**scale)
        return Fact(-most, most, scale)
    if word in ("TEXT", "VARCHAR", "CHAR"):
        return Fact(longest=inner.characters)
    return {"DATE": Fact(longest=10), "TIME": Fact(longest=15), "TIMESTAMP": Fact(longest=26)}.get(word, Fact())


_INTEGERS = {"TINYINT": 8, "SMALLINT": 16, "INT": 32, "BIGINT": 64, "INT128": 128}
