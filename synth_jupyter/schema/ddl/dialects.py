"""Which dialect a script is written in: named, or told from the words that only one of them uses."""

import re
from collections.abc import Mapping

from sqlglot.dialects.dialect import Dialect

from ...errors import SchemaError, did_you_mean

SPOKEN = ("", "postgres", "redshift", "snowflake", "mysql", "sqlite", "tsql", "oracle", "bigquery", "duckdb")
"""The dialects that are read, by their names in sqlglot; the first is standard SQL."""
_SYNONYMS = {
    "ansi": "", "standard": "", "sql": "", "postgresql": "postgres", "pg": "postgres", "mariadb": "mysql",
    "sqlserver": "tsql", "mssql": "tsql", "sqlite3": "sqlite", "t-sql": "tsql", "db2": "",
}  # fmt: skip
_NOISE = re.compile(r"--[^\n]*|/\*(?!!).*?\*/|'[^'\n]*'", re.S)
_NOISE_OF_LINES = re.compile(r"--[^\n]*|'[^'\n]*'")
_SIGNS: Mapping[str, str] = {
    "tsql": r"^[ \t]*GO\s*$|\bIDENTITY\s*\(\s*\d|\bN?VARCHAR\s*\(\s*MAX|\[dbo\]|\bdbo\."
    r"|\bDATETIME2\b|\bUNIQUEIDENTIFIER\b"
    r"|\bDATETIMEOFFSET\b|\bNONCLUSTERED\b|\bROWVERSION\b|\bSMALLMONEY\b|\bPERSISTED\b|\bNEWID\s*\(|\bSYSNAME\b",
    "mysql": r"\bENGINE\s*=|\bAUTO_INCREMENT\b|\bUNSIGNED\b|/\*!\d|\bENUM\s*\(|\bMEDIUMINT\b"
    r"|\bLONGTEXT\b|\bMEDIUMTEXT\b"
    r"|\bDELIMITER\b|^[ \t]*(?:UNIQUE\s+)?KEY\s+`|\bTINYINT\s*\(|\bDATETIME\s*\(\d\)|\bSET\s*\(\s*(?:,|\))",
    "bigquery": r"\bINT64\b|\bFLOAT64\b|\bSTRUCT\s*<|\bARRAY\s*<|\bBIGNUMERIC\b|\bOPTIONS\s*\(|\bSTRING\s*\(\d"
    r"|\bNOT\s+ENFORCED\b",
    "snowflake": r"\bVARIANT\b|\bTIMESTAMP_(?:NTZ|LTZ|TZ)\b|\bNUMBER\s*\(\s*38|\bCLUSTER\s+BY\b"
    r"|\bCREATE\s+OR\s+REPLACE\s+"
    r"(?:TRANSIENT\s+)?TABLE\b|\bTRANSIENT\b|\bAUTOINCREMENT\s+START\b|\bFILE\s+FORMAT\b|\bMASKING\s+POLICY\b",
    "redshift": r"\bDISTKEY\b|\bSORTKEY\b|\bDISTSTYLE\b|\bENCODE\s+\w+|\bSUPER\b|\bVARBYTE\b"
    r"|\bIDENTITY\s*\(\s*\d+\s*,\s*\d+"
    r"\s*\)\s+(?:NOT\s+NULL\s+)?(?:DISTKEY|ENCODE)",
    "oracle": r"\bN?VARCHAR2\b|\bCLOB\b|\bSYSDATE\b|\bUSING\s+INDEX\b|\bNUMBER\s*\(\s*\d|\bNUMBER\b(?!\s*\()"
    r"|\bBINARY_DOUBLE\b"
    r"|\bBINARY_FLOAT\b|^[ \t]*/\s*$|\bPCTFREE\b|\bRAW\s*\(|\bSYS_GUID\b",
    "postgres": r"\bcharacter\s+varying\b|\b(?:BIG|SMALL)?SERIAL\b|::|\bALTER\s+TABLE\s+ONLY\b|\bbytea\b|\bJSONB\b"
    r"|\bOWNER\s+TO\b"
    r"|\bAS\s+ENUM\b|\bCREATE\s+DOMAIN\b|\bnextval\s*\(|\bPARTITION\s+OF\b|\bTIMESTAMPTZ\b|(?<!\w)\w++\[\]|\bsearch_path\b"
    r"|\bwith(?:out)?\s+time\s+zone\b|\$\$|\bEXTENSION\b|^\\[a-z]|\bEXCLUDE\s+USING\b|\bUSING\s+(?:gist|gin|brin)\b|\bfillfactor\b",
    "sqlite": r"\bAUTOINCREMENT\b(?!\s+START)|\bWITHOUT\s+ROWID\b|\bPRAGMA\b|\)\s*STRICT\b|\bON\s+CONFLICT\b",
    "duckdb": r"\bHUGEINT\b|\bU(?:BIG|SMALL|TINY)?INT(?:EGER)?\b|\bSTRUCT\s*\(|\bMAP\s*\(|\bCREATE\s+MACRO\b"
    r"|\bUNION\s*\(",
}  # fmt: skip
_COMPILED = {name: re.compile(signs, re.I | re.M) for name, signs in _SIGNS.items()}
_BRACKETED = re.compile(r"(?:\bTABLE\s+|^[ \t]*|\(\s*|\.)\[[A-Za-z_][^\[\]\n]*\]", re.I | re.M)
_BACKQUOTED = re.compile(r"`[^`\n]+`")
_ORACLE_ONLY = re.compile(
    r"\b(?:N?VARCHAR2|CLOB|SYSDATE|USING\s+INDEX|BINARY_DOUBLE|RAW|SYS_GUID)\b|^[ \t]*/\s*$", re.I | re.M
)
_STANDARD = re.compile(r"CREATE DOMAIN|WITH(?:OUT)? TIME ZONE")
"""Signs of PostgreSQL that standard SQL has as well: by themselves they tell nothing."""
_ENOUGH = 100_000
"""Characters that are looked at."""


