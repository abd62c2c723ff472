"""The tables of the store as SQLAlchemy sees them; `migrations` makes them, and a test keeps the two equal."""

from sqlalchemy import Column, ForeignKey, Integer, LargeBinary, MetaData, String, Table

METADATA = MetaData()

EXPERIMENTS = Table(
    "experiments",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("name", String, nullable=False),
    Column("folded", String, nullable=False, unique=True),
    Column("created_at", String, nullable=False),
)

# The last run number ever given under a name; it outlives the experiment, so that an address never means two runs.
RUN_NUMBERS = Table(
    "run_numbers",
    METADATA,
    Column("folded", String, primary_key=True),
    Column("last", Integer, nullable=False),
)

SCHEMA_VERSIONS = Table(
    "schema_versions",
    METADATA,
    Column("experiment_id", Integer, ForeignKey("experiments.id", ondelete="CASCADE"), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("document", String, nullable=False),
    Column("digest", String, nullable=False),
    Column("seed", String, nullable=False),
    Column("report", String, nullable=False),
    Column("created_at", String, nullable=False),
    Column("compiled", String, nullable=False),
)

RUNS = Table(
    "runs",
    METADATA,
    Column("key", String, primary_key=True),
    Column("experiment_id", Integer, ForeignKey("experiments.id", ondelete="CASCADE"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("schema_version", Integer, nullable=False),
    Column("seed", String, nullable=False),
    Column("rows", String, nullable=False),
    Column("request", String, nullable=False),
    Column("plan_digest", String, nullable=False),
    Column("status", String, nullable=False),
    Column("reason", String),
    Column("epoch", Integer, nullable=False),
    Column("content_digest", String),
    Column("owner", String, nullable=False),
    Column("origin", String, nullable=False),
    Column("cancel_requested", Integer, nullable=False),
    Column("created_at", String, nullable=False),
    Column("finished_at", String),
    Column("milliseconds", Integer),
)

PARTITIONS = Table(
    "partitions",
    METADATA,
    Column("run_key", String, ForeignKey("runs.key", ondelete="CASCADE"), primary_key=True),
    Column("table_name", String, primary_key=True),
    Column("part", Integer, primary_key=True),
    Column("path", String, nullable=False),
    Column("rows", Integer, nullable=False),
    Column("bytes", Integer, nullable=False),
    Column("sha256", String, nullable=False),
    Column("leaves", LargeBinary, nullable=False),
    Column("epoch", Integer, nullable=False),
)

LOADS = Table(
    "loads",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("run_key", String, ForeignKey("runs.key", ondelete="CASCADE"), nullable=False),
    Column("target", String, nullable=False),
    Column("tables", String, nullable=False),
    Column("created_at", String, nullable=False),
)

# What SQL made of a run: the recipe, and the file while `stored`; a reset takes the file and leaves the recipe.
DERIVED_TABLES = Table(
    "derived_tables",
    METADATA,
    Column("run_key", String, ForeignKey("runs.key", ondelete="CASCADE"), primary_key=True),
    Column("folded", String, primary_key=True),
    Column("name", String, nullable=False),
    Column("number", Integer, nullable=False),
    Column("sql", String, nullable=False),
    Column("dialect", String, nullable=False),
    Column("query", String, nullable=False),
    Column("engine", String, nullable=False),
    Column("inputs", String, nullable=False),
    Column("columns", String, nullable=False),
    Column("note", String, nullable=False),
    Column("path", String, nullable=False),
    Column("rows", Integer, nullable=False),
    Column("bytes", Integer, nullable=False),
    Column("sha256", String, nullable=False),
    Column("digest", String, nullable=False),
    Column("stored", Integer, nullable=False),
    Column("created_at", String, nullable=False),
)

TAGS = Table(
    "tags",
    METADATA,
    Column("experiment_id", Integer, ForeignKey("experiments.id", ondelete="CASCADE"), primary_key=True),
    Column("name", String, primary_key=True),
    Column("run_key", String, ForeignKey("runs.key", ondelete="CASCADE"), nullable=False),
    Column("created_at", String, nullable=False),
)

EVENTS = Table(
    "events",
    METADATA,
    Column("number", Integer, primary_key=True),
    Column("at", String, nullable=False),
    Column("experiment", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("details", String, nullable=False),
)

QUERIES = Table(
    "queries",
    METADATA,
    Column("experiment_id", Integer, ForeignKey("experiments.id", ondelete="CASCADE"), primary_key=True),
    Column("folded", String, primary_key=True),
    Column("name", String, nullable=False),
    Column("sql", String, nullable=False),
    Column("dialect", String, nullable=False),
    Column("created_at", String, nullable=False),
)

# A folder that is to be removed; it has no foreign key, because it outlives the run it names.
TRASH_INTENTS = Table(
    "trash_intents",
    METADATA,
    Column("run_key", String, primary_key=True),
    Column("created_at", String, nullable=False),
)
