"""Damaged documents and scripts: an answer or one clear error, in time, and no statement lost without a word."""

import random
import re
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from synth_jupyter.errors import SchemaError
from synth_jupyter.schema.ddl import read as read_ddl
from synth_jupyter.schema.document import read

HERE = Path(__file__).parent
LONGEST = 5.0
DOCUMENTS = [(HERE / "shop.yaml").read_text(), '{"experiment": "x", "tables": {"t": {"rows": 5, "columns": {"a": {"type": '
             '"int", "primary_key": true}, "b": {"type": "varchar(9)", "choices": {"x": 1, "y": 2.5}}}}}}']  # fmt: skip
SCRIPTS = [path.read_text()[:1_500] for path in sorted((HERE / "ddl/same").glob("*.sql"))]
TABLE = re.compile(r"^CREATE TABLE (\S+) \($", re.M)


PIECES = ("'", '"', "(", ")", ";", "`", "[", "]", "{", "}", ",", ":", "-", "--", "/*", "*/", "&a ", "*a", "!!int ", "|", ">",
          "\\", "\t", "\n", "\x00", "\ufeff", "9" * 40, "1e999", " NOT ", " CHECK (", " null ", "yes", "<<: ", "\U0001f600",
          " CREATE TABLE ", " REFERENCES ", "$$", "@synth rows=")  # fmt: skip


def mutated(texts: Sequence[str], count: int, seed: int) -> Iterator[str]:
    """So many texts, each one of `texts` with some characters replaced, doubled, swapped or taken out."""
    chance = random.Random(seed)
    for _ in range(count):
        text = chance.choice(texts)
        for _ in range(chance.choice((1, 1, 2, 4, 9))):
            start = chance.randrange(len(text) + 1)
            length = chance.choice((0, 1, 3, 12, 60))
            taken = text[start : start + length]
            put = chance.choice((chance.choice(PIECES), "", taken * 2, taken[::-1], taken.swapcase()))
            text = text[:start] + put + text[start + length :]
        yield text


def _answered(text: str, reader: object) -> object:
    started = time.monotonic()
    try:
        answer = reader(text, name="x")  # type: ignore[operator]
    except SchemaError as error:
        assert "nothing was stored" in error.message or error.problems, error.message
        assert all("Traceback" not in str(problem) for problem in error.problems)
        answer = None
    assert time.monotonic() - started < LONGEST, text
    return answer


def _documents(count: int, seed: int) -> None:
    for text in mutated(DOCUMENTS, count, seed):
        _answered(text, read)


def _scripts(count: int, seed: int) -> None:
    for text in mutated(SCRIPTS, count, seed):
        reading = _answered(text, read_ddl)
        if reading is None or "/*" in text or "$$" in text or text.count("'") % 2 or text.count('"') % 2:
            continue
        known = {table.name.casefold().split(".")[-1] for table in reading.schema.tables}  # type: ignore[attr-defined]
        lost = " ".join(f"{line.where} {line.construct}" for line in reading.report).casefold()  # type: ignore[attr-defined]
        for name in TABLE.findall(text):
            short = re.sub(r"\W", " ", name).split()
            assert not short or short[-1].casefold() in known or short[-1].casefold() in lost, (name, text)


def test_damaged_documents_end_in_an_answer_or_an_error() -> None:
    _documents(40, 1)


def test_damaged_scripts_end_in_an_answer_or_an_error_and_lose_no_table() -> None:
    _scripts(40, 2)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(10, 15))
def test_many_damaged_documents_and_scripts(seed: int) -> None:
    _documents(100, seed)
    _scripts(100, seed)


MOST = 1.0 if "coverage" not in sys.modules else 8.0
"""Seconds of the processor that a refusal may take; measuring coverage makes everything several times as slow."""
BOMBS = {
    "aliases": "a: &a [x, x]\n" + "".join(f"b{at}: &b{at} [*a, *a]\n" for at in range(50)),
    "deep lists": "[" * 100_000, "deep maps": "{a: " * 50_000, "deep JSON": '{"a":' * 100_000,
    "ten megabytes": "experiment: x\ntables:\n" + "# a remark\n" * 1_000_000, "ten megabytes of JSON": '{"a": "' + "x" * 10_000_000,
    "one long number": "a: " + "9" * 5_000_000, "a number and a bracket": "9" * 100_000 + "]", "many values": f"a: [{'1,' * 900_000}]",
    "unknown keys": f"experiment: x\ntables:\n  t:\n{''.join(f'    rowz{at}: 1' + chr(10) for at in range(25_000))}",
    "many columns": f"tables: {{t: {{columns: {{{','.join(f'c{at}: {{type: int}}' for at in range(15_000))}}}}}}}",
    "many checks": f"tables: {{t: {{columns: {{a: {{type: int}}}}, checks: [{'a > 1,' * 30_000}]}}}}",
    "wrong columns": f"tables: {{t: {{columns: {{{','.join(f'c{at}: {{typ: no, min: x}}' for at in range(4_000))}}}}}}}",
}  # fmt: skip


