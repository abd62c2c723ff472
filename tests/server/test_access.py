"""Who may ask: nobody without a token, on no route and by no method; no change without XSRF; the authorizer decides."""

import json
from collections.abc import Iterator
from typing import Any

import planted
import pytest
from jupyter_server.auth import Authorizer
from serving import Server, start_server, stop_server
from tornado.routing import URLSpec

from synth_jupyter.jupyter.server.extension import routes
from synth_jupyter.jupyter.server.handler import SynthHandler
from synth_jupyter.jupyter.server.service import SynthServer

pytestmark = pytest.mark.xdist_group("server")

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


class ReadersOnly(Authorizer):
    """Lets everybody read what is called synth, and nothing else."""

    def is_authorized(self, handler: Any, user: Any, action: str, resource: str) -> bool:
        return (action, resource) == ("read", "synth") or resource != "synth"


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server whose authorizer lets everybody only read, with a route that somebody planted without any check."""
    folder = tmp_path_factory.mktemp("strict")
    started = start_server(folder, "--ServerApp.authorizer_class=test_access.ReadersOnly", extensions=("planted",))
    try:
        yield started
    finally:
        stop_server(started)


def unprotected(server: Any, specs: list[URLSpec], headers: dict[str, str]) -> list[str]:
    """Each route and method that answers otherwise than 403."""
    found = []
    for spec in specs:
        path = spec.regex.pattern.rstrip("$").replace("([^/]+)", "0" * 32).replace("(.*)", "anything").replace("\\", "")
        for method in METHODS:
            reply = server.send(method, path, b"{}" if method in ("POST", "PUT", "PATCH") else None, headers)
            if reply.status != 403:
                found.append(f"{method} {path}: {reply.status}")
    return found


@pytest.mark.parametrize("headers", [{}, {"Authorization": "token wrong"}, {"Cookie": "username=root"}])
def test_every_route_refuses_whoever_has_no_token(server: Any, headers: dict[str, str]) -> None:
    assert unprotected(server, routes("/", SynthServer()), headers) == []


def test_a_handler_without_the_check_is_found(strict: Server) -> None:
    specs = planted.routes("/", SynthServer())
    found = unprotected(strict, specs, {})
    assert "GET /synth/api/planted: 200" in found
    assert all("/planted: " in each for each in found)


def test_every_handler_has_the_base_and_every_method_of_its_own_the_check() -> None:
    for spec in routes("/", SynthServer()):
        handler = spec.handler_class
        assert issubclass(handler, SynthHandler)
        own = [vars(each)[name.lower()] for each in handler.__mro__ if each.__module__.startswith("synth_jupyter")
               for name in METHODS if name.lower() in vars(each)]  # fmt: skip
        assert own, handler
        assert all(hasattr(method, "__wrapped__") for method in own), handler


def test_a_change_with_a_cookie_needs_the_xsrf_header(server: Any) -> None:
    first = server.send("GET", "/login?token=a-token-of-the-tests")
    cookie = "; ".join(part.partition(";")[0] for part in first.headers["set-cookie"].split(", ") if "=" in part)
    session = {"Cookie": cookie, "Content-Type": "application/json"}
    body = json.dumps({"name": "shop", "tag": "v1"}).encode()
    assert server.send("POST", "/synth/api/tag", body, session).status == 403
    assert server.send("DELETE", "/synth/api/delete?name=shop&yes=true", None, session).status == 403
    assert server.get("runs", name="shop")["runs"]


@pytest.mark.parametrize(
    "path", ["delete?name=shop&yes=true", "reset?name=shop&yes=true", "generate?name=shop", "define"]
)
def test_no_get_changes_anything(server: Any, path: str) -> None:
    before = server.get("list")
    reply = server.send("GET", f"/synth/api/{path}", None, {"Authorization": "token a-token-of-the-tests"})
    assert reply.status == 405
    assert server.get("list") == before


def test_a_foreign_host_is_refused(server: Any) -> None:
    headers = {"Authorization": "token a-token-of-the-tests", "Host": "evil.example"}
    assert server.send("GET", "/synth/api/list", None, headers).status == 403


def test_the_authorizer_is_asked_by_resource_and_action(strict: Server) -> None:
    server = strict
    assert server.get("list") == {"experiments": []}
    for method, path in (("POST", "define"), ("POST", "sql"), ("DELETE", "delete"), ("POST", "generate")):
        assert server.call(method, path, {} if method == "POST" else None).status == 403


def test_answers_are_neither_sniffed_nor_framed_nor_kept(server: Any) -> None:
    reply = server.call("GET", "list")
    assert reply.headers["x-content-type-options"] == "nosniff"
    assert "default-src 'none'" in reply.headers["content-security-policy"]
    assert "frame-ancestors" in reply.headers["content-security-policy"]
    assert reply.headers["content-type"].startswith("application/json")
    assert reply.headers["cache-control"] == "no-store"
