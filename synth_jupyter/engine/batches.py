"""Columns of any rows of a table: each computed once per batch, parents' columns by asking for the parents' rows."""

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from ..digests import LEAF_ROWS
from ..errors import GenerationError, PluginError, SynthError
from ..generators.protocol import PARENT_ROW, POSITION, Generator
from ..generators.references import ATTEMPTS, OwnerParent, Suitable
from ..plan.model import BoundColumn, Link, Plan, TablePlan
from ..streams import Rows, Stream

# Rules whose generators never leave the column's type; the others (expressions, plug-ins) are looked at.
_KEEPING = frozenset(
    ("sequence", "uniform", "choices", "distribution", "faker", "pattern", "after", "position", "reference",
     "constant", "bernoulli", "text", "uuid", "json", "bytes", "array", "frozen")
)  # fmt: skip


class Batch:
    """Some rows of one table. Computed columns are remembered; nothing else changes."""

    def __init__(self, plan: Plan, table: TablePlan, rows: Rows) -> None:
        self._plan = plan
        self._table = table
        self._rows = rows
        self._values: dict[str, pa.Array] = {}
        self._parents: dict[str, tuple[Rows, Batch]] = {}
        self._positions: dict[str, pa.Array] = {}

    def column(self, name: str) -> pa.Array:
        """The values of a column or of a path through foreign keys, one for each row, in the rows' order."""
        if name not in self._values:
            link, rest = self._table.resolve(name)
            self._values[name] = self._followed(link, rest) if link else self._made(self._table.column(name))
        return self._values[name]

    def parent_rows(self, link: Link) -> Rows:
        """int64 (n,): the parent row each row points at, -1 for none."""
        return self._parent(link)[0]

    def _made(self, column: BoundColumn) -> pa.Array:
        made = _fitting(self._generated(column, column.generator), column, len(self._rows))
        if column.rule.name not in _KEEPING:
            _check_values(made, column, self._rows)
        return made

    def _generated(self, column: BoundColumn, generator: Generator) -> pa.Array:
        inputs = {need: self.column(need) for need in generator.needs}
        try:
            return generator.generate(self._rows, self._stream(column), inputs)
        except GenerationError as error:
            raise GenerationError(f"{'.'.join(column.path)}, {error.message}", hint=error.hint) from error
        except (SynthError, OSError, MemoryError):
            raise
        except Exception as error:
            message = f"{_maker(column)} failed: {type(error).__name__}: {error}"
            raise GenerationError(message, hint=self._way_out()) from error

    def _stream(self, column: BoundColumn) -> Stream:
        return Stream.of(self._plan.seed, *column.path)

    def _way_out(self) -> str:
        # The same rows fail again, however often they are tried.
        name = self._plan.schema.name
        return f"change the column's rule, then `synth define {name} FILE --replace` and `synth generate {name}`"

    def _parent(self, link: Link) -> tuple[Rows, "Batch"]:
        if link.name not in self._parents:
            chosen = self._chosen(link)
            rows = chosen.fill_null(-1).to_numpy(zero_copy_only=False) if chosen.null_count else chosen.to_numpy()
            parent = self._plan.table(link.foreign_key.table)
            asked = rows[rows >= 0] if chosen.null_count else rows
            self._parents[link.name] = (rows, Batch(self._plan, parent, asked))
        return self._parents[link.name]

    def _chosen(self, link: Link) -> pa.Array:
        """The parents' row numbers; an owner's positions come with them."""
        generator = link.column.generator
        if isinstance(generator, Suitable):
            return self._suitable(link, generator)
        if not isinstance(generator, OwnerParent):
            return self._made(link.column)
        parents, positions = generator.children.owners(self._rows)
        self._positions[link.name] = pa.array(positions)
        return pa.array(parents)

    def _suitable(self, link: Link, choice: Suitable) -> pa.Array:
        """The parents' row numbers, drawn anew where the key's condition does not hold.

        Ever more attempts are tried at once; which of them a row takes depends on the row alone.
        """
        first = self._made(link.column)
        null = np.asarray(first.is_null())
        parents = np.array(first.fill_null(0))
        places = np.flatnonzero(~null)
        waiting = places[~self._holds(link, choice, places, parents[places])]
        attempt = 1
        while len(waiting):
            width = min(attempt, max(1, LEAF_ROWS // len(waiting)), ATTEMPTS - attempt)
            if not width:
                raise self._unsuitable(link, int(self._rows[waiting[0]]))
            tried = np.tile(waiting, width)
            attempts = np.repeat(np.arange(attempt, attempt + width, dtype=np.int64), len(waiting))
            drawn = choice.again(self._rows[tried], attempts, self._stream(link.column))
            holds = self._holds(link, choice, tried, drawn).reshape(width, -1)
            parents[waiting] = drawn.reshape(width, -1)[holds.argmax(axis=0), np.arange(len(waiting))]
            waiting, attempt = waiting[~holds.any(axis=0)], attempt + width
        return pa.array(parents, mask=null)

    def _holds(self, link: Link, choice: Suitable, places: Rows, parents: Rows) -> npt.NDArray[np.bool_]:
        """bool (n,): whether the key's condition holds at `places` of this batch with these parents."""
        trial = Batch(self._plan, self._table, self._rows[places])
        trial._parents[link.name] = (parents, Batch(self._plan, self._plan.table(link.foreign_key.table), parents))
        holds = trial._generated(link.column, choice.condition).fill_null(False)
        return np.asarray(holds.to_numpy(zero_copy_only=False), dtype=np.bool_)

    def _unsuitable(self, link: Link, row: int) -> GenerationError:
        where = link.foreign_key.rule.options["where"]
        return GenerationError(
            f"{'.'.join(link.column.path)}, row {row}: none of {ATTEMPTS:,} rows of {link.foreign_key.table} that were "
            f"tried meets its condition: {where}",
            hint=f"let more rows meet it, then `synth define {self._plan.schema.name} FILE --replace`",
        )

    def _followed(self, link: Link, rest: str) -> pa.Array:
        rows, parent = self._parent(link)
        if rest == POSITION:
            return self._positions[link.name]
        if rest == PARENT_ROW:
            return pa.array(rows, mask=rows < 0)
        return _scattered(parent.column(rest), rows)


def _scattered(values: pa.Array, rows: Rows) -> pa.Array:
    """`values` at the places where rows >= 0, NULL elsewhere."""
    null = rows < 0
    if not null.any():
        return values
    places = np.cumsum(~null) - 1
    return values.take(pa.array(places, mask=null))


def _fitting(values: pa.Array, column: BoundColumn, count: int) -> pa.Array:
    """The generator's array when it keeps its contract, cast where only the width differs.

    Raises:
        PluginError: it is no array of so many values of the type.
        GenerationError: it holds NULL, and the column may not.
    """
    if isinstance(values, pa.ChunkedArray):
        values = values.combine_chunks()
    if not isinstance(values, pa.Array) or len(values) != count:
        raise PluginError(f"{_maker(column)} must return an Arrow array of {count} values")
    wanted = column.type.arrow
    inner = values.type.value_type if isinstance(values, pa.DictionaryArray) else values.type
    if values.null_count and not column.nullable:
        raise GenerationError(f"{_maker(column)} made NULL, and the column is NOT NULL", hint="write nullable: true")
    if inner == wanted:
        return values
    try:
        return decoded(values).cast(wanted)
    except pa.ArrowInvalid as error:
        raise PluginError(f"{_maker(column)}: {error}") from error
    except pa.ArrowNotImplementedError as error:
        raise PluginError(f"{_maker(column)} made {inner}, not {wanted}") from error


def _check_values(values: pa.Array, column: BoundColumn, rows: Rows) -> None:
    """Raise GenerationError for the first value that its type has no room for: too long, no label, no number."""
    coded = isinstance(values, pa.DictionaryArray)
    plain = values.dictionary if coded else values
    if column.type.is_text and column.type.length is not None:
        wrong = pc.greater(pc.utf8_length(plain), column.type.length)
    elif column.type.kind == "enum":
        wrong = pc.invert(pc.is_in(plain, pa.array([*column.type.labels, None], pa.string())))
    elif column.type.kind in ("real", "double"):
        wrong = pc.invert(pc.is_finite(plain))
    else:
        return
    if not pc.any(wrong).as_py():
        return
    place = pc.index(wrong.take(values.indices) if coded else wrong, True).as_py()
    if place >= 0:
        shown = repr(values[place].as_py())
        raise GenerationError(
            f"{_maker(column)} made {shown if len(shown) <= 60 else shown[:57] + '...'} in row {rows[place]}, "
            f"which is no {column.type}",
            hint="change the column's type or its rule, and define it again with --replace",
        )


def _maker(column: BoundColumn) -> str:
    return f"the generator {column.rule.name!r} of {'.'.join(column.path)}"


def evaluate(plan: Plan, table: str, rows: Rows, columns: Sequence[str] | None = None) -> pa.Table:
    """The chosen columns (default: all) of `rows` (int64 (n,), any order) as an Arrow table of n rows."""
    bound = plan.table(table)
    names = [column.name for column in bound.columns] if columns is None else list(columns)
    batch = Batch(plan, bound, np.asarray(rows, dtype=np.int64))
    return pa.table([decoded(batch.column(name)) for name in names], names=names)


def parent_rows(plan: Plan, table: str, rows: Rows) -> Mapping[str, Rows]:
    """By foreign key name: int64 (n,), the parent row of each row, -1 for NULL."""
    bound = plan.table(table)
    batch = Batch(plan, bound, np.asarray(rows, dtype=np.int64))
    return {link.name: batch.parent_rows(link) for link in bound.links}


def decoded(values: pa.Array) -> pa.Array:
    """The array without dictionary coding."""
    return values.dictionary_decode() if isinstance(values, pa.DictionaryArray) else values
