"""How one column comes about, in words for a person."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ..documents import plain
from ..generators.protocol import PARENT_ROW, POSITION
from ..plan.model import BoundColumn, Plan, TablePlan
from ..schema.model import DECLARED, Column, ForeignKey, Table

Options = Mapping[str, Any]

_WORDS: dict[str, Callable[[Options], str]] = {
    "sequence": lambda o: f"counts from {o.get('start', 1)} in steps of {o.get('step', 1)}, in row order",
    "uniform": lambda o: f"every value from {_given(o, 'min')} to {_given(o, 'max')} is equally likely",
    "choices": lambda o: f"one of {len(o.get('values', ()))} values, by weight",
    "distribution": lambda o: f"drawn from the {o.get('law')} distribution, read off a table of its quantiles",
    "faker": lambda o: f"a value of the frozen pool of {o.get('provider')} in {o.get('locale', 'en_US')}",
    "pattern": lambda o: f"text of the form {o.get('pattern')}",
    "expression": lambda o: "computed by this SQL in every row",
    "after": lambda o: f"between {o.get('min', '0s')} and {o.get('within')} after {o.get('column')}",
    "before": lambda o: f"between {o.get('min', '0s')} and {o.get('within')} before {o.get('column')}",
    "between": lambda o: f"after {o.get('after')} and not after {o.get('before')}",
    "template": lambda o: "these columns of the row, put together",
    "depends": lambda o: f"one of the choices that go with the row's {o.get('on')}",
    "person": lambda o: "a field of one person in the row; the other fields of that person fit it",
    "profile": lambda o: "moments by the weights of month, weekday and hour, and the yearly trend",
    "correlated": lambda o: "its own distribution, read at a normal score that is correlated with theirs",
    "excerpt": lambda o: f"a piece of {o.get('min_length')} to {o.get('max_length')} letters of a long page of words",
    "position": lambda o: "the place of the row among those of the same parent, counted from 1",
    "reference": lambda o: "the key of the parent row that the foreign key chose",
    "constant": lambda o: f"always {plain(o.get('value'))!r}",
    "bernoulli": lambda o: f"true with a probability of {o.get('p', 0.5)}",
    "text": lambda o: "words of running text",
    "uuid": lambda o: "a UUID from the row number and the column's random stream",
}

_PARENTS = {
    "uniform_parent": "every parent is equally likely",
    "zipf_parent": "few parents are chosen often, most seldom (Zipf)",
    "weighted_parent": "parents are chosen by weight",
    "owner_parent": "the row belongs to it, by exact counts of children",
    "one_to_one": "every parent is chosen at most once",
    "tree": "an earlier row, so that the rows form a tree",
    "graph": "any row, so that the rows form a free graph",
}


def explain(plan: Plan, table: str, column: str) -> str:
    """The column's type, rule, NULLs, what it is made from and its random stream, a line for each.

    Raises:
        NotFoundError: there is no such table or column.
    """
    described, bound = plan.schema.table(table), plan.table(table)
    asked = described.column(column)
    return "\n".join(_lines(plan, described, bound, asked, bound.column(asked.name)))


def _lines(plan: Plan, table: Table, bound: TablePlan, column: Column, made: BoundColumn) -> Iterator[str]:
    yield f"{table.name}.{column.name}: {column.type}{_keys(table, column)}"
    words = _WORDS.get(column.rule.name)
    yield f"  rule: {column.rule}" + (f" - {words(column.rule.options)}" if words else "")
    key = table.foreign_key_of(column.name)
    if key is None or column.rule.reason:
        yield f"  why this rule: {column.rule.reason or DECLARED}"
    if key is not None:
        yield f"  parent: {_parent(key)}"
    yield f"  NULL: {_nulls(column, key)}"
    if made.distinct is not None:
        yield f"  different values: at most {made.distinct:,}"
    for use in plan.draws_on:
        if (table.name, column.name) in use.columns:
            size = f", {use.values:,} values" if use.values is not None else ""
            yield f"  frozen pool: {use.label}{size}, {use.digest[:19]}"
    for need in made.generator.needs:
        yield f"  made from: {_source(plan, bound, need)}"
    link = next((link for link in bound.links if key is not None and link.foreign_key == key), None)
    path = " / ".join((link.column if link else made).path)
    what = "choice" if link else "value"
    yield f"  random stream: seed {plan.seed} / {path}; the {what} at a row depends on that and the row number alone"


def _keys(table: Table, column: Column) -> str:
    names = (column.name,)
    if names == table.primary_key:
        return ", the primary key"
    if column.name in table.primary_key:
        return f", part of the primary key ({', '.join(table.primary_key)})"
    return ", unique" if names in table.unique else ""


def _parent(key: ForeignKey) -> str:
    how = _PARENTS.get(key.rule.name)
    chosen = f" - {how}" if how else ""
    return f"({', '.join(key.columns)}) refers to {key.table}({', '.join(key.references)}) by {key.rule}{chosen}"


def _nulls(column: Column, key: ForeignKey | None) -> str:
    share = key.nulls if key is not None and key.nulls else column.nulls
    parts = [f"{share * 100:.4g} % of the rows"] if share else []
    parts += [f"wherever not ({column.when})"] if column.when else []
    if column.rule.name == "expression" and column.nullable:
        parts += ["wherever the SQL gives NULL"]
    return ", and ".join(parts) if parts else ("allowed, but never made" if column.nullable else "never")


def _source(plan: Plan, table: TablePlan, need: str) -> str:
    """`discount of this row`, `price of the row of products that product_id points at`."""
    link, rest = table.resolve(need)
    if link is None:
        hidden = need in {column.name for column in table.hidden}
        if need.startswith("\x1fperson"):
            return "the number of the row's person, which its other fields read too"
        if need.startswith("\x1fscore "):
            return "the normal score of this column, mixed from those it is correlated with"
        return "a hidden counter of this row" if hidden else f"{need} of this row"
    if rest == PARENT_ROW:
        return f"the number of the row of {link.foreign_key.table} that {link.name} points at"
    if rest == POSITION:
        return f"the place of the row among those with the same {link.name}"
    end = plan.table(link.foreign_key.table)
    return f"{rest} of the row of {end.name} that {link.name} points at"


def _given(options: Options, name: str) -> str:
    return str(options[name]) if name in options else f"the type's {name}"
