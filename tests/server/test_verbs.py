"""The main job over HTTP: define, generate, ask, load, verify, ship, remove; every answer agrees with the description."""

import hashlib
import json
from typing import Any

import pytest
from serving import CANARY, LASTING, SHOP

pytestmark = pytest.mark.xdist_group("server")


def test_a_generation_is_a_job_with_events(server: Any) -> None:
    server.post("define", name="events", document=SHOP)
    job = server.post("generate", name="events", rows={"customers": 5_000})
    assert (job["status"], job["run"], job["document"]["rows"]["customers"]) == ("done", "events@1", 5_000)
    events = server.get(f"jobs/{job['job']}/events")["events"]
    assert [each["id"] for each in events] == list(range(1, len(events) + 1))
    assert events[-1]["finished"]
    assert server.get(f"jobs/{job['job']}/events", since=len(events))["events"] == []
    assert job["job"] in {each["job"] for each in server.get("jobs")["jobs"]}


def test_a_cancelled_job_keeps_its_run_partial_and_resume_makes_what_another_made_at_once(
    killed: Any, server: Any
) -> None:
    server.post("define", name="long", document=LASTING)
    job = server.call("POST", "generate", {"name": "long", "workers": 1}).document
    assert server.get(f"jobs/{job['job']}/events", wait=20)["events"]
    assert server.call("POST", f"jobs/{job['job']}/cancel", {}).status == 202
    ended = server.ended(job)
    assert (ended["status"], ended["error"]["type"]) == ("failed", "Interrupted")
    assert server.get("runs", name="long")["runs"][0]["status"] == "partial"
    resumed = server.post("resume", name="long@1")["document"]
    assert (resumed["run"], resumed["status"]) == ("long@1", "complete")
    at_once = server.ended(server.get(f"jobs/{killed.job}"))["document"]
    assert resumed["content_digest"] == at_once["content_digest"]


def test_a_job_outlives_the_server_and_is_found_again(killed: Any, server: Any) -> None:
    ended = server.ended(server.get(f"jobs/{killed.job}"))
    assert (ended["status"], ended["document"]["status"]) == ("done", "complete")


def test_a_thin_image_goes_out_and_comes_in_and_its_history_outlives_a_reset(server: Any) -> None:
    job = server.post("export", name="shop@1", thin=True)
    file = server.call("GET", f"jobs/{job['job']}/file")
    assert file.headers["content-disposition"].startswith("attachment;")
    assert file.headers["content-type"] == "application/octet-stream"
    assert len(file.body) == job["document"]["bytes"]
    sent = server.call("POST", "uploads", file.body).document
    assert sent["sha256"] == hashlib.sha256(file.body).hexdigest()
    assert server.get("inspect", source=f"upload:{sent['upload']}")
    back = server.post("import", source=f"upload:{sent['upload']}", **{"as": "back"})["document"]
    assert back["content_digest"] == job["document"]["content_digest"]
    assert server.call("DELETE", "reset", name="back", yes="true").document["done"]
    kinds = [event["event"] for event in server.get("lineage", name="back", history="true")["events"]]
    assert kinds[-1] == "reset"
    assert "imported" in kinds
    restored = server.post("restore", name="back@1")["document"]
    assert restored["content_digest"] == back["content_digest"]


def test_a_generator_of_an_installed_package_is_found_by_the_server_and_by_its_jobs(server: Any) -> None:
    columns = "{id: {type: int, primary_key: true}, side: {type: int, generator: coin}}"
    server.post("define", name="throws", document=f"tables: {{t: {{rows: 50, columns: {columns}}}}}")
    preview = server.get("preview", name="throws", table="t", limit=50)
    assert {side for _, side in preview["rows"]} == {0, 1}
    assert server.post("generate", name="throws")["document"]["rows"] == {"t": 50}


def test_pictures_and_texts_are_attachments(server: Any) -> None:
    for verb, form, start in (
        ("lineage", "svg", b"<?xml"), ("lineage", "dot", b"digraph"), ("lineage", "png", b"\x89PNG"),
        ("lineage", "mermaid", b"flowchart"), ("show", "ddl", b"CREATE"),
    ):  # fmt: skip
        reply = server.call("GET", verb, name="shop", format=form)
        assert reply.status == 200
        assert reply.body.lstrip().startswith((start, b"<svg", b"--"))
        assert reply.headers["content-disposition"] == f"attachment; filename*=UTF-8''shop.{form}"
        assert reply.headers["x-content-type-options"] == "nosniff"
        assert "default-src 'none'" in reply.headers["content-security-policy"]


def test_a_table_is_made_of_a_run_drawn_and_traced_to_its_rows(server: Any) -> None:
    sql = "SELECT customer_id, count(*) AS n FROM orders GROUP BY customer_id"
    made = server.post("sql", name="shop@1", sql=sql, into="counted")
    made = made.get("document", made)
    assert made["columns"][0]["from"] == [{"table": "orders", "column": "customer_id", "how": "identity"}]
    graph = server.get("lineage", name="shop@1", level="column")
    ends = {(edge["source"], edge["target"]) for edge in graph["edges"]}
    assert ("orders.customer_id", "counted.customer_id") in ends
    traced = server.get("trace", name="shop@1", table="counted", row=0)
    (orders,) = traced["bases"]
    assert (orders["table"], orders["count"]) == ("orders", traced["columns"]["n"]["value"])


