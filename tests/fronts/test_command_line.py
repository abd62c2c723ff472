"""The command line: one JSON document, the right exit code, and never a traceback."""

import json
import os
import signal
import sqlite3
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Synth = Callable[..., tuple[int, str, str]]
Document = Callable[..., Any]
Process = Callable[..., "subprocess.Popen[str]"]


def test_define_says_every_column_its_rule_and_why(defined: Any) -> None:
    column = defined["tables"]["orders"]["columns"]["customer_id"]
    assert defined["experiment"] == "shop"
    assert column["type"] == "bigint"
    assert {"nullable", "generator", "reason"} <= set(column)
    assert defined["tables"]["orders"]["rows"] == 600


def test_a_document_comes_from_standard_input(process: Process, shop_file: Path) -> None:
    started = process("define", "shop", "-", "--json")
    out, err = started.communicate(shop_file.read_text())
    assert started.returncode == 0, err
    assert json.loads(out)["experiment"] == "shop"


def test_bytes_that_are_no_text_are_refused(process: Process, tmp_path: Path) -> None:
    (tmp_path / "bytes").write_bytes(b"\xff\xfe")
    started = process("define", "shop", "bytes")
    assert "it is not UTF-8 text" in started.communicate()[1]
    assert started.returncode == 2


def test_a_terminal_without_unicode_still_gets_its_answer(process: Process, generated: Any) -> None:
    started = process("sql", "shop", "SELECT '日本' AS a", PYTHONIOENCODING="ascii")
    out, err = started.communicate()
    assert (started.returncode, err) == (0, "")
    assert "\\u65e5" in out


def test_a_preview_is_what_the_run_holds(document: Document, generated: Any) -> None:
    shown = document("preview", "shop", "orders", "-n", "7", "--offset", "3")
    stored = document("sql", "shop", "SELECT * FROM orders ORDER BY order_id LIMIT 7 OFFSET 3")
    assert shown["rows"] == stored["rows"]
    assert shown["columns"] == stored["columns"]


def test_a_run_is_one_document_and_progress_goes_elsewhere(process: Process, defined: Any) -> None:
    started = process("generate", "shop", "--json", SYNTH_PROGRESS="plain")
    out, err = started.communicate()
    run = json.loads(out)
    assert (run["run"], run["status"], run["seed"]) == ("shop@1", "complete", 42)
    assert run["rows"] == {"customers": 200, "orders": 600}
    assert "rows/s" in err


def test_a_dry_run_makes_nothing(document: Document, defined: Any) -> None:
    plan = document("generate", "shop", "--rows", "customers=1_000", "--dry-run")
    assert plan["rows"] == {"customers": 1000, "orders": 3000}
    assert document("runs", "shop") == {"runs": []}


def test_sql_may_begin_with_a_comment(document: Document, generated: Any) -> None:
    answer = document("sql", "shop", "-- how many\nSELECT count(*) AS n FROM orders")
    assert (answer["columns"], answer["rows"], answer["row_count"]) == (["n"], [[600]], 1)


def test_sql_is_read_from_standard_input(process: Process, generated: Any) -> None:
    started = process("sql", "shop", "-", "--json")
    out, err = started.communicate("-- x\nSELECT 'it''s' AS a")
    assert json.loads(out)["rows"] == [["it's"]], err


def test_a_limit_cuts_the_rows(document: Document, generated: Any) -> None:
    answer = document("sql", "shop", "SELECT order_id FROM orders ORDER BY 1", "--limit", "3")
    assert answer["rows"] == [[1], [2], [3]]


def test_a_wrong_column_is_one_error_with_a_suggestion(synth: Synth, generated: Any) -> None:
    code, out, err = synth("sql", "shop", "SELECT custmer_id FROM orders")
    assert (code, out) == (1, "")
    assert "customer_id" in err
    assert "Traceback" not in err


def test_explain_takes_names_with_dots(document: Document, tmp_path: Path) -> None:
    columns = "{columns: {a.b: {type: int}}, rows: 1}"
    (tmp_path / "dots.yaml").write_text(f"tables: {{T: {columns}, t.x: {columns}}}", encoding="utf-8")
    document("define", "dots", str(tmp_path / "dots.yaml"))
    for words, table in (("t.a.b", "T"), ("T.x.a.b", "t.x")):
        answer = document("explain", "dots", words)
        assert (answer["table"], answer["column"]) == (table, "a.b")


