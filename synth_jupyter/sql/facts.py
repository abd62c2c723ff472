"""What is known of an expression before any row is made: bounds, lengths, and whether it can be NULL or fail."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction

from sqlglot import exp

from .expressions import ParsedExpression, column_path

_DATE_PARTS: tuple[tuple[type[exp.Expr], int, int], ...] = (
    (exp.Year, -290_308, 294_247), (exp.Month, 1, 12), (exp.Day, 1, 31), (exp.Quarter, 1, 4), (exp.DayOfWeek, 0, 6),
    (exp.DayOfYear, 1, 366), (exp.Week, 1, 53), (exp.Sign, -1, 1), (exp.Ascii, 0, 0x10FFFF),
)  # fmt: skip
_SAME_TEXT = (exp.Upper, exp.Lower, exp.Trim, exp.Reverse)
_PLAIN = (exp.Paren, exp.Trunc, exp.Floor, exp.Ceil, exp.Round)
_MOST_DIGITS = 400


@dataclass(frozen=True)
class Fact:
    """What every value of an expression keeps: numbers from `low` to `high`, texts of at most `longest` characters.

    None is not known. `scale` is the most decimal places; an `absent` one is NULL in every row.
    """

    low: Fraction | None = None
    high: Fraction | None = None
    scale: int | None = None
    longest: int | None = None
    nullable: bool = False
    nonzero: bool = False
    absent: bool = False

    @property
    def bounded(self) -> bool:
        """Whether both ends are known."""
        return self.low is not None and self.high is not None

    @property
    def may_be_zero(self) -> bool:
        """Whether 0 is known to be among the values that it may take."""
        return self.low is not None and self.high is not None and self.low <= 0 <= self.high and not self.nonzero

    @property
    def characters(self) -> int | None:
        """The most characters as text, of a number too."""
        if self.longest is not None or self.low is None or self.high is None or self.scale is None:
            return self.longest
        whole = max(len(str(int(bound))) + (bound < 0 and int(bound) == 0) for bound in (self.low, self.high))
        return whole + (self.scale + 1 if self.scale else 0)


_NULL = Fact(nullable=True, absent=True)


@dataclass(frozen=True)
class Known:
    """What was found out: the fact of the whole, and what may fail in a row."""

    fact: Fact
    dangers: tuple[str, ...] = ()


def known(expression: ParsedExpression, columns: Mapping[str, Fact], when: ParsedExpression | None = None) -> Known:
    """What follows for an expression from its columns, by their paths; a function that is not understood gives nothing.

    `when` is a condition that holds wherever it is evaluated. A NULL of any input counts as NULL of the whole, but
    where COALESCE, CASE or IS NULL see to it.
    """
    reader = _Reader()
    granted = columns if when is None else _granted(when.root, columns)
    return Known(reader.read(expression.root, granted), tuple(dict.fromkeys(reader.dangers)))


@dataclass
class _Reader:
    """One pass over a tree; `dangers` grows by what may fail."""

    dangers: list[str] = field(default_factory=list)

    def read(self, node: exp.Expr, facts: Mapping[str, Fact]) -> Fact:
        if isinstance(node, exp.Column):
            return facts.get(column_path(node), Fact(nullable=True))
        if isinstance(node, exp.Literal):
            return _literal(node)
        if isinstance(node, exp.Null):
            return _NULL
        if isinstance(node, (exp.Case, exp.If)):
            return self._case(node, facts)
        special = next((read for kinds, read in _READERS if isinstance(node, kinds)), None)
        parts = [self.read(child, facts) for child in node.iter_expressions() if not isinstance(child, _WORDS)]
        nullable = any(part.nullable for part in parts)
        made = special(self, node, parts) if special and parts else Fact(nullable=nullable)
        return made if special in _OWN_NULLS else replace(made, nullable=made.nullable or nullable)

    def _case(self, node: exp.Expr, facts: Mapping[str, Fact]) -> Fact:
        """Each branch under what its condition says; the rest under what the conditions before deny."""
        branches = node.args["ifs"] if isinstance(node, exp.Case) else [node]
        base, found = node.args.get("this") if isinstance(node, exp.Case) else None, []
        for branch in branches:
            condition = branch.this
            self.read(condition, facts)
            within = facts if base is not None else _granted(condition, facts)
            found.append(self.read(branch.args["true"], within))
            facts = facts if base is not None else _denied(condition, facts)
        rest = node.args.get("default") if isinstance(node, exp.Case) else node.args.get("false")
        return _any_of([*found, self.read(rest, facts) if rest is not None else _NULL])

    def add(self, node: exp.Expr, parts: Sequence[Fact]) -> Fact:
        one, other = parts[0], parts[-1]
        if isinstance(node, exp.Sub):
            other = _negated(other)
        return Fact(_plus(one.low, other.low), _plus(one.high, other.high), _most(one.scale, other.scale))

    def multiply(self, node: exp.Expr, parts: Sequence[Fact]) -> Fact:
        one, other = parts[0], parts[-1]
        scale = None if one.scale is None or other.scale is None else one.scale + other.scale
        if one.low is None or one.high is None or other.low is None or other.high is None:
            return Fact(scale=scale)
        ends = [first * second for first in (one.low, one.high) for second in (other.low, other.high)]
        return Fact(min(ends), max(ends), scale)

    def divide(self, node: exp.Expr, parts: Sequence[Fact]) -> Fact:
        one, other = parts[0], parts[-1]
        if other.may_be_zero:
            divisor = node.expression.sql("duckdb", comments=False)
            always = other.low == other.high
            self.dangers.append(
                "nothing can be divided by 0" if always
                else f"{divisor} may be 0, and nothing can be divided by it; write nullif({divisor}, 0)"
            )  # fmt: skip
        if other.low is None or other.high is None or other.low <= 0 <= other.high:
            return Fact()
        if isinstance(node, exp.Mod):
            most = max(abs(other.low), abs(other.high))
            return Fact(Fraction(0) if (one.low or Fraction(-1)) >= 0 else -most, most, _most(one.scale, other.scale))
        inverse = Fact(1 / other.high, 1 / other.low)
        made = self.multiply(node, [replace(one, scale=0), replace(inverse, scale=0)])
        return replace(made, scale=0 if isinstance(node, exp.IntDiv) else None)

    def negate(self, node: exp.Expr, parts: Sequence[Fact]) -> Fact:
        return _negated(parts[0])

    def absolute(self, node: exp.Expr, parts: Sequence[Fact]) -> Fact:
        one = parts[0]
        if one.low is None or one.high is None:
            return Fact(Fraction(0), None, one.scale)
        least = Fraction(0) if one.low <= 0 <= one.high else min(abs(one.low), abs(one.high))
        return Fact(least, max(abs(one.low), abs(one.high)), one.scale)

    def plain(self, node: exp.Expr, parts: Sequence[Fact]) -> Fact:
        """Rounding goes at most to the next whole number."""
        one = parts[0]
        if isinstance(node, exp.Paren):
            return one
        low = None if one.low is None else Fraction(one.low.__floor__())
        high = None if one.high is None else Fraction(one.high.__ceil__())
        digits = node.args.get("decimals")
        scale = int(digits.name) if isinstance(digits, exp.Literal) and digits.name.isdecimal() else None
        return Fact(low, high, 0 if digits is None else scale)

    def extreme(self, node: exp.Expr, parts: Sequence[Fact]) -> Fact:
        """LEAST and GREATEST, which pass NULLs over: one known end is enough for one side."""
        lows, highs = [part.low for part in parts], [part.high for part in parts]
        pick: Callable[[list[Fraction]], Fraction] = max if isinstance(node, exp.Greatest) else min
        sided = isinstance(node, exp.Greatest)
        some_low, some_high = [low for low in lows if low is not None], [high for high in highs if high is not None]
        low = pick(some_low) if some_low and (sided or len(some_low) == len(lows)) else None
        high = pick(some_high) if some_high and (not sided or len(some_high) == len(highs)) else None
        if any(part.nullable for part in parts):
            return _any_of([replace(part, nullable=all(one.nullable for one in parts)) for part in parts])
        return replace(_any_of(parts), low=low, high=high)

    def coalesce(self, node: exp.Expr, parts: Sequence[Fact]) -> Fact:
        return replace(_any_of(parts), nullable=all(part.nullable for part in parts))

    def nullif(self, node: exp.Expr, parts: Sequence[Fact]) -> Fact:
        zero = parts[-1].low == parts[-1].high == 0
        return replace(parts[0], nullable=True, nonzero=parts[0].nonzero or zero)

    def never_null(self, node: exp.Expr, parts: Sequence[Fact]) -> Fact:
        return Fact()

    def same_text(self, node: exp.Expr, parts: Sequence[Fact]) -> Fact:
        return Fact(longest=parts[0].characters)

    def joined(self, node: exp.Expr, parts: Sequence[Fact]) -> Fact:
        lengths = [part.characters for part in parts]
        known_all = [length for length in lengths if length is not None]
        total = sum(known_all) if len(known_all) == len(lengths) else None
        if isinstance(node, exp.ConcatWs) and total is not None:
            total += (lengths[0] or 0) * max(len(parts) - 3, 0)
        skips = isinstance(node, (exp.Concat, exp.ConcatWs))
        return Fact(longest=total, nullable=not skips and any(part.nullable for part in parts))

    def cut(self, node: exp.Expr, parts: Sequence[Fact]) -> Fact:
        size = node.args.get("length") if isinstance(node, exp.Substring) else node.args.get("expression")
        most = int(size.name) if isinstance(size, exp.Literal) and size.name.isdecimal() else None
        lengths = [length for length in (most, parts[0].characters) if length is not None]
        return Fact(longest=min(lengths) if lengths else None)

    def pad(self, node: exp.Expr, parts: Sequence[Fact]) -> Fact:
        return Fact(longest=int(node.expression.name))

    def replaced(self, node: exp.Expr, parts: Sequence[Fact]) -> Fact:
        lengths = [node.expression, node.args.get("replacement")]
        texts = [len(part.name) for part in lengths if isinstance(part, exp.Literal)]
        shrinks = len(texts) == 2 and texts[0] >= texts[1]
        return Fact(longest=parts[0].characters if shrinks else None)

    def length(self, node: exp.Expr, parts: Sequence[Fact]) -> Fact:
        most = parts[0].characters
        return Fact(Fraction(0), Fraction(most if most is not None else 1 << 31), 0)

    def fixed_text(self, node: exp.Expr, parts: Sequence[Fact]) -> Fact:
        return Fact(longest=1 if isinstance(node, exp.Chr) else 32 if isinstance(node, exp.MD5) else 64)

    def date_part(self, node: exp.Expr, parts: Sequence[Fact]) -> Fact:
        low, high = next((low, high) for kind, low, high in _DATE_PARTS if isinstance(node, kind))
        return Fact(Fraction(low), Fraction(high), 0)

    def cast(self, node: exp.Expr, parts: Sequence[Fact]) -> Fact:
        """The writer vouches for the type: its bounds are the facts."""
        return replace(_of_type(node.args["to"], parts[0]), nullable=isinstance(node, exp.TryCast))


_WORDS = (exp.DataType, exp.Var, exp.Interval, exp.Identifier)
_Read = Callable[[_Reader, exp.Expr, Sequence[Fact]], Fact]
_READERS: tuple[tuple[type[exp.Expr] | tuple[type[exp.Expr], ...], _Read], ...] = (
    ((exp.Add, exp.Sub), _Reader.add), (exp.Mul, _Reader.multiply),
    ((exp.Div, exp.IntDiv, exp.Mod), _Reader.divide), (exp.Neg, _Reader.negate), (exp.Abs, _Reader.absolute),
    (_PLAIN, _Reader.plain), ((exp.Greatest, exp.Least), _Reader.extreme), (exp.Coalesce, _Reader.coalesce),
    (exp.Nullif, _Reader.nullif), ((exp.Is, exp.NullSafeEQ, exp.NullSafeNEQ), _Reader.never_null),
    (_SAME_TEXT, _Reader.same_text), ((exp.DPipe, exp.Concat, exp.ConcatWs), _Reader.joined),
    ((exp.Left, exp.Right, exp.Substring), _Reader.cut), (exp.Pad, _Reader.pad), (exp.Replace, _Reader.replaced),
    (exp.Length, _Reader.length), ((exp.MD5, exp.SHA2, exp.Chr), _Reader.fixed_text),
    (tuple(kind for kind, _, _ in _DATE_PARTS), _Reader.date_part), ((exp.TryCast, exp.Cast), _Reader.cast),
)  # fmt: skip
_OWN_NULLS = (_Reader.extreme, _Reader.coalesce, _Reader.never_null, _Reader.joined)


def _literal(node: exp.Literal) -> Fact:
    if node.is_string:
        return Fact(longest=len(node.name))
    try:
        value = Fraction(node.name[:_MOST_DIGITS])
    except ValueError:
        return Fact()
    return Fact(value, value, len(node.name.partition(".")[2]) if "e" not in node.name.lower() else None)


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


def _granted(condition: exp.Expr, facts: Mapping[str, Fact]) -> Mapping[str, Fact]:
    """The facts where the condition holds."""
    for part in _flat(condition, exp.And):
        denied = isinstance(part, exp.Not) or (isinstance(part, exp.Is) and bool(part.args.get("negate")))
        inner = _bare(part.this) if isinstance(part, exp.Not) else part
        if isinstance(inner, exp.Is) and denied and isinstance(inner.expression, exp.Null):
            facts = _changed(inner.this, facts, nullable=False)
        elif isinstance(part, (exp.GT, exp.GTE, exp.LT, exp.LTE, exp.NEQ)):
            facts = _compared(part, facts)
    return facts


def _denied(condition: exp.Expr, facts: Mapping[str, Fact]) -> Mapping[str, Fact]:
    """The facts where the condition does not hold: what it says to be NULL, or 0, is not."""
    for part in _flat(condition, exp.Or):
        zero = isinstance(part, exp.EQ) and part.expression.name == "0"
        if isinstance(part, exp.Is) and isinstance(part.expression, exp.Null) and not part.args.get("negate"):
            facts = _changed(part.this, facts, nullable=False)
        elif zero:
            facts = _changed(part.this, facts, nonzero=True)
    return facts


def _compared(part: exp.Expr, facts: Mapping[str, Fact]) -> Mapping[str, Fact]:
    """A column compared with a number is no NULL there, and on one side of the number."""
    value = _literal(part.expression).low if isinstance(part.expression, exp.Literal) else None
    if value is None or part.expression.is_string:
        return facts
    zero = value == 0 and isinstance(part, (exp.NEQ, exp.GT, exp.LT))
    facts = _changed(part.this, facts, nullable=False, **({"nonzero": True} if zero else {}))
    fact = facts.get(column_path(part.this)) if isinstance(part.this, exp.Column) else None
    if fact is not None and isinstance(part, (exp.GT, exp.GTE)) and (fact.low is None or fact.low < value):
        return {**facts, column_path(part.this): replace(fact, low=value)}
    if fact is not None and isinstance(part, (exp.LT, exp.LTE)) and (fact.high is None or fact.high > value):
        return {**facts, column_path(part.this): replace(fact, high=value)}
    return facts


def _changed(node: exp.Expr, facts: Mapping[str, Fact], **changes: bool) -> Mapping[str, Fact]:
    path = column_path(node) if isinstance(node, exp.Column) else ""
    return {**facts, path: replace(facts[path], **changes)} if path in facts else facts  # type: ignore[arg-type]


def _flat(node: exp.Expr, kind: type[exp.Expr]) -> list[exp.Expr]:
    node = _bare(node)
    return [_bare(part) for part in node.flatten()] if isinstance(node, kind) else [node]


def _bare(node: exp.Expr) -> exp.Expr:
    while isinstance(node, exp.Paren):
        node = node.this
    return node


def _any_of(facts: Sequence[Fact]) -> Fact:
    """What holds for each of them; a bare NULL has no value to speak of."""
    valued = [fact for fact in facts if not fact.absent] or [Fact()]
    lows = [fact.low for fact in valued if fact.low is not None]
    highs = [fact.high for fact in valued if fact.high is not None]
    lengths = [fact.characters for fact in valued]
    longest = [length for length in lengths if length is not None]
    return Fact(
        min(lows) if len(lows) == len(valued) else None,
        max(highs) if len(highs) == len(valued) else None,
        max((fact.scale for fact in valued if fact.scale is not None), default=None)
        if all(fact.scale is not None for fact in valued) else None,
        max(longest) if len(longest) == len(valued) and any(fact.longest is not None for fact in valued) else None,
        any(fact.nullable for fact in facts),
    )  # fmt: skip


def _plus(one: Fraction | None, other: Fraction | None) -> Fraction | None:
    return None if one is None or other is None else one + other


def _most(one: int | None, other: int | None) -> int | None:
    return None if one is None or other is None else max(one, other)


def _negated(fact: Fact) -> Fact:
    low = None if fact.high is None else -fact.high
    return Fact(low, None if fact.low is None else -fact.low, fact.scale, nonzero=fact.nonzero)
