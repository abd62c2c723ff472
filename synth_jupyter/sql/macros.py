"""Functions of other dialects as macros of our DuckDB: only those that a statement names are made."""

import re
from collections.abc import Iterable

_PARTS = (
    ("YYYY", "Y"), ("YY", "y"), ("MONTH", "B"), ("Month", "B"), ("MON", "b"), ("Mon", "b"), ("MM", "m"),
    ("DDD", "j"), ("DD", "d"), ("DAY", "A"), ("Day", "A"), ("DY", "a"), ("Dy", "a"), ("HH24", "H"), ("HH12", "I"),
    ("HH", "I"), ("MI", "M"), ("SS", "S"), ("US", "f"), ("MS", "g"), ("AM", "p"), ("PM", "p"), ("IYYY", "G"),
    ("IW", "V"), ("FM", ""),
)  # fmt: skip
"""Parts of a format of PostgreSQL's TO_CHAR, and strftime's letter; longer ones first where one begins another."""
_SNOWFLAKE_PARTS = (
    ("YYYY", "Y"), ("YY", "y"), ("MMMM", "B"), ("MON", "b"), ("MM", "m"), ("DD", "d"), ("DY", "a"), ("HH24", "H"),
    ("HH12", "I"), ("MI", "M"), ("SS", "S"), ("FF3", "g"), ("FF6", "f"), ("FF", "f"), ("AM", "p"), ("PM", "p"),
)  # fmt: skip


def _formatted(form: str, parts: Iterable[tuple[str, str]]) -> str:
    """SQL for `value` in the format `form`: each part becomes a private character, then all become strftime's."""
    ordered = sorted(parts, key=lambda part: -len(part[0]))
    sql = f"replace({form}, '%', '%%')"
    for number, (part, _) in enumerate(ordered):
        sql = f"replace({sql}, '{part}', chr({0xE000 + number}))"
    sql = f"replace({sql}, '\"T\"', chr({0xF000}))"
    checked = f"regexp_matches({sql}, '[A-Za-z]')"
    for number, (_, letter) in enumerate(ordered):
        sql = f"replace({sql}, chr({0xE000 + number}), '{'%' + letter if letter else ''}')"
    wrong = f"error('the date format ' || {form} || ' has a part that is not supported here')"
    return f"CASE WHEN {checked} THEN {wrong} ELSE strftime(value, replace({sql}, chr({0xF000}), 'T')) END"


_WHOLE = "regexp_matches(typeof(a) || typeof(b), '^((HUGE|BIG|SMALL|TINY|U)*INT(EGER)?(_LITERAL)?){2}$')"
_ZERO = "error('division by zero')"
_PADS = (
    "CASE WHEN regexp_matches(form, 'Month|MONTH|Day|DAY') AND NOT contains(form, 'FM') "
    "THEN error('the date format ' || form || ' pads names with blanks; write FM before it') ELSE "
)