def test_verify_fails_after_a_value_was_changed_and_names_the_constraint(
    synth: Synth, document: Document, generated: Any, tmp_path: Path
) -> None:
    target = f"sqlite:{tmp_path / 'shop.sqlite'}"
    document("load", "shop", "--into", target)
    assert document("verify", "shop", "--in", target)["ok"]
    with sqlite3.connect(tmp_path / "shop.sqlite") as database:
        database.execute("UPDATE orders SET customer_id = 999999 WHERE order_id = 5")
    database.close()
    report = document("verify", "shop", "--in", target, code=1)
    assert [check["kind"] for check in report["checks"] if check["violations"]] == ["foreign_key"]
    code, out, _ = synth("verify", "shop", "--in", target)
    assert code == 1
    assert out.startswith("violated: foreign_key of orders")


def test_a_trace_shows_the_stored_beside_the_recomputed_value(document: Document, generated: Any) -> None:
    trace = document("trace", "shop", "orders", "17")
    assert (trace["run"], trace["row"]) == ("shop@1", 16)
    assert all(column["value"] == column["stored"] for column in trace["columns"].values())
    assert document("trace", "shop", "orders", "--row", "16")["columns"] == trace["columns"]


def test_lineage_is_saved_in_the_form_its_file_tells(document: Document, generated: Any, tmp_path: Path) -> None:
    target = tmp_path / "shop.svg"
    assert document("lineage", "shop", "-o", str(target))["bytes"] == target.stat().st_size
    assert target.read_text().startswith("<svg")


