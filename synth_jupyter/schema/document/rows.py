"""How many rows the tables have: a number, or so many per row of a parent."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from ...errors import did_you_mean
from ..findings import ReportLine, Spot
from ..model import Rows
from ..row_counts import ROOT_ROWS, Linked, suggested_rows
from ..values import as_number, shown
from .keys import Draft, Link, spelled
from .models import RowsModel

MOST_ROWS = 1 << 62


def share(raw: Any, spot: Spot, option: str) -> Decimal | None:
    """A share in [0, 1] from 0.05 or `5%`; None when it is none, which is said."""
    text = raw.strip() if isinstance(raw, str) else raw
    try:
        percent = isinstance(text, str) and text.endswith("%")
        value = Decimal(as_number(text[:-1] if percent else text))
    except ValueError:
        spot.say(f"{shown(raw)} is not a share; write one such as 0.05 or 5%", option)
        return None
    value = value.scaleb(-2) if percent else value
    if not 0 <= value <= 1:
        spot.say(f"the share {shown(raw)} is not from 0 to 1 (0% to 100%)", option)
        return None
    return value


def find_rows(drafts: Mapping[str, Draft]) -> tuple[dict[str, Rows], tuple[ReportLine, ...]]:
    """Rows by table, and a report line for each count that is suggested.

    Also notes in each draft which foreign key leads to the owner of its rows.
    """
    suggested: dict[str, tuple[int, str]] = {}
    if any(draft.model.rows is None for draft in drafts.values()):
        suggested = suggested_rows({name: _linked(draft) for name, draft in drafts.items()})
    rows = {name: _rows(draft, drafts, suggested.get(name, (0, ""))[0]) for name, draft in drafts.items()}
    for name, draft in drafts.items():
        if ring := _ring(name, rows):
            circle = " per ".join([*ring, ring[0]])
            draft.spot.say(f"no table of this circle can be counted first: {circle}", "rows", "per")
    lines = [
        ReportLine(f"no row count: {count:,} rows, {why}", name, "kept") for name, (count, why) in suggested.items()
    ]
    return rows, tuple(lines)


def _linked(draft: Draft) -> Linked:
    """What the suggestion of row counts looks at; rows `per` parent count as twice a parent's usual number."""
    given = draft.model.rows
    keys = [set(key) for key in draft.keys]
    single = tuple(link.table for link in draft.links if set(link.columns) in keys and link.table != draft.name)
    joined = []
    for key in keys:
        within = [link for link in draft.links if set(link.columns) <= key]
        if key == {column for link in within for column in link.columns} and len(within) > 1:
            joined.append(tuple(link.table for link in within))
    parents = tuple(dict.fromkeys(link.table for link in draft.links))
    count = given if isinstance(given, int) else None if given is None else 2 * ROOT_ROWS
    return Linked(count, len(draft.columns), parents, single, tuple(joined))


def _ring(name: str, rows: Mapping[str, Rows]) -> list[str]:
    """The circle of `per` that leads back to this table, or nothing."""
    path, here = [name], rows[name].per
    while here and here not in path:
        path.append(here)
        here = rows[here].per
    return path if here == name else []


def _rows(draft: Draft, drafts: Mapping[str, Draft], suggested: int) -> Rows:
    given = draft.model.rows
    if isinstance(given, RowsModel):
        return _per(given, draft, draft.spot.under("rows"), drafts)
    if given is not None and not 0 <= given <= MOST_ROWS:
        draft.spot.say(f"{given} is no number of rows", "rows")
        return Rows(count=0)
    return Rows(count=suggested if given is None else given)


def _per(given: RowsModel, draft: Draft, spot: Spot, drafts: Mapping[str, Draft]) -> Rows:
    if given.fixed is not None or given.per is None:
        return _fixed(given, draft.spot.under("rows"))
    parent = spelled(draft.without_namespace(given.per, drafts), drafts)
    if parent is None:
        spot.say(f"there is no table {given.per!r}{did_you_mean(given.per, drafts)}", "per")
        return Rows(count=0)
    draft.owner = _owner(given, parent, draft, spot)
    mean = _mean(given.mean, spot)
    childless = None if given.childless is None else share(given.childless, spot, "childless")
    low, high = given.min or 0, given.max
    if high is None:
        spot.say("needs 'max', the most children of a parent")
        high = low
    elif low < 0 or low > high:
        spot.say(f"min {low} is {'below 0' if low < 0 else f'above max {high}'}", "min")
    elif mean is not None and not low * (1 if childless is None else 0) <= mean <= high:
        spot.say(f"the mean {mean} is not between min {low} and max {high}", "mean")
    if mean is not None and given.total is not None:
        spot.say("mean and total say the same in two ways; write one", "total")
    if given.total is not None and given.total < 0:
        spot.say(f"the total {given.total} is below 0", "total")
    via = draft.owners()
    return Rows(None, parent, via, low, high, mean, given.total, childless)


def _fixed(given: RowsModel, spot: Spot) -> Rows:
    others = sorted(given.model_fields_set - {"fixed"})
    if given.fixed is None:
        spot.say("needs 'per', the parent table, or 'fixed', a number of rows")
    elif others:
        spot.say(f"fixed and {others[0]} cannot stand together", others[0])
    elif not 0 <= given.fixed <= MOST_ROWS:
        spot.say(f"{given.fixed} is no number of rows", "fixed")
    return Rows(count=given.fixed or 0, fixed=True)


def _mean(raw: Any, spot: Spot) -> Decimal | None:
    try:
        return None if raw is None else Decimal(as_number(raw))
    except ValueError:
        spot.say(f"must be a number, not {shown(raw)}", "mean")
        return None


def _owner(given: RowsModel, parent: str, draft: Draft, spot: Spot) -> Link | None:
    """The foreign key to the parent that says who owns a row; None when there is none or too many, which is said."""
    leading = [link for link in draft.links if link.table == parent]
    if given.via is not None:
        names = [given.via] if isinstance(given.via, str) else given.via
        wanted = tuple(spelled(name, draft.columns) or name for name in names)
        chosen = [link for link in leading if link.columns == wanted]
        if not chosen:
            spot.say(f"{', '.join(names)} is no foreign key to {parent!r}", "via")
        return chosen[0] if chosen else None
    if len(leading) > 1:
        ways = " or ".join(", ".join(link.columns) for link in leading)
        spot.say(f"{len(leading)} foreign keys lead to {parent!r}; say via: {ways}", "per")
    elif not leading and not spot.problems.has_broken(draft.spot.place) and not _wanted(draft, parent):
        spot.say(f"{draft.name!r} has no foreign key to {parent!r}; a column with references makes one", "per")
    return leading[0] if len(leading) == 1 else None


def _wanted(draft: Draft, parent: str) -> bool:
    """Whether a column tried to reference the parent; its own problem says why it does not."""
    found = {column for link in draft.links for column in link.columns}
    ends = [column.references or "" for name, column in draft.columns.items() if name not in found]
    tables = [key.references.table for key in draft.model.foreign_keys if not set(key.columns) <= found]
    return any(end.casefold().startswith(parent.casefold()) for end in [*ends, *tables])