MACROS: dict[str, str] = {
    # Divisions: DuckDB has a float for every quotient, and infinity for a division by zero.
    "quotient": f"(a, b) AS CASE WHEN b = 0 THEN {_ZERO} ELSE a / b END",
    "whole_quotient": f"(a, b) AS CASE WHEN b = 0 THEN {_ZERO} ELSE a // b END",
    "either_quotient": f"(a, b) AS CASE WHEN b = 0 THEN {_ZERO} "
                     f"WHEN {_WHOLE} "
                     "THEN trunc(a / b) ELSE a / b END",
    "quotient_or_null": "(a, b) AS a / nullif(b, 0)",
    "whole_quotient_or_null": "(a, b) AS a // nullif(b, 0)",
    "either_quotient_or_null": "(a, b) AS CASE "
                     f"WHEN {_WHOLE} "
                     "THEN trunc(a / nullif(b, 0)) ELSE a / nullif(b, 0) END",
    "share_of": "(part, whole) AS CAST(part AS DOUBLE) / nullif(whole, 0)",
    # Dates.
    "to_char": f"(value, form) AS {_PADS}{_formatted('form', _PARTS)} END",
    "snowflake_to_char": "(value) AS CAST(value AS VARCHAR), "
                         f"(value, form) AS {_formatted('upper(form)', _SNOWFLAKE_PARTS)}",
    "like_kind": "(value DATE, moved) AS CAST(moved AS DATE), (value TIMESTAMP, moved) AS moved, "
                 "(value TIMESTAMPTZ, moved) AS moved, (value VARCHAR, moved) AS moved",
    "mysql_date_format": "(value, form) AS CASE WHEN regexp_matches(form, '%[^YymdHiSsMbaW%]') "
                         "THEN error('the date format ' || form || ' has a part that is not supported here') ELSE "
                         "strftime(CAST(value AS TIMESTAMP), replace(replace(replace(replace(form, '%M', '%B'), "
                         "'%i', '%M'), '%s', '%S'), '%W', '%A')) END",
    "getdate": "() AS now() AT TIME ZONE 'UTC'",
    "weekday_from_one": "(day) AS dayofweek(CAST(day AS TIMESTAMP)) + 1",
    "add_months": "(day, n) AS CASE WHEN CAST(day AS DATE) = last_day(CAST(day AS DATE)) "
                  "THEN last_day(CAST(CAST(day AS DATE) + to_months(CAST(n AS INTEGER)) AS DATE)) "
                  "ELSE CAST(CAST(day AS DATE) + to_months(CAST(n AS INTEGER)) AS DATE) END",
    "months_between": "(a, b) AS CASE WHEN day(CAST(a AS DATE)) = day(CAST(b AS DATE)) "
                      "OR (CAST(a AS DATE) = last_day(CAST(a AS DATE)) "
                      "AND CAST(b AS DATE) = last_day(CAST(b AS DATE))) "
                      "THEN CAST((year(a) - year(b)) * 12 + month(a) - month(b) AS DOUBLE) "
                      "ELSE (year(a) - year(b)) * 12 + month(a) - month(b) + (day(a) - day(b)) / 31.0 END",
    "next_day": "(day, name) AS CAST(day AS DATE) + CAST(1 + (list_position("
                "['mo', 'tu', 'we', 'th', 'fr', 'sa', 'su'], lower(left(name, 2))) "
                "- 1 - isodow(CAST(day AS DATE)) + 7) % 7 AS INTEGER)",
    "redshift_trunc": "(value DATE) AS value, (value TIMESTAMP) AS CAST(value AS DATE), "
                      "(value DOUBLE) AS trunc(value), (value DECIMAL(38, 10)) AS trunc(value)",
    # Values.
    "nvl": "(a, b) AS coalesce(a, b)",
    "nvl2": "(a, b, c) AS CASE WHEN a IS NOT NULL THEN b ELSE c END",
    "isnull": "(a, b) AS coalesce(a, b)",
    "iff": "(a, b, c) AS CASE WHEN a THEN b ELSE c END",
    "zeroifnull": "(a) AS coalesce(a, 0)",
    "nullifzero": "(a) AS nullif(a, 0)",
    "div0": "(a, b) AS CASE WHEN b = 0 AND a IS NOT NULL THEN 0 ELSE a / b END",
    "equal_null": "(a, b) AS a IS NOT DISTINCT FROM b",
    # Texts.
    "charindex": "(part, whole) AS strpos(whole, part)",
    "initcap": "(value) AS array_to_string(list_transform(regexp_extract_all(lower(value), '[a-z0-9]+|[^a-z0-9]+'), "
               "lambda word: upper(left(word, 1)) || substring(word, 2)), '')",
    "space": "(n) AS repeat(' ', n)",
    "replicate": "(value, n) AS repeat(value, n)",
    "textlen": "(value) AS length(value)",
    "endswith": "(value, part) AS ends_with(value, part)",
    "strtol": "(value, base) AS from_base(value, base)",
    "from_base": "(value, base) AS list_reduce(list_transform(string_split(lower(value), ''), "
                 "lambda digit: CAST(strpos('0123456789abcdefghijklmnopqrstuvwxyz', digit) - 1 AS BIGINT)), "
                 "lambda total, digit: total * CAST(base AS BIGINT) + digit)",
    "to_number": "(value, form) AS CAST(replace(replace(value, ',', ''), ' ', '') AS DECIMAL(38, 6))",
    "regexp_count": "(value, pattern) AS CAST(length(regexp_extract_all(value, pattern)) AS BIGINT)",
    "booland": "(a, b) AS (a <> 0) AND (b <> 0)",
    "boolor": "(a, b) AS (a <> 0) OR (b <> 0)",
}  # fmt: skip
"""By name: parameters and body. None is a function of DuckDB's own."""

KEPT: dict[str, frozenset[str]] = {
    "": frozenset(),
    "postgres": frozenset(("age", "pi", "cbrt", "strpos", "starts_with", "make_date", "date_part", "generate_series")),
    "redshift": frozenset(("pi", "cbrt", "strpos", "len", "bool_and", "bool_or", "generate_series")),
    "snowflake": frozenset(("len", "editdistance", "cbrt", "pi")),
    "bigquery": frozenset(("strpos",)),
    "mysql": frozenset(("pi",)),
    "tsql": frozenset(("pi",)),
}
"""Functions that sqlglot does not know and that mean in DuckDB what they mean in the dialect."""
_WORD = re.compile(r"[a-z_][a-z0-9_]*")


def needed_macros(sql: str) -> tuple[str, ...]:
    """The statements that make each macro that `sql` may call, those they call themselves first."""
    wanted: dict[str, None] = {}
    _collect(sql, wanted)
    return tuple(f"CREATE MACRO main.{name}{MACROS[name]}" for name in wanted)


def _collect(sql: str, wanted: dict[str, None]) -> None:
    for name in dict.fromkeys(_WORD.findall(sql.lower())):
        if name in MACROS and name not in wanted:
            body = MACROS[name].replace(name, "")
            _collect(body, wanted)
            wanted[name] = None