def test_an_image_brings_the_same_content_to_another_home(
    document: Document, generated: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    exported = document("export", "shop", "-o", str(tmp_path / "shop.tar"))
    assert exported["content_digest"] == generated["content_digest"]
    monkeypatch.setenv("SYNTH_HOME", str(tmp_path / "another"))
    imported = document("import", str(tmp_path / "shop.tar"), "--as", "shop2")
    assert (imported["run"], imported["content_digest"]) == ("shop2@1", generated["content_digest"])


def test_removing_needs_a_yes_and_the_history_stays(document: Document, generated: Any) -> None:
    plan = document("reset", "shop", code=1)
    assert (plan["done"], [run["run"] for run in plan["runs"]]) == (False, ["shop@1"])
    assert document("runs", "shop")["runs"][0]["status"] == "complete"
    document("reset", "shop", "--yes")
    assert document("runs", "shop")["runs"][0]["status"] == "reset"
    assert document("sql", "shop", "SELECT count(*) FROM orders")["rows"] == [[0]]
    assert document("restore", "shop@1")["content_digest"] == generated["content_digest"]


def test_deleting_needs_a_yes(document: Document, generated: Any) -> None:
    assert document("delete", "shop", code=1)["done"] is False
    assert document("delete", "shop", "--yes")["done"] is True
    assert document("list") == {"experiments": []}


@pytest.mark.parametrize(("more", "left"), [((), ["customers", "mine", "orders"]), (("--loaded",), ["mine"])])
def test_deleting_leaves_what_was_loaded_unless_that_is_asked_for(
    more: tuple[str, ...], left: list[str], document: Document, generated: Any, tmp_path: Path
) -> None:
    with sqlite3.connect(tmp_path / "shop.sqlite") as file:
        file.execute("CREATE TABLE mine (a INTEGER)")
    document("load", "shop", "--into", f"sqlite:{tmp_path / 'shop.sqlite'}")
    document("delete", "shop", "--yes", *more)
    with sqlite3.connect(tmp_path / "shop.sqlite") as file:
        names = [name for (name,) in file.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")]
    assert [name for name in names if not name.startswith(("synth_", "_synth", "sqlite_"))] == left


@pytest.mark.parametrize(
    ("words", "code", "kind"),
    [
        (["generat"], 2, "CommandError"),
        (["generate", "shop", "--row", "a=1"], 2, "CommandError"),
        (["define", "shop", "no-such-file.yaml"], 2, "CommandError"),
        (["define", "shop"], 2, "CommandError"),
        (["panel", "shop"], 2, "CommandError"),
        (["show", "nope"], 1, "NotFoundError"),
        (["inspect", "nope.tar"], 1, "ImageError"),
    ],
)
def test_an_error_is_one_document_with_its_type(document: Document, words: list[str], code: int, kind: str) -> None:
    error = document(*words, code=code)["error"]
    assert error["type"] == kind
    assert set(error) == {"type", "message", "hint", "problems"}


def test_every_problem_of_a_document_is_named_and_nothing_is_stored(document: Document, tmp_path: Path) -> None:
    path = tmp_path / "bad.yaml"
    path.write_text(
        "experiment: bad\ntables:\n  a:\n    rows: 1\n    columnz: {}\n  b:\n    rows: x\n    columns: {c: int}\n"
        '  d: {columns: {x: {type: int}, x: {type: int}}}\n  "a\\tb": {columns: {y: {type: int}}}\n'
    )
    error = document("define", "bad", str(path), code=1)["error"]
    assert error["type"] == "SchemaError"
    places = {problem["place"] for problem in error["problems"]}
    assert places >= {"tables.a.columnz", "tables.b.rows", "tables.d.columns.x"}
    assert any(place.startswith("tables.a\\tb") for place in places), places
    assert document("list") == {"experiments": []}


def test_help_and_version_need_no_workspace(synth: Synth, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SYNTH_HOME", str(tmp_path / "never"))
    assert synth("help")[0] == synth("--version")[0] == synth("generate", "--help")[0] == 0
    assert not (tmp_path / "never").exists()


def test_ctrl_c_keeps_what_is_done_and_resume_finishes_it(process: Process, document: Document, generated: Any) -> None:
    words = ("--rows", "customers=3_000_000")
    started = process("generate", "shop", *words, "--workers", "1", SYNTH_PROGRESS="plain")
    assert started.stderr is not None
    started.stderr.readline()  # the first line of progress: the run is recorded
    os.kill(started.pid, signal.SIGINT)
    _, err = started.communicate(timeout=30)
    assert started.returncode == 130, err
    assert "Traceback" not in err
    assert "synth resume shop@2" in err
    assert document("runs", "shop")["runs"][1]["status"] == "partial"


def test_the_command_line_starts_without_the_heavy_libraries(process: Process) -> None:
    started = process("help", PYTHONPROFILEIMPORTTIME="1")
    _, err = started.communicate()
    heavy = {"numpy", "pyarrow", "duckdb", "sqlalchemy", "pydantic", "IPython", "tqdm", "sqlglot"}
    assert not heavy & {line.rpartition("|")[2].strip() for line in err.splitlines()}


def test_a_table_can_take_its_rows_from_a_file(document: Document, tmp_path: Path) -> None:
    (tmp_path / "cities.csv").write_text("code\nBER\nOSL\n")
    (tmp_path / "x.yaml").write_text(
        "tables: {cities: {columns: {code: {type: varchar(3), primary_key: true}}},\n"
        "         shops: {rows: 20, columns: {id: {type: int, primary_key: true}, city: {references: cities.code}}}}\n"
    )
    document("define", "x", str(tmp_path / "x.yaml"), "--existing", f"cities={tmp_path / 'cities.csv'}")
    assert document("generate", "x")["rows"] == {"cities": 2, "shops": 20}


def test_a_function_of_another_database_is_met_with_the_dialect(synth: Synth, generated: Any) -> None:
    code, _, err = synth("sql", "shop", "SELECT soundex(name) AS s FROM customers")
    assert code == 1
    assert "--dialect postgres" in err


def test_a_run_is_not_generated_again(synth: Synth, generated: Any) -> None:
    code, _, err = synth("generate", "shop@1")
    assert code == 1
    assert "is a run already" in err


def test_a_document_without_a_name_before_it_is_told_so(synth: Synth, tmp_path: Path) -> None:
    code, _, said = synth("define", "school.yaml")
    assert code == 2
    assert "the name comes first, then the document: write define NAME school.yaml" in said
