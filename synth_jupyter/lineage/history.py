"""The history of an experiment as a graph: schema versions, runs, their data, loads and images."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256

from ..documents import to_json
from ..plan.model import RunFiles
from ..pools import PoolUse
from ..pools.uses import Place
from ..store.records import Event, LoadRecord, RunRecord, SchemaVersion, TagRecord
from .model import Edge, Graph, Node, column_id, counted

_IMAGE_EVENTS = ("exported", "imported")


@dataclass(frozen=True)
class StoredTable:
    """The partition files of one table of one run (`run` is its address), summed."""

    run: str
    table: str
    partitions: int
    rows: int
    bytes: int


@dataclass(frozen=True)
class ExperimentHistory:
    """What the store remembers of one experiment; `events` of exports and imports that name a run become images."""

    experiment: str
    versions: tuple[SchemaVersion, ...] = ()
    runs: tuple[RunRecord, ...] = ()
    stored: tuple[StoredTable, ...] = ()
    loads: tuple[LoadRecord, ...] = ()
    events: tuple[Event, ...] = ()
    tags: tuple[TagRecord, ...] = ()


def run_graph(history: ExperimentHistory) -> Graph:
    """Experiment, schema versions, pools, runs, their data, loads and images, each beside what it came from."""
    experiment = Node("experiment", "experiment", history.experiment, ("experiment",))
    pools, edges = _pools(history.runs)
    nodes = [experiment, *pools]
    for node, source in (*_versions(history), *_runs(history), *_data(history), *_loads(history), *_images(history)):
        nodes.append(node)
        edges.append(Edge(source, node.id, node.kind))
    known = {node.id for node in nodes}
    sound = tuple(edge for edge in edges if edge.source in known)
    return Graph("run", tuple(nodes), sound, history.experiment)


def _versions(history: ExperimentHistory) -> Iterator[tuple[Node, str]]:
    for version in history.versions:
        details = {"version": version.version, "digest": version.digest, "created_at": version.created_at}
        lines = (_short(version.digest), version.created_at)
        number = version.version
        yield Node(f"schema:{number}", "schema", f"schema {number}", lines, details=details), "experiment"


def _runs(history: ExperimentHistory) -> Iterator[tuple[Node, str]]:
    for run in history.runs:
        tags = sorted(tag.name for tag in history.tags if tag.run == run.address)
        lines = (run.status + (f": {run.reason}" if run.reason else ""), f"seed {run.seed}",
                 counted(sum(run.rows.values()), "row"), _short(run.content_digest or ""), ", ".join(tags))  # fmt: skip
        details = run.to_dict() | {"plan_digest": run.plan_digest, "tags": tags}
        node = Node(f"run:{run.address}", "run", run.address, tuple(line for line in lines if line), details=details)
        yield node, f"schema:{run.schema_version}"


def _pools(runs: Sequence[RunRecord]) -> tuple[list[Node], list[Edge]]:
    """Each frozen pool and the existing rows of each table once, with an edge to every run that draws on them."""
    nodes: dict[str, Node] = {}
    edges: list[Edge] = []
    for run in runs:
        uses = [PoolUse.from_dict(noted) for noted in run.request.get("draws_on", ())]
        drawn = [(_pool(use), use.columns) for use in uses if use.provider]
        for node, columns in (*drawn, *_existing([use for use in uses if not use.provider])):
            nodes.setdefault(node.id, node)
            names = [column_id(*place) for place in columns]
            label = ", ".join(names[:2]) + (f", +{len(names) - 2}" if len(names) > 2 else "")
            edges.append(Edge(node.id, f"run:{run.address}", "pool", label, details={"columns": names}))
    return list(nodes.values()), edges


def _pool(use: PoolUse) -> Node:
    shipped = not use.file_names
    lines = (counted(use.values or 0, "value"), _short(use.digest), *(["shipped with the package"] if shipped else []))
    details = {name: value for name, value in use.to_dict().items() if name != "columns"} | {"shipped": shipped}
    return Node(f"pool:{use.label}:{_short(use.digest)}", "pool", use.label, lines, "pools", details)


def _existing(uses: Sequence[PoolUse]) -> Iterator[tuple[Node, list[Place]]]:
    """The columns of existing data by table; the same data under the same columns are one node."""
    tables: dict[str, dict[str, str]] = {}
    for use in uses:
        for table, column in use.columns:
            tables.setdefault(table, {})[column] = use.digest
    for table, columns in tables.items():
        digest = "sha256:" + sha256(to_json(columns).encode()).hexdigest()
        lines = (counted(len(columns), "column"), _short(digest))
        label, details = f"existing rows of {table}", {"table": table, "columns": columns, "digest": digest}
        node = Node(f"pool:{label}:{_short(digest)}", "pool", label, lines, "pools", details)
        yield node, [(table, column) for column in columns]


def _data(history: ExperimentHistory) -> Iterator[tuple[Node, str]]:
    for part in history.stored:
        lines = (counted(part.rows, "row"), counted(part.partitions, "partition"), counted(part.bytes, "byte"))
        details = {"run": part.run, "table": part.table, "partitions": part.partitions, "rows": part.rows,
                   "bytes": part.bytes}  # fmt: skip
        id = f"data:{part.run}:{part.table}"
        yield Node(id, "data", part.table, lines, part.run, details), f"run:{part.run}"


def _loads(history: ExperimentHistory) -> Iterator[tuple[Node, str]]:
    for number, load in enumerate(history.loads, 1):
        lines = (counted(sum(load.tables.values()), "row"), load.created_at)
        details = {"run": load.run, "target": load.target, "tables": load.tables, "created_at": load.created_at}
        yield Node(f"load:{number}", "load", load.target, lines, details=details), f"run:{load.run}"


def _images(history: ExperimentHistory) -> Iterator[tuple[Node, str]]:
    for event in history.events:
        run = str(event.details.get("run", ""))
        if event.kind not in _IMAGE_EVENTS or not run:
            continue
        file = str(event.details.get("file") or event.details.get("source") or "image")
        lines = (f"{run} {event.kind}", _short(str(event.details.get("content_digest") or "")), event.at)
        details = {"event": event.kind, "at": event.at} | event.details
        yield Node(f"image:{event.number}", "image", file, tuple(filter(None, lines)), details=details), f"run:{run}"


def stored_tables(files: RunFiles) -> tuple[StoredTable, ...]:
    """The files of a run, summed for each table that has any."""
    by_table = {table.name: [file for file in files.files if file.table == table.name] for table in files.schema.tables}
    return tuple(
        StoredTable(files.run, name, len(mine), sum(file.rows for file in mine), sum(file.bytes for file in mine))
        for name, mine in by_table.items() if mine
    )  # fmt: skip


def _short(digest: str) -> str:
    return digest[:19]
