"""The JSON of fbrzx/dw-simulator, read unchanged: its `tables` is a list, and its defaults are not ours.

It becomes a document of ours with every default written out; what has no meaning here becomes a report line.
The types that its documentation promises and its code refuses (DECIMAL, TIMESTAMP, UUID, ...) are read too.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from .findings import Place, Problems, ReportLine
from .values import as_number, shown

DEFAULT_RANGE = (0, 1_000_000)
DEFAULT_DATES = ("2020-01-01", "2025-12-31")
DEFAULT_LENGTH = 255
NULLS, PARENTLESS = 0.05, 0.1

_TYPES = {
    "INT": "int", "INTEGER": "int", "SMALLINT": "smallint", "BIGINT": "bigint", "FLOAT": "double", "DOUBLE": "double",
    "REAL": "real", "DECIMAL": "decimal", "NUMERIC": "decimal", "VARCHAR": "varchar", "CHAR": "char", "TEXT": "text",
    "DATE": "date", "TIMESTAMP": "timestamp", "DATETIME": "timestamp", "TIMESTAMPTZ": "timestamptz", "TIME": "time",
    "BOOLEAN": "boolean", "JSON": "json", "UUID": "uuid",
}  # fmt: skip
_EXPERIMENT = ("name", "description", "tables", "target_warehouse")
_TABLE = ("name", "target_rows", "columns", "composite_keys", "foreign_keys", "warnings")
_COLUMN = (
    "name", "data_type", "faker_rule", "is_unique", "required", "min_value", "max_value", "varchar_length",
    "char_length", "precision", "scale", "date_start", "date_end", "timestamp_start", "timestamp_end", "time_start",
    "time_end", "distribution", "foreign_key", "description",
)  # fmt: skip
_FOREIGN_KEY = ("references_table", "references_column", "nullable")
_WHOLE, _NUMBERS, _TEXTS = ("int", "smallint", "bigint"), ("double", "real", "decimal"), ("varchar", "char", "text")
_MOMENTS = {"date": "date", "timestamp": "timestamp", "timestamptz": "timestamp", "time": "time"}
_PARAMETERS = {"normal": ("mean", "stddev"), "exponential": ("lambda",), "beta": ("alpha", "beta")}


@dataclass
class Translated:
    """A document of ours, the lines of its places, and the report; filled while one document is translated."""

    tree: dict[str, Any] = field(default_factory=lambda: {"tables": {}})
    lines: dict[Place, int] = field(default_factory=dict)
    lost: list[ReportLine] = field(default_factory=list)

    @property
    def report(self) -> tuple[ReportLine, ...]:
        return tuple(self.lost)

    def leave(self, construct: str, *where: str) -> None:
        """Report a construct as not carried over."""
        self.lost.append(ReportLine(construct, ".".join(where), "not carried"))


def recognised(tree: Any) -> bool:
    """Whether a tree is a document of that system: its tables are a list."""
    return isinstance(tree, dict) and isinstance(tree.get("tables"), list)


def translate(tree: Mapping[str, Any], problems: Problems) -> Translated:
    """The same experiment as a document of ours; what cannot be understood is noted in `problems`."""
    made = Translated()
    made.lines[()] = problems.lines.get((), 1)
    for key in tree:
        if key not in _EXPERIMENT:
            made.leave(key, key)
    if tree.get("name") is not None:
        made.tree["experiment"] = _trimmed(tree["name"])
        made.lines["experiment",] = problems.lines.get(("name",), 1)
    if tree.get("description") is not None:
        made.tree["description"] = tree["description"]
    _warehouse(tree.get("target_warehouse"), made, problems)
    for at, table in enumerate(tree["tables"]):
        name = _named(table, ("tables", at), made.tree["tables"], problems)
        if name is not None:
            _note_lines(("tables", at), ("tables", name), made, problems)
            made.tree["tables"][name] = _table(table, name, at, made, problems)
    return made


def _trimmed(value: Any) -> Any:
    return value.strip() if isinstance(value, str) else value


def _warehouse(value: Any, made: Translated, problems: Problems) -> None:
    word = value.strip().lower() if isinstance(value, str) else value
    if word == "sqlite":
        made.tree["warehouse"] = word
    elif word in ("redshift", "snowflake"):
        made.leave(f"target_warehouse {word}", "target_warehouse")
    elif word is not None:
        problems.add(("target_warehouse",), f"must be sqlite, redshift or snowflake, not {shown(value)}")


def _named(thing: Any, place: Place, known: Mapping[str, Any], problems: Problems) -> str | None:
    """The name of a table or column of the list, if it has one of its own."""
    if not isinstance(thing, dict):
        problems.add(place, f"must be a map with a name, not {shown(thing)}")
        return None
    name = _trimmed(thing.get("name"))
    if not isinstance(name, str):
        problems.add(place, "needs a name")
        return None
    if any(name.casefold() == other.casefold() for other in known):
        problems.add((*place, "name"), f"the name {name!r} is used twice; letter case tells none apart")
        return None
    return name


def _note_lines(old: Place, new: Place, made: Translated, problems: Problems) -> None:
    made.lines[new] = problems.lines.get(old, problems.lines.get((*old, "name"), 1))


def _table(table: dict[str, Any], name: str, at: int, made: Translated, problems: Problems) -> dict[str, Any]:
    for key in table:
        if key not in _TABLE or (key in ("warnings", "foreign_keys") and table[key]):
            made.leave(key, "tables", name, key)
    columns = table.get("columns")
    if not isinstance(columns, list):
        problems.add(("tables", at, "columns"), f"must be a list of columns, not {shown(columns)}")
        columns = []
    if table.get("target_rows") is None:
        problems.add(("tables", at), "needs 'target_rows'")
    written: dict[str, Any] = {}
    for number, column in enumerate(columns):
        called = _named(column, ("tables", at, "columns", number), written, problems)
        if called is not None:
            _note_lines(("tables", at, "columns", number), ("tables", name, "columns", called), made, problems)
            written[called] = _Column(column, called, ("tables", name, "columns", called), made, problems).written()
    return {"rows": table.get("target_rows"), **_keys(table, written, at, problems), "columns": written}


def _keys(table: dict[str, Any], columns: dict[str, Any], at: int, problems: Problems) -> dict[str, Any]:
    """The primary key: the first unique required column, else the first composite key without NULLs; others unique."""
    groups = table.get("composite_keys") or []
    if not (isinstance(groups, list) and all(isinstance(group, list) and group for group in groups)):
        problems.add(("tables", at, "composite_keys"), "must be a list of lists of columns")
        groups = []
    groups = [[_trimmed(name) for name in group] for group in groups]
    first = next((name for name, keys in columns.items() if keys.get("unique") and not keys.get("nullable")), None)
    if first is not None:
        del columns[first]["unique"]
        columns[first]["primary_key"] = True
        return {"unique": groups} if groups else {}
    solid = [group for group in groups if not any(columns.get(name, {}).get("nullable") for name in group)]
    keys = {"primary_key": solid[0]} if solid else {}
    rest = [group for group in groups if not solid or group is not solid[0]]
    return keys | ({"unique": rest} if rest else {})


@dataclass(frozen=True)
class _Column:
    """One column of theirs, `called` and at `place` in ours."""

    given: dict[str, Any]
    called: str
    place: Place
    made: Translated
    problems: Problems

    def written(self) -> dict[str, Any]:
        """The column in our words."""
        for key in self.given:
            if key not in _COLUMN:
                self._leave(key)
        kind = self._kind()
        keys = {"type": self._type(kind), "unique": bool(self.given.get("is_unique", False))}
        if self.given.get("description"):
            keys["comment"] = self.given["description"]
        keys |= self._reference() if self.given.get("foreign_key") is not None else self._nulls() | self._rule(kind)
        self._unused(kind)
        return {key: value for key, value in keys.items() if value is not None and value is not False}

    def _leave(self, construct: str) -> None:
        self.made.leave(construct, *map(str, self.place), construct)

    def _say(self, message: str, key: str) -> None:
        self.problems.add((*self.place, key), message)

    def _kind(self) -> str:
        word = self.given.get("data_type")
        kind = _TYPES.get(word.strip().upper()) if isinstance(word, str) else None
        if kind is None:
            self._say(f"{shown(word)} is not one of the types {', '.join(_TYPES)}", "data_type")
        return kind or ""

    def _type(self, kind: str) -> str | None:
        if kind == "varchar":
            return f"varchar({self._size('varchar_length', DEFAULT_LENGTH)})"
        if kind == "char":
            return f"char({self._size('char_length', self._size('varchar_length', 1))})"
        if kind == "decimal":
            return f"decimal({self._size('precision', 10)},{self._size('scale', 2)})"
        return kind or "text"

    def _size(self, key: str, default: int) -> int:
        value = self.given.get(key)
        if value is None:
            return default
        if isinstance(value, bool) or not isinstance(value, int) or value < (0 if key == "scale" else 1):
            self._say(f"must be a whole number, not {shown(value)}", key)
            return default
        return value

    def _required(self) -> bool:
        required = self.given.get("required")
        if required is not None and not isinstance(required, bool):
            self._say(f"must be true or false, not {shown(required)}", "required")
        return required is not False

    def _nulls(self) -> dict[str, Any]:
        return {} if self._required() else {"nullable": True, "nulls": Decimal(str(NULLS))}

    def _reference(self) -> dict[str, Any]:
        key = self.given["foreign_key"]
        if not isinstance(key, dict) or not all(isinstance(key.get(name), str) for name in _FOREIGN_KEY[:2]):
            self._say("must be a map with references_table and references_column", "foreign_key")
            return {}
        for name in key:
            if name not in _FOREIGN_KEY:
                self._leave(f"foreign_key.{name}")
        nullable = key.get("nullable")
        nullable = not self._required() if nullable is None else bool(nullable)
        share = {"nullable": True, "nulls": Decimal(str(PARENTLESS))} if nullable else {}
        return {"references": f"{key['references_table'].strip()}.{key['references_column'].strip()}", **share}

    def _rule(self, kind: str) -> dict[str, Any]:
        if kind in _TEXTS:
            return {"faker": self.given["faker_rule"]} if self.given.get("faker_rule") else {}
        if self.given.get("distribution") is not None and kind in (*_WHOLE, *_NUMBERS):
            return self._distribution(kind)
        if kind in (*_WHOLE, *_NUMBERS):
            return self._range(kind)
        return self._moments(kind) if kind in _MOMENTS else {}

    def _range(self, kind: str) -> dict[str, Any]:
        low, high = self._number("min_value", kind, math.ceil), self._number("max_value", kind, math.floor)
        if kind in _WHOLE and self.given.get("is_unique") and high is None:
            return {"generator": {"sequence": {"start": 1 if low is None else low, "step": 1}}}
        usual_low, usual_high = self._usual(kind)
        reason = {"reason": "the default range of this format"} if low is None or high is None else {}
        if low is None:
            low = usual_low if high is None or high >= usual_low else high - usual_high
        if high is None:
            high = usual_high if low <= usual_high else low + usual_high
        return {"min": low, "max": high, **reason}

    def _usual(self, kind: str) -> tuple[int, int]:
        """The default range, within what the type holds."""
        most = DEFAULT_RANGE[1]
        if kind == "smallint":
            most = 32_767
        if kind == "decimal":
            most = min(most, 10 ** max(self._size("precision", 10) - self._size("scale", 2), 0) - 1)
        return DEFAULT_RANGE[0], most

    def _number(self, key: str, kind: str, inward: Any) -> Any:
        """A bound; bounds of whole numbers that are fractions go inward."""
        raw = self.given.get(key)
        if raw is None:
            return None
        try:
            value = as_number(raw)
        except ValueError:
            self._say(f"must be a number, not {shown(raw)}", key)
            return None
        return inward(value) if kind in _WHOLE else value

    def _moments(self, kind: str) -> dict[str, Any]:
        prefix = _MOMENTS[kind]
        low, high = self.given.get(f"{prefix}_start"), self.given.get(f"{prefix}_end")
        if prefix == "timestamp":
            low = self.given.get("date_start") if low is None else low
            high = self.given.get("date_end") if high is None else high
        usual = ("00:00:00", "23:59:59") if kind == "time" else DEFAULT_DATES
        reason = {"reason": "the default range of this format"} if low is None or high is None else {}
        return {"min": usual[0] if low is None else low, "max": usual[1] if high is None else high, **reason}

    def _distribution(self, kind: str) -> dict[str, Any]:
        given = self.given["distribution"]
        law = given.get("type") if isinstance(given, dict) else None
        law = law.strip().lower() if isinstance(law, str) else law
        if law not in _PARAMETERS:
            laws = ", ".join(_PARAMETERS)
            self._say(f"must be one of {laws} with its parameters, not {shown(law or given)}", "distribution")
            return {}
        numbers = given.get("parameters")
        if not isinstance(numbers, dict):
            numbers = {}
        for key in numbers:
            if key not in _PARAMETERS[law]:
                self._leave(f"distribution.parameters.{key}")
        bounds = {"min": self._number("min_value", kind, math.ceil), "max": self._number("max_value", kind, math.floor)}
        if law == "beta":
            low, high = self._usual(kind)
            bounds = {"min": low if bounds["min"] is None else bounds["min"],
                      "max": high if bounds["max"] is None else bounds["max"]}  # fmt: skip
        known = {name: numbers[name] for name in _PARAMETERS[law] if name in numbers}
        return {"distribution": {law: known}, **{name: value for name, value in bounds.items() if value is not None}}

    def _unused(self, kind: str) -> None:
        """Report what is given for another type, or beside a foreign key: it has no meaning there."""
        is_key = self.given.get("foreign_key") is not None
        numbers, texts = kind in (*_WHOLE, *_NUMBERS) and not is_key, kind in _TEXTS and not is_key
        meant = {
            "faker_rule": texts, "min_value": numbers, "max_value": numbers, "distribution": numbers,
            "varchar_length": kind in ("varchar", "char"), "char_length": kind == "char",
            "precision": kind == "decimal", "scale": kind == "decimal",
        }  # fmt: skip
        for prefix in ("date", "timestamp", "time"):
            fits = _MOMENTS.get(kind) == prefix or (prefix == "date" and _MOMENTS.get(kind) == "timestamp")
            meant |= {f"{prefix}_start": fits and not is_key, f"{prefix}_end": fits and not is_key}
        for key, used in meant.items():
            if self.given.get(key) is not None and not used:
                self._leave(key)
