"""One of each construct that is not carried, planted in a script of its dialect: the report names every one."""

import pytest

from synth_jupyter.schema.ddl import read

# Dialect -> (columns and clauses of the table `t`, what stands behind its bracket, statements), each with the beginning
# of the line that the report must have for it.
PLANTED: dict[str, tuple[dict[str, str], dict[str, str], dict[str, str]]] = {
    "ansi": (
        {"c1 INT DEFAULT 5": "t.c1 DEFAULT 5", "c2 INT COLLATE nocase": "t.c2 COLLATE nocase",
         "c3 INT GENERATED ALWAYS AS (nope(id))": "t.c3 computed as nope(id): the function NOPE",
         "c4 nosuch": "t.c4 type nosuch, which nothing defines, as text", "FOREIGN KEY (a) REFERENCES gone": "t FOREIGN KEY (a)",
         "FOREIGN KEY (a) REFERENCES t (b)": "t FOREIGN KEY (a) REFERENCES t: t (b) is no key",
         "CHECK (a > (SELECT 1))": "t CHECK (a > (SELECT 1)): a subquery", "UNIQUE (zz)": "t UNIQUE (zz): t has no column 'zz'",
         "c5 INT REFERENCES t ON DELETE CASCADE": "t ON DELETE CASCADE of FOREIGN KEY (c5)",
         "c6 TIME WITH TIME ZONE": "t.c6 type time with time zone as time", "PRIMARY KEY (a)": "t PRIMARY KEY (a)"},
        {},
        {"CREATE VIEW v AS SELECT 1": "view", "CREATE INDEX i ON t (a)": "index", "GRANT SELECT ON t TO x": "GRANT",
         "INSERT INTO t VALUES (1)": "data (INSERT", "UPDATE t SET a = 1": "data (UPDATE", "DELETE FROM t": "data (DELETE",
         "CREATE TRIGGER g AFTER INSERT ON t EXECUTE f()": "trigger", "CREATE PROCEDURE p() SELECT 1": "procedure",
         "CREATE FUNCTION f() RETURNS INT RETURN 1": "function", "CREATE ROLE r": "role", "CREATE ASSERTION a": "CREATE ASSERTION",
         "CREATE TABLE q AS SELECT 1": "CREATE TABLE q AS SELECT 1", "CALL f()": "call", "CREATE TABLE broken (a INT": "CREATE TABLE broken"},
    ),
    "postgres": (
        {"EXCLUDE USING gist (a WITH =)": "t EXCLUDE USING gist", "c1 inet": "t.c1 type inet", "c2 int[][]": "t.c2 type int in 2",
         "c3 pair": "t.c3 type pair of several fields as json", "c4 text STORAGE external": "t.c4 STORAGE external",
         "UNIQUE NULLS NOT DISTINCT (a)": "t NULLS NOT DISTINCT", "LIKE u INCLUDING ALL": "t INCLUDING ALL"},
        {"PARTITION BY RANGE (a)": "t PARTITION BY RANGE (a)", "WITH (fillfactor = 70)": "t WITH (fillfactor", "TABLESPACE fast": "t TABLESPACE fast"},
        {"CREATE EXTENSION x": "extension", "CREATE POLICY p ON t": "policy", "CREATE RULE r AS ON INSERT TO t DO NOTHING": "rule",
         "ALTER TABLE t OWNER TO x": "ALTER TABLE: OWNER TO x", "SET statement_timeout = 0": "setting", "CREATE TYPE r AS RANGE (subtype = int)": "CREATE TYPE",
         "ALTER TABLE t RENAME COLUMN a TO b2": "ALTER TABLE: RENAME COLUMN", "CREATE AGGREGATE g (int) (sfunc = f)": "aggregate",
         "CREATE UNIQUE INDEX x ON t (lower(b))": "unique index", "DO $$ BEGIN NULL; END $$": "DO", "CREATE MATERIALIZED VIEW m AS SELECT 1": "view",
         "ALTER TABLE t ALTER COLUMN a DROP DEFAULT": "ALTER COLUMN: DROP DEFAULT", "COMMENT ON INDEX i IS 'x'": "COMMENT ON INDEX"},
    ),
    "redshift": (
        {"c1 int ENCODE az64": "t.c1 ENCODE az64", "c2 int DISTKEY": "t.c2 DISTKEY", "c3 int SORTKEY": "t.c3 SORTKEY",
         "c4 geometry": "t.c4 type geometry as text", "c5 hllsketch": "t.c5 type hllsketch"},
        {"DISTSTYLE KEY": "t DISTSTYLE KEY", "INTERLEAVED SORTKEY (a)": "t INTERLEAVED SORTKEY (a)", "BACKUP NO": "t BACKUP NO"},
        {"COPY t FROM 's3://b/k' IAM_ROLE default": "data (COPY", "VACUUM t": "setting", "CREATE MODEL m FROM t": "model"},
    ),
    "snowflake": (
        {"c1 ARRAY": "t.c1 type ARRAY as json", "c2 GEOGRAPHY": "t.c2 type geography", "c3 STRING WITH MASKING POLICY hide": "t.c3 WITH",
         "c4 STRING WITH TAG (x = 'y')": "t.c4 WITH"},
        {"CLUSTER BY (a)": "t CLUSTER BY (a)", "DATA_RETENTION_TIME_IN_DAYS = 1": "t DATA_RETENTION", "CHANGE_TRACKING = TRUE": "t CHANGE_TRACKING"},
        {"CREATE STAGE s": "stage", "CREATE STREAM s ON TABLE t": "stream", "CREATE TASK k WAREHOUSE = w AS SELECT 1": "task",
         "CREATE PIPE p AS COPY INTO t FROM @s": "pipe", "CREATE WAREHOUSE w": "warehouse", "CREATE FILE FORMAT f TYPE = CSV": "format"},
    ),
    "mysql": (
        {"KEY k (b)": "t KEY k (b)", "FULLTEXT KEY f (b)": "t FULLTEXT KEY f (b)", "c1 datetime ON UPDATE CURRENT_TIMESTAMP": "t.c1 ON UPDATE",
         "c2 varchar(9) CHARACTER SET utf8mb4": "t.c2 CHARACTER SET", "c3 SET('x', 'y')": "t.c3 type SET", "c4 point": "t.c4 type point",
         "c5 decimal(65,30)": "t.c5 type decimal(65,30)", "UNIQUE KEY u (b(10))": "t.b the key's length", "c6 int INVISIBLE": "t.c6 INVISIBLE"},
        {"ENGINE=InnoDB": "t ENGINE=InnoDB", "AUTO_INCREMENT=17": "t AUTO_INCREMENT=17", "DEFAULT CHARSET=utf8mb4": "t DEFAULT CHARSET",
         "ROW_FORMAT=DYNAMIC": "t ROW_FORMAT", "PARTITION BY HASH (a)": "t PARTITION BY HASH (a)"},
        {"LOCK TABLES t WRITE": "setting", "CREATE EVENT e ON SCHEDULE EVERY 1 DAY DO SELECT 1": "event", "CREATE DATABASE d": "database",
         "REPLACE INTO t VALUES (1)": "data", "LOAD DATA INFILE 'x' INTO TABLE t": "data"},
    ),
    "tsql": (
        {"[c1] int SPARSE NULL": "t.c1 SPARSE", "[c2] xml": "t.c2 type xml as text", "[c3] hierarchyid": "t.c3 type hierarchyid",
         "[c4] datetime2 GENERATED ALWAYS AS ROW START": "t.c4 GENERATED ALWAYS AS ROW", "[c5] uniqueidentifier ROWGUIDCOL": "t.c5 ROWGUIDCOL",
         "INDEX ix (a)": "t INDEX ix (a)", "[c6] varchar(9) MASKED WITH (FUNCTION = 'default()')": "t.c6"},
        {"ON [PRIMARY]": "t ON [PRIMARY]", "TEXTIMAGE_ON [PRIMARY]": "t TEXTIMAGE_ON"},
        {"EXEC sp_rename 'a', 'b'": "call", "CREATE SYNONYM s FOR t": "synonym", "CREATE LOGIN l WITH PASSWORD = 'x'": "login",
         "PRINT 'x'": "setting", "CREATE TABLE #temporary (a int)": "temporary table", "MERGE t USING u ON 1 = 1": "data"},
    ),
    "oracle": (
        {"c1 DATE DEFAULT SYSDATE": "t.c1 DEFAULT SYSDATE", "c2 NUMBER(8,-2)": "t.c2 type number(8,-2)", "c3 ROWID": "t.c3 type rowid"},
        {"PCTFREE 10": "t PCTFREE 10", "TABLESPACE users": "t TABLESPACE users", "ORGANIZATION INDEX": "t ORGANIZATION INDEX"},
        {"CREATE SYNONYM s FOR t": "synonym", "CREATE PACKAGE p AS x INT; END": "package", "WHENEVER SQLERROR EXIT": "setting"},
    ),
    "bigquery": (
        {"c1 STRUCT<x INT64>": "t.c1 type STRUCT<...>", "c2 STRING OPTIONS (rounding_mode = 'x')": "t.c2 OPTIONS", "c3 ARRAY<STRUCT<a INT64>>": "t.c3 type ARRAY<...>"},
        {"PARTITION BY DATE(a)": "t PARTITION BY DATE(a)", "OPTIONS (labels = [('a', 'b')])": "t OPTIONS labels"},
        {"CREATE MODEL m AS SELECT 1": "model"},
    ),
    "sqlite": (
        {"c1 TEXT COLLATE NOCASE": "t.c1 COLLATE NOCASE"},
        {"WITHOUT ROWID": "t WITHOUT ROWID", "STRICT": "t STRICT"},
        {"PRAGMA foreign_keys = ON": "setting", "BEGIN TRANSACTION": "setting", "CREATE VIRTUAL TABLE w USING fts5 (x)": "table", "VACUUM": "setting"},
    ),
    "duckdb": (
        {"c1 STRUCT(x INT)": "t.c1 type STRUCT(...)", "c2 MAP(VARCHAR, INT)": "t.c2 type MAP(...)", "c3 UNION(a INT, b VARCHAR)": "t.c3 type UNION"},
        {},
        {"CREATE MACRO m(x) AS x + 1": "macro", "CREATE SECRET s (TYPE s3)": "secret"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("dialect", PLANTED)
def test_the_report_names_everything_that_is_not_carried(dialect: str) -> None:
    within, behind, statements = PLANTED[dialect]
    end = "\nGO\n" if dialect == "tsql" else ";\n"
    made = (
        ""
        if dialect != "postgres"
        else f"CREATE TYPE pair AS (a int, b int){end}CREATE TABLE u (up int PRIMARY KEY){end}"
    )
    columns = ", ".join(("id INT PRIMARY KEY", "a INT", "b VARCHAR(20)", *within))
    separator = ", " if dialect == "ansi" else " "
    script = f"{made}CREATE TABLE t ({columns}) {separator.join(behind)}{end}" + "".join(
        f"{each}{end}" for each in statements
    )
    reading = read(script, name="x", dialect=dialect)
    lost = [line for line in reading.report if line.outcome == "not carried"]
    named = [f"{line.where} {line.construct}" for line in lost]
    for planted in (*within.values(), *behind.values()):
        assert any(each.startswith(planted) for each in named), (planted, named)
    for text, planted in statements.items():
        said = [line.construct for line in lost if line.where.startswith(("line ", "t", "#"))]
        assert any(each.startswith(planted) for each in said), (text, said)
    assert {"id", "a", "b"} <= {column.name for column in reading.schema.table("t").columns}