def spoken(name: str) -> str:
    """The dialect called `name`, in sqlglot's words; SchemaError when no such DDL is read."""
    word = _SYNONYMS.get(name.lower(), name.lower())
    if word in SPOKEN:
        return word
    known = ["ansi", *SPOKEN[1:], "mariadb"]
    what = "is not read as DDL" if word in Dialect.classes else "is no SQL dialect"
    raise SchemaError(
        f"{name!r} {what}{did_you_mean(name, known)}; nothing was stored", hint=f"one of {', '.join(known)}"
    )


def detected(text: str) -> str:
    """The dialect with the most signs in the text; standard SQL when there are none."""
    closed = text.rfind("*/", 0, _ENOUGH) + len("*/") if "*/" in text[:_ENOUGH] else 0
    bare = _NOISE.sub("''", text[:closed]) + _NOISE_OF_LINES.sub("''", text[closed:_ENOUGH])
    signs = {name: {_word(match[0]) for match in sign.finditer(bare)} for name, sign in _COMPILED.items()}
    scores = {name: len(found) for name, found in signs.items()}
    if all(_STANDARD.fullmatch(sign) for sign in signs["postgres"]):
        scores["postgres"] = 0
    if _BRACKETED.search(bare):
        scores["tsql"] += 1
        scores["sqlite"] += 2
    if _BACKQUOTED.search(bare):
        scores["mysql"] += 1 + 2 * (not scores["bigquery"])
    if scores["oracle"] and not _ORACLE_ONLY.search(bare):
        scores["snowflake"] += 2
    best = max(scores, key=lambda name: scores[name])
    return best if scores[best] else ""


def _word(sign: str) -> str:
    return " ".join(sign.upper().split())


def shown(dialect: str) -> str:
    """How people call it."""
    return dialect or "ansi"
