"""Write docs/reference/sql-dialects.md from the statements that the tests run, so that it lists what is proved."""

from collections.abc import Iterator
from pathlib import Path

import yaml

TOP = Path(__file__).resolve().parent.parent.parent
PAGE = TOP / "docs" / "reference" / "sql-dialects.md"
STATEMENTS = TOP / "tests" / "sql" / "statements"
_MEANING = {
    "native": "as written", "rewritten": "rewritten", "refused": "refused, with its place",
    "fails": "fails, as it does there",
}  # fmt: skip
_HEAD = """# SQL dialects

`synth sql NAME --dialect D SQL` takes a statement in the words of another warehouse. It is translated into DuckDB's,
bound against the experiment's tables, and gets a verdict: `native` (it ran as written), `rewritten` (`--explain` shows
what ran), or it is refused with the construct and its line and column. Nothing is passed through unread: a function
that is not known to mean here what it means there is refused.

This page is written by `make fmt` from the statements under `tests/sql/statements`, each of which is run with its
answer in the tests; those marked * are also run with the same answer by PostgreSQL, or by SQLite.

What stays different, in every dialect: text is compared byte by byte (`COLLATE` is refused), also where the collation
of MySQL and SQL Server takes `'a' = 'A'` for true; a quotient of decimals is
a double; `TO_CHAR` takes a constant format, and only of dates and times.
"""


def page() -> str:
    """The whole page."""
    return "\n".join([_HEAD, *_tables()]).rstrip() + "\n"


def _tables() -> Iterator[str]:
    for file in sorted(STATEMENTS.glob("*.yaml")):
        yield f"## {file.stem.capitalize()}\n\n| what | outcome |\n|---|---|"
        for case in yaml.safe_load(file.read_text()):
            mark = " *" if case.get("also") else ""
            yield f"| {case['what'].replace('|', chr(92) + '|')} | {_MEANING[case['verdict']]}{mark} |"
        yield ""


if __name__ == "__main__":
    PAGE.write_text(page())
