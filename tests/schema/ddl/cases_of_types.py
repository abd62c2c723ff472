"""Types of every dialect: one table each, whose columns are compared."""


def _table(dialect: str, columns: str, expected: str) -> tuple[str, str, str, str]:
    """A case of one table: `columns` and `expected` are lines, the latter `column: fact`."""
    facts = "\n".join("report " + line.strip()[7:] if line.strip().startswith("report ") else f"t.{line.strip().replace(':', '', 1)}"
                      for line in expected.splitlines() if line.strip())  # fmt: skip
    return f"types of {dialect}", dialect, f"CREATE TABLE t (id INT PRIMARY KEY, {columns})", facts


CASES = [
    _table("ansi", """
        a SMALLINT, b BIGINT, c DECIMAL(12, 4), d NUMERIC(5), e REAL, f DOUBLE PRECISION, g FLOAT(20), h BOOLEAN,
        i CHAR(3), j CHARACTER VARYING(20), k CLOB, l DATE, m TIME, n TIMESTAMP WITH TIME ZONE, o TIMESTAMP(3),
        p INTERVAL YEAR TO MONTH, q BINARY LARGE OBJECT, r NATIONAL CHARACTER VARYING(7), s CHARACTER
    """, """
        a: smallint
        b: bigint
        c: decimal(12,4)
        d: decimal(5,0)
        e: real
        f: double
        g: real
        h: boolean
        i: char(3)
        j: varchar(20)
        k: text
        l: date
        m: time
        n: timestamptz
        o: timestamp
        p: interval
        q: binary
        r: varchar(7)
        s: char(1)
    """),
    _table("postgres", """
        a serial NOT NULL, b bigserial, c int4, d timestamp(3) without time zone, e timestamptz, f jsonb, g bytea,
        h uuid DEFAULT gen_random_uuid(), i integer[], j text[][], k varchar(5) ARRAY, l inet, m money, n bpchar,
        o time with time zone, p bit(3), q numeric, r interval, s int[3], t citext, u tsvector
    """, """
        a: int
        a: rule sequence(start=1, step=1)
        b: bigint
        b: not null
        c: int
        d: timestamp
        e: timestamptz
        f: json
        g: binary
        h: uuid
        h: rule uuid
        i: int[]
        j: json
        k: varchar(5)[]
        l: varchar(45)
        m: decimal(19,4)
        n: text
        o: time
        p: varchar(3)
        p: rule pattern(pattern=[01]{3})
        q: decimal(18,2)
        r: interval
        s: int[]
        t: text
        report not carried t.j type text in 2 dimensions as json
        report not carried t.l type inet as varchar(45)
        report not carried t.o type time with time zone as time
    """),
    _table("redshift", """
        a SUPER, b VARBYTE(12), c BPCHAR, d TIMETZ, e TIMESTAMP ENCODE az64, f VARCHAR(MAX) ENCODE lzo,
        g BIGINT IDENTITY(10, 2) NOT NULL DISTKEY, h INT ENCODE raw SORTKEY
    """, """
        a: json
        b: binary(12)
        c: text
        d: time
        e: timestamp
        f: text
        g: rule sequence(start=10, step=2)
        report not carried t.e ENCODE az64
        report not carried t.g DISTKEY
        report not carried t.h SORTKEY
        report not carried t.h ENCODE raw
    """),
    _table("snowflake", """
        a NUMBER(38, 0), b NUMBER, c NUMBER(10, 2), d VARIANT, e TIMESTAMP_NTZ(9), f TIMESTAMP_LTZ, g TIMESTAMP_TZ,
        h STRING, i ARRAY, j OBJECT, k GEOGRAPHY, l TINYINT, m BINARY, n DATETIME, o FLOAT, p NUMBER(4,0),
        q NUMBER AUTOINCREMENT START 5 INCREMENT 5, r VARCHAR
    """, """
        a: bigint
        b: bigint
        c: decimal(10,2)
        d: json
        e: timestamp
        f: timestamptz
        g: timestamptz
        h: text
        i: json
        j: json
        k: text
        l: smallint
        m: binary
        n: timestamp
        o: double
        p: smallint
        q: rule sequence(start=5, step=5)
        r: text
        report not carried t.i type ARRAY as json
    """),
    _table("mysql", """
        a TINYINT(1), b TINYINT UNSIGNED, c INT(11) UNSIGNED ZEROFILL, d BIGINT UNSIGNED, e MEDIUMINT, f DATETIME(6),
        g ENUM('a', 'b)', 'it''s'), h SET('x', 'y'), i LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin, j YEAR(4), k DOUBLE(8,2),
        l FLOAT, m BIT(1), n JSON, o VARBINARY(16), p DECIMAL, q DECIMAL(65,30), r TIMESTAMP DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP
    """, """
        a: boolean
        b: smallint
        c: bigint
        d: bigint
        e: int
        f: timestamp
        g: enum('a','b)','it''s')
        h: rule choices(values=['x', 'y'], weights=[1, 1])
        i: text
        j: smallint
        j: rule uniform(min=1990, max=2030)
        k: double
        l: real
        m: boolean
        n: json
        o: binary(16)
        p: decimal(10,0)
        q: decimal(38,30)
        report compiled t CHECK (`d` >= 0)
        report not carried t.h type SET: one member at a time
        report not carried t.i CHARACTER SET utf8mb4
        report not carried t.i COLLATE utf8mb4_bin
        report not carried t.q type decimal(65,30) as decimal(38,30)
        report not carried t.r DEFAULT CURRENT_TIMESTAMP
        report not carried t.r ON UPDATE CURRENT_TIMESTAMP
    """),
    _table("sqlite", "a INTEGER, b, c REAL, d DATETIME, e NUMERIC(10,2), f BLOB, g NVARCHAR(8)", """
        a: bigint
        b: text
        c: double
        d: timestamp
        e: decimal(10,2)
        f: binary
        g: varchar(8)
        report kept t.b no type, read as text
    """),
    _table("tsql", """
        a BIT, b NVARCHAR(MAX), c DATETIME2(7), d DATETIMEOFFSET, e UNIQUEIDENTIFIER DEFAULT NEWID(), f MONEY, g [int],
        h ROWVERSION, i VARBINARY(MAX), j TINYINT, k SMALLDATETIME, l XML, m [nvarchar](20), n SYSNAME, o HIERARCHYID
    """, """
        a: boolean
        b: text
        c: timestamp
        d: timestamptz
        e: uuid
        e: rule uuid
        f: decimal(19,4)
        g: int
        h: binary(8)
        i: binary
        j: smallint
        k: timestamp
        l: text
        m: varchar(20)
        n: varchar(128)
        report not carried t.l type xml as text
    """),
    _table("oracle", """
        a NUMBER(5), b NUMBER(12), c NUMBER(10,2), d NUMBER, e VARCHAR2(30 CHAR), f NVARCHAR2(5), g CLOB, h DATE,
        i TIMESTAMP(6) WITH LOCAL TIME ZONE, j RAW(16) DEFAULT SYS_GUID(), k BINARY_DOUBLE, l INTEGER,
        m INTERVAL DAY(2) TO SECOND(6), n LONG, o NUMBER(8,-2)
    """, """
        a: int
        b: bigint
        c: decimal(10,2)
        d: decimal(18,2)
        e: varchar(30)
        f: varchar(5)
        g: text
        h: timestamp
        i: timestamptz
        j: binary(16)
        k: double
        l: bigint
        m: interval
        n: text
        o: decimal(8,0)
        report not carried t.j DEFAULT SYS_GUID()
        report not carried t.o type number(8,-2) as decimal(8,0)
    """),
    _table("bigquery", """
        a INT64, b FLOAT64, c STRING(20), d BYTES, e TIMESTAMP, f DATETIME, g ARRAY<STRING>, h STRUCT<x INT64, y STRING>,
        i NUMERIC(10, 2), j BIGNUMERIC, k BOOL, l JSON, m ARRAY<STRUCT<a INT64, b DATE>>
    """, """
        a: bigint
        b: double
        c: varchar(20)
        d: binary
        e: timestamptz
        f: timestamp
        g: text[]
        h: json
        i: decimal(10,2)
        j: decimal(18,2)
        k: boolean
        l: json
        m: json
        report not carried t.h type STRUCT<...> as json
    """),
    _table("duckdb", """
        a HUGEINT, b UBIGINT, c UTINYINT, d STRUCT(a INTEGER, b VARCHAR), e MAP(VARCHAR, INTEGER), f INTEGER[], g VARCHAR,
        h ENUM('x', 'y'), i TIMESTAMP_MS, j BLOB, k BIT, l FLOAT
    """, """
        a: decimal(38,0)
        b: bigint
        c: smallint
        d: json
        e: json
        f: int[]
        g: text
        h: enum('x','y')
        i: timestamp
        j: binary
        k: text
        l: real
    """),
    ("types of one's own", "postgres", """
        CREATE TYPE mood AS ENUM ('sad', 'ok');
        CREATE TYPE public."Odd" AS ENUM ('x');
        CREATE DOMAIN posint AS integer NOT NULL CHECK (VALUE > 0 AND VALUE < 100);
        CREATE TYPE pair AS (a int, b int);
        CREATE TABLE t (a mood DEFAULT 'ok'::mood, b "Odd"[], c posint, d pair, e nosuch);
    """, """
        t.a enum('sad','ok')
        t.b enum('x')[]
        t.c int
        t.c not null
        t.c rule uniform(min=1, max=99)
        t.d json
        t.e text
        report kept mood type
        report not carried t.a DEFAULT 'ok'::mood
        report compiled t CHECK ("c" > 0 AND "c" < 100)
        report not carried t.d type pair of several fields as json
        report not carried t.e type nosuch, which nothing defines, as text
    """),
    ("types of one's own in T-SQL", "tsql", """
        CREATE TYPE dbo.Ssn FROM varchar(11) NOT NULL;
        CREATE TABLE t (a dbo.Ssn, b Ssn NULL)
    """, """
        t.a varchar(11)
        t.a not null
        t.b null
    """),
    ("a bare number that is a key is whole", "oracle", """
        CREATE TABLE p (id NUMBER PRIMARY KEY, n NUMBER); CREATE TABLE t (p NUMBER REFERENCES p)
    """, """
        p.id bigint
        p.n decimal(18,2)
        t.p bigint
    """),
]  # fmt: skip
