"""The structure of a document, as pydantic models: which keys there are and what they hold.

The models say nothing that depends on another part of the document. They are also the source of the JSON Schema.
"""

from decimal import Decimal
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

Number = int | Decimal
Scalar = int | Decimal | str


class Strict(BaseModel):
    """No conversion of one type into another, no unknown keys, no change afterwards."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, use_attribute_docstrings=True)


class FakerModel(Strict):
    """A provider with arguments, under `arguments` or beside it."""

    model_config = ConfigDict(extra="allow")

    provider: str
    """One of the allowed providers, such as email or phone_number."""
    arguments: dict[str, Any] = Field(default_factory=dict)
    """What the provider is told."""
    locale: str | list[str] | dict[str, Number] = "en_US"
    """Language and country, such as de_DE; several with weights: {de_DE: 3, fr_FR: 1}."""
    per_row: bool = False
    """Ask Faker anew for every row: slow, and other versions of Faker give other values."""


class TreeModel(Strict):
    """The shape of a self-reference."""

    roots: int | None = None
    """How many rows have no parent."""
    depth: int | None = None
    """How many levels there are."""


class ReferencesModel(Strict):
    """Where a foreign key ends."""

    table: str
    """The parent table."""
    columns: list[str] | None = None
    """A key of the parent; its primary key when left out."""


class ForeignKeyModel(Strict):
    """A foreign key of one or more columns."""

    columns: list[str]
    """The columns of this table."""
    references: ReferencesModel
    """Where it ends."""
    nulls: Scalar | None = None
    """Share of rows without a parent: 0.05 or 5%."""
    distribution: str | dict[str, Any] | None = None
    """How a parent is chosen: uniform, one_to_one, graph, {zipf: 1.1} or {weights: [..]}."""
    where: str | None = None
    """An SQL condition that the row and its parent meet together, such as `customer_id.active`."""
    tree: bool | TreeModel | None = None
    """A self-reference as a tree of levels."""


class RowsModel(Strict):
    """So many rows for each row of a parent table, or a number that no scale changes."""

    per: str | None = None
    """The parent table."""
    fixed: int | None = None
    """Instead of per: so many rows at every --scale."""
    via: str | list[str] | None = None
    """The foreign key's column, when several lead to the parent."""
    min: int | None = None
    """The fewest children of a parent; 0 when left out."""
    max: int | None = None
    """The most children of a parent."""
    mean: Scalar | None = None
    """Children per parent on average, exactly; (min + max) / 2 when left out."""
    total: int | None = None
    """Children in all, instead of a mean."""
    childless: Scalar | None = None
    """Share of parents without children: 0.2 or 20%."""


class ColumnModel(Strict):
    """One column: its type, its place in keys, and how its values come about."""

    type: str | None = None
    """Such as int, bigint, "decimal(10,2)", varchar(40), date, timestamp, boolean, uuid."""
    primary_key: bool = False
    """Whether it is the primary key."""
    unique: bool = False
    """Whether no value occurs twice."""
    nullable: bool | None = None
    """Whether it may be NULL."""
    nulls: Scalar | None = None
    """Share of NULLs: 0.05 or 5%."""
    when: str | None = None
    """An SQL condition over the row; where it does not hold the value is NULL."""
    references: str | None = None
    """The parent's key column, as table.column."""
    distribution: str | dict[str, Any] | None = None
    """A law with its parameters, such as {normal: {mean: 10, stddev: 2}}; of a reference, how a parent is chosen."""
    where: str | None = None
    """Of a reference, an SQL condition that the row and its parent meet together, such as `customer_id.active`."""
    tree: bool | TreeModel | None = None
    """A self-reference as a tree of levels."""
    min: Scalar | None = None
    """The smallest value; with `after`, the shortest delay."""
    max: Scalar | None = None
    """The largest value; a date means the whole day."""
    choices: list[Any] | dict[str, Any] | None = None
    """Values, or values with their weights."""
    faker: str | FakerModel | None = None
    """A provider of realistic text, such as email."""
    pattern: str | None = None
    """A regular expression that every value matches."""
    expr: str | None = None
    """An SQL expression over columns of the row or, through a foreign key, of its parent."""
    template: str | None = None
    """Text with columns in it: `ORD-{order_id:06}`; forms are a width, upper, lower, slug, initial."""
    depends: dict[str, Any] | None = None
    """Choices by another column: {on: country, choices: {France: [Paris, Lyon], Spain: {Madrid: 3, Vigo: 1}}}."""
    person: str | dict[str, Any] | None = None
    """A field of one person in the row, all fitting: name, first_name, last_name, email, user_name, gender, title."""
    profile: dict[str, Any] | None = None
    """Weights of a time series between min and max: {weekday: [7], hour: [24], month: [12], trend: 20%}."""
    correlated: dict[str, Any] | None = None
    """Other columns of the table with the correlation to each, beside a distribution or min and max: {age: 0.6}."""
    after: str | None = None
    """A date or timestamp column that this one follows."""
    before: str | None = None
    """A date or timestamp column that this one precedes; with `after`, both hold."""
    within: str | int | None = None
    """How far from it at most: 10d, 2y, 90s; days after a moment count from the first midnight at or after it."""
    position: bool | None = None
    """1, 2, 3 ... among the children of one parent."""
    constant: Any = None
    """One value for every row."""
    value: Any = None
    """The same as constant."""
    generator: str | dict[str, Any] | None = None
    """Any rule or plug-in by its name, alone or as {name: options}."""
    comment: str = ""
    """What the column means."""
    reason: str = ""
    """Why this rule was chosen."""


class TableModel(Strict):
    """One table: its rows, keys, checks and columns."""

    rows: int | RowsModel | None = None
    """A number, or so many per row of a parent."""
    comment: str = ""
    """What the table means."""
    primary_key: str | list[str] | None = None
    """Its columns, when there are several."""
    unique: list[list[str]] = Field(default_factory=list)
    """Further keys, each a list of columns."""
    foreign_keys: list[ForeignKeyModel] = Field(default_factory=list)
    """Foreign keys of several columns."""
    checks: list[str] = Field(default_factory=list)
    """SQL conditions that hold in every row."""
    columns: dict[str, ColumnModel]
    """The columns by name, in order."""


class DocumentModel(Strict):
    """An experiment: its tables and how many rows they have."""

    experiment: str | None = None
    """Its name, an identifier."""
    description: str = ""
    """What it is for."""
    seed: int | None = None
    """The number that all values follow from."""
    warehouse: str = ""
    """Where a run is loaded by itself after generation, such as duckdb."""
    namespace: str = ""
    """The database schema that its tables belong to, by which they may be called too."""
    tables: dict[str, TableModel]
    """The tables by name, in order."""