@pytest.mark.parametrize("case", BOMBS)
def test_bombs_are_refused_in_under_a_second(case: str) -> None:
    started = time.process_time()
    with pytest.raises(SchemaError):
        read(BOMBS[case], name="x")
    assert time.process_time() - started < MOST


SCRIPT_BOMBS = {
    "ten megabytes": "CREATE TABLE t (a INT);\n" * 450_000,
    "deep brackets": "CREATE TABLE t (a INT CHECK (" + "(" * 100_000,
    "closed brackets": f"CREATE TABLE t (a INT CHECK ({'(' * 100_000}a > 1{')' * 100_000}))",
    "one bracket": "CREATE TABLE t (" + "a INT," * 30_000,
    "many columns": f"CREATE TABLE t ({','.join(f'a{at} INT' for at in range(200_000))})",
    "many tables": ";".join(f"CREATE TABLE t{at} (a INT)" for at in range(60_000)),
    "many statements": "SELECT 1;" * 400_000, "semicolons": ";" * 3_900_000,
    "many labels": f"CREATE TABLE t (a ENUM({','.join(map(repr, map(str, range(300_000))))}))",
    "angles": "CREATE TABLE t (a " + "ARRAY<" * 200_000,
    "blocks": "CREATE FUNCTION f() BEGIN;" * 70_000, "open comments": "CREATE TABLE t (" + "a /* " * 50_000,
    "open quotes": "CREATE TABLE t (a $a$ /* " * 15_000,
    "checks": "CREATE TABLE t (a INT" + ", CHECK (a>1)" * 11_000 + ")",
    "a chain": f"CREATE TABLE t (a INT, CHECK ({' OR '.join(f'a={at}' for at in range(100_000))}))",
}  # fmt: skip


@pytest.mark.parametrize("case", SCRIPT_BOMBS)
def test_script_bombs_are_refused_in_under_a_second(case: str) -> None:
    started = time.process_time()
    with pytest.raises(SchemaError, match="nothing was stored"):
        read_ddl(SCRIPT_BOMBS[case], name="x")
    assert time.process_time() - started < MOST


@pytest.mark.slow
@pytest.mark.parametrize(
    "piece",
    [
        "1,",
        "GO\n",
        "$a$",
        "BEGIN ",
        "DELIMITER //\n",
        "-- x\n",
        "'",
        "/*",
        "COPY t FROM stdin;\n",
        "COPY\n",
        "COPY t FROM stdin\n",
        "FROM stdin ",
        "COPY t FROM stdin;\n1\n\\.\n",
        "CREATE ",
        "/*!40101 ",
        "[",
        "N'",
        "x'; CREATE t '",
    ],
)
def test_four_megabytes_of_nothing_are_refused_before_anyone_waits(piece: str) -> None:
    started = time.process_time()
    with pytest.raises(SchemaError, match="nothing was stored"):
        read_ddl("COPY " + piece * (3_900_000 // len(piece)), name="x")
    assert time.process_time() - started < LONGEST


@pytest.mark.slow
@pytest.mark.parametrize("reader", [read, read_ddl])
@pytest.mark.parametrize("seed", range(3))
def test_pieces_repeated_cost_no_more_than_they_are_long(reader: object, seed: int) -> None:
    """Four times the text is given ten times the time before it counts as growing with the square."""
    chance = random.Random(seed)
    for _ in range(150):
        piece = "".join(
            chance.choices(
                (*PIECES, "1", "a", "[", "*/", "COPY t ", "GO\n", "$a$", "FROM stdin", "- ", "a: "),
                k=chance.choice((1, 2, 3)),
            )
        )
        head = chance.choice(("", "CREATE TABLE t (", "'", "a: ", '{"a": '))
        short, long = (_seconds(head + piece * (size // len(piece)), reader) for size in (16_000, 64_000))
        assert long < max(1.0, 10 * short), (head, piece)


def _seconds(text: str, reader: object) -> float:
    started = time.process_time()
    _answered(text, reader)
    return time.process_time() - started


def test_long_data_between_statements_are_no_bomb() -> None:
    rows = ", ".join(f"({at}, '(((')" for at in range(20_000))
    reading = read_ddl(f"CREATE TABLE a (x INT); INSERT INTO a VALUES {rows}; CREATE TABLE b (y INT);", name="x")
    assert [table.name for table in reading.schema.tables] == ["a", "b"]