def test_a_load_and_an_export_of_rows_stay_below_the_folder(server: Any) -> None:
    job = server.post("load", name="shop@1", into="sqlite:loaded.sqlite")
    assert job["status"] == "done", job
    assert (server.root / "loaded.sqlite").is_file()
    assert server.get("verify", **{"name": "shop", "in": "sqlite:loaded.sqlite"})["ok"]
    reply = server.call("POST", "sql", {"name": "shop", "sql": "SELECT 1 AS a", "export": "download:a.csv"})
    assert reply.body.split() in ([b"a", b"1"], [b'"a"', b"1"])


def test_removing_without_a_yes_is_a_plan(server: Any) -> None:
    server.post("define", name="gone", document=SHOP)
    plan = server.call("DELETE", "delete", name="gone")
    assert (plan.status, plan.document["done"]) == (428, False)
    assert server.call("DELETE", "delete", name="gone", yes="true").document["done"]
    assert server.call("GET", "show", name="gone").status == 404


def test_values_of_a_statement_are_bound(server: Any) -> None:
    nasty = "'; DROP TABLE orders; --"
    found = server.post("sql", name="shop", sql="SELECT $x AS x", parameters={"x": nasty})
    assert found["rows"] == [[nasty]]


def test_errors_have_a_status_by_their_type(server: Any) -> None:
    cases: list[tuple[str, str, Any, int, str]] = [
        ("POST", "define", {"name": "shop", "document": SHOP}, 409, "ConflictError"),
        ("POST", "define", {"name": "x", "document": "tables: 1"}, 422, "SchemaError"),
        ("POST", "define", {"nam": "x"}, 400, "CommandError"),
        ("POST", "sql", {"name": "shop", "sql": "DROP TABLE orders"}, 422, "QueryError"),
        ("GET", "show?name=nobody", None, 404, "NotFoundError"),
        ("POST", "generate", {"name": "nobody"}, 404, "NotFoundError"),
        ("POST", "generate", {"name": "shop", "rows": {"customers": "many"}}, 400, "CommandError"),
    ]
    for method, path, values, status, kind in cases:
        reply = server.call(method, path, values)
        assert (reply.status, reply.document["error"]["type"]) == (status, kind), reply.body
        assert reply.document["error"]["request_id"] == reply.headers["x-request-id"]


def test_no_secret_comes_back_or_into_the_log(server: Any) -> None:
    jobs = [server.post("load", name="shop", into=target) for target in ("env:WAREHOUSE", "env:BROKEN")]
    assert [job["status"] for job in jobs] == ["failed", "failed"]
    url = f"postgresql://user:{CANARY}@127.0.0.1/db"
    replies = [
        server.call("POST", "load", {"name": "shop", "into": url}),
        server.call("GET", "verify", **{"name": "shop", "in": url}),
        server.call("GET", "show", name=url),
        server.call("GET", "inspect", source=url),
        server.call("GET", "nothing", password=CANARY),
        server.call("GET", "list", token=CANARY, password=CANARY),
    ]
    assert CANARY not in json.dumps(jobs) + "".join(reply.body.decode() for reply in replies)
    kept = [server.log, *(each for each in server.home.rglob("*") if each.is_file())]
    assert [str(each) for each in kept if CANARY.encode() in each.read_bytes()] == []


def test_a_preset_is_defined_by_its_name_and_a_wrong_one_is_not_found(server: Any) -> None:
    made = server.post("define", name="people", file="preset:hr")
    assert (made["experiment"], "employees" in made["tables"]) == ("people", True)
    refused = server.call("POST", "define", {"name": "people", "file": "preset:hrr", "replace": True})
    assert refused.status == 404
    assert "did you mean 'hr'" in json.dumps(refused.document, ensure_ascii=False)


def test_a_script_is_shown_as_it_is_understood_before_it_is_stored(server: Any) -> None:
    script = """CREATE TABLE a (x INT, y INT, z VARCHAR(9) UNIQUE, PRIMARY KEY (x, y), CHECK (z LIKE 'ab%'));
        CREATE TABLE b (x INT NOT NULL, y INT NOT NULL, FOREIGN KEY (x, y) REFERENCES a); CREATE VIEW v AS SELECT 1;"""
    shown = server.post("define", name="scripted", document=script, check=True)
    assert "scripted" not in {each["experiment"] for each in server.get("list")["experiments"]}
    assert (shown["tables"]["a"]["primary_key"], shown["tables"]["a"]["unique"]) == (["x", "y"], [["z"]])
    assert {line["outcome"] for line in shown["report"]} == {"kept", "compiled", "not carried"}
    assert all(column["reason"] for table in shown["tables"].values() for column in table["columns"].values())
    assert server.post("define", name="scripted", document=script)["tables"] == shown["tables"]
