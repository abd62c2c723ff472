"""Checks: which rule grants them, and which are verified after generation."""


def _check(columns: str, expected: str, dialect: str = "postgres") -> tuple[str, str, str, str]:
    """A case of one table; `expected` are facts."""
    return columns, dialect, f"CREATE TABLE t (id INT PRIMARY KEY, {columns})", expected


CASES = [
    _check("a TEXT CHECK (a IN ('x', 'y'))", "t.a rule choices(values=['x', 'y'], weights=[1, 1])\nreport compiled t CHECK (a IN"),
    _check("a INT CHECK (a = 3 OR a = 5 OR a IS NULL)", "t.a rule choices(values=[3, 5], weights=[1, 1])"),
    _check(
        "a varchar(9), CHECK (((a)::text = ANY ((ARRAY['x'::character varying, 'y'::character varying])::text[])))",
        "t.a rule choices(values=['x', 'y'], weights=[1, 1])\nt check a IN ('x', 'y')",
    ),
    _check("a INT CHECK (a BETWEEN 3 AND 9)", "t.a rule uniform(min=3, max=9)"),
    _check("a INT CHECK (a > 3 AND 9 > a)", "t.a rule uniform(min=4, max=8)"),
    _check("a DECIMAL(8,2) CHECK (a > 0) CHECK (a < 10)", "t.a rule uniform(min=0.01, max=9.99)"),
    _check("a INT CHECK (a >= -5.5 AND a <= 5.5)", "t.a rule uniform(min=-5, max=5)"),
    _check("a REAL CHECK (a > 0 AND a < 1)", "report compiled t CHECK (a > 0 AND a < 1)"),
    _check("price DECIMAL(8,2) CHECK (price >= 0)", "t.price rule uniform(min=0, max=500)"),
    _check("a DATE CHECK (a >= DATE '2024-01-05' AND a < '2024-02-01')", "t.a rule uniform(min=2024-01-05, max=2024-01-31)"),
    _check(
        "a TIMESTAMP CHECK (a > '2024-01-05' AND a <= '2024-01-31')",
        "t.a rule uniform(min=2024-01-05T00:00:00.000001, max=2024-01-31T00:00:00)",
    ),
    _check("a BOOLEAN CHECK (a = TRUE)", "t.a rule choices(values=[True], weights=[1])"),
    _check("s DATE, e DATE, CHECK (e >= s)", "t.e rule after(column=s, within=30d, min=0s)\nreport compiled t CHECK (e >= s)"),
    _check("s TIMESTAMP, e TIMESTAMP, CHECK (s < e)", "t.e rule after(column=s, within=30d, min=1s)"),
    _check("s DATE, e DATE NOT NULL, CHECK (s <= e)", "report verified t CHECK (s <= e)"),
    _check("s DATE, e DATE, CHECK (s <= e), CHECK (e <= s)", "report compiled t CHECK (s <= e)\nreport verified t CHECK (e <= s)"),
    _check("s DATE, m DATE, e DATE, CHECK (s <= m AND m <= e)", "t.m rule after(column=s, within=30d, min=0s)\n"
           "t.e rule after(column=m, within=30d, min=0s)"),
    _check("low INT, high INT, CHECK (low < high)", "t.low rule uniform(min=0, max=500)\nt.high rule uniform(min=501, max=1000)"),
    _check("a INT CHECK (a >= 10), b INT, CHECK (b > a)", "report compiled t CHECK (b > a)"),
    _check("a VARCHAR(9) CHECK (a LIKE 'AB%')", "t.a rule pattern(pattern=AB[a-z0-9]{1,7})"),
    _check("a VARCHAR(9) CHECK (a LIKE '%b')", "report verified t CHECK (a LIKE '%b')"),
    _check("a VARCHAR(9) CHECK (a ~ '^[A-Z]{3}[0-9]$')", "t.a rule pattern(pattern=[A-Z]{3}[0-9])"),
    _check("a CHAR(5) CHECK (char_length(a) = 5)", "t.a rule pattern(pattern=[A-Z0-9]{5,5})"),
    _check("name TEXT CHECK (length(name) <= 30)", "t.name rule faker(provider=name, arguments={}, locale=en_US)\n"
           "report compiled t CHECK (length(name) <= 30)"),
    _check("a TEXT CHECK (length(a) > 0)", "report compiled t CHECK (length(a) > 0)"),
    _check("a TEXT CHECK (a IS NOT NULL)", "t.a not null\nreport compiled t CHECK (a IS NOT NULL)"),
    _check("a TEXT CHECK (a NOT IN ('x')) CHECK (a NOT LIKE 'y%') CHECK (a IS NULL OR a IS NOT NULL)", "t.a null\nreport verified t CHECK (a NOT LIKE"),
    _check("a INT CHECK (a % 2 = 0)", "t check a % 2 = 0\nreport verified t CHECK (a % 2 = 0)"),
    _check("a INT, b INT, CHECK (a > 0 OR b > 0)", "report verified t CHECK (a > 0 OR b > 0)"),
    _check("a INT CHECK (a > 0 OR a IS NULL)", "t.a rule uniform(min=1, max=1000)"),
    _check("a INT CHECK (a IN (1, 2, 3)) CHECK (a > 1)", "t.a rule choices(values=[2, 3], weights=[1, 1])"),
    _check("a INT CHECK (a > 5) CHECK (a < 3)", "report compiled t CHECK (a > 5)\nreport verified t CHECK (a < 3)"),
    _check("a INT REFERENCES t CHECK (a > 5)", "report verified t CHECK (a > 5)"),
    _check("a INT, CHECK (id > 0)", "t.id rule sequence(start=1, step=1)\nreport compiled t CHECK (id > 0)"),
    _check("a INT, CHECK (my_function(a))", "report not carried t CHECK (my_function(a)): the function MY_FUNCTION is not allowed"),
    _check("a INT, CHECK (nosuch > 1)", "report not carried t CHECK (nosuch > 1): there is no column 'nosuch'"),
    _check("a INT, CHECK (a > (SELECT 1))", "report not carried t CHECK (a > (SELECT 1)): a subquery is not allowed"),
    _check("[a] int CHECK ([a]>=(0) AND [a]<=(9))", "t.a rule uniform(min=0, max=9)", "tsql"),
    _check("`a` varchar(3) CHECK (`a` in (_utf8mb4'x'))", "t.a varchar(3)", "mysql"),
    _check("x VARCHAR2(9) CHECK (REGEXP_LIKE(x, '^[a-z]{2}$'))", "t.x rule pattern(pattern=[a-z]{2})", "oracle"),
]  # fmt: skip
