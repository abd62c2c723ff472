"""No path leads out of the server's folder, and no target is an address: eighty paths, twenty addresses."""

import hashlib
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.xdist_group("server")

_UPS = (
    "..",
    "../",
    "../secret",
    "../../etc/passwd",
    "a/../../secret",
    "./../secret",
    "data/../../secret",
    "..//secret",
)
_ROOTS = ("/etc/passwd", "//etc/passwd", "/", "~", "~/secret", "~root/secret", "/proc/self/environ", "/dev/zero")
_HIDDEN = (".", "./", ".ssh/id_rsa", "a/.git/config", ".env", ".../secret", "data/.hidden", "./secret")
_CODED = ("..%2fsecret", "%2e%2e/secret", "..%252fsecret", "%2e%2e%2fsecret", "..%c0%afsecret", "..%5csecret",
          "..\u2215secret", "..\uff0fsecret", "\uff0e\uff0e/secret", "..\u2044secret")  # fmt: skip
_WINDOWS = ("..\\secret", "C:\\secret", "C:/secret", "\\\\host\\share", "data\\..\\..\\secret", "a\\b", "nul", "con")
_CONTROL = ("a\x00b", "\x00", "../secret\x00.yaml", "a\nb", "a\rb", "a\tb", "\u202egnp.exe", "a\x1b[2Jb", "\u200b/etc")
_SCHEMES = ("file:///etc/passwd", "http://127.0.0.1/x", "https://example.org/x", "ftp://host/x", "s3://bucket/x",
            "data:text/plain,x", "jar:file:///x", "gopher://host", "upload:", "upload:../../secret",
            "upload:" + "0" * 32, "upload:" + "A" * 32, "upload:/etc/passwd", "upload:%2e%2e")  # fmt: skip
_EMPTY = ("", " ", "a//b", "a/", "/a/", "-", "x" * 1_001, "a/" * 600 + "b", "x" * 300, "?", "*", "data/*")
_LINKS = ("out", "out/secret", "loop", "loop/x")
PATHS = (*_UPS, *_ROOTS, *_HIDDEN, *_CODED, *_WINDOWS, *_CONTROL, *_SCHEMES, *_EMPTY, *_LINKS)
PLAIN = {"nul", "con", "?", "*", " ", "%2e%2e%2fsecret"}
"""What is a good name of a new file here, whatever it is elsewhere."""
ADDRESSES = (
    "http://169.254.169.254/latest/meta-data", "https://example.org", "postgresql://user:hunter2@127.0.0.1/db",
    "postgres://127.0.0.1:5432/db", "mysql://root@127.0.0.1/db", "mssql://127.0.0.1", "oracle://127.0.0.1",
    "sqlite:///etc/passwd", "sqlite:////etc/passwd", "duckdb:///etc/passwd", "sqlite:/etc/passwd", "duckdb:../secret",
    "sqlite:file:/etc/passwd?mode=ro", "file:///etc/passwd", "ftp://127.0.0.1/x", "duckdb:md:database",
    "env:../../x", "env:", "snowflake://account", "gopher://127.0.0.1:6379/_INFO", "sqlite:.hidden", "ldap://127.0.0.1",
)  # fmt: skip


@pytest.fixture(scope="module")
def outside(server: Any) -> Path:
    """A file beside the server's folder, and links to it and to themselves inside."""
    secret = server.root.parent / "secret"
    secret.write_text("tables: {t: {rows: 1, columns: {canary: {type: int, primary_key: true}}}}")
    for name, to in (("out", server.root.parent), ("loop", server.root / "loop")):
        (server.root / name).symlink_to(to)
    return secret


def tree(folder: Path) -> str:
    """A digest of every file below, but for the workspace's and the server's own."""
    own = ("home", "jupyter", "log")
    files = sorted(each for each in folder.rglob("*") if each.relative_to(folder).parts[0] not in own)
    return hashlib.sha256(
        b"".join(str(each).encode() + (each.read_bytes() if each.is_file() else b"") for each in files)
    ).hexdigest()


def test_there_are_eighty_paths_and_twenty_addresses() -> None:
    assert len(set(PATHS)) >= 80
    assert len(set(ADDRESSES)) >= 20


@pytest.mark.parametrize("path", PATHS, ids=ascii)
def test_a_hostile_path_reads_and_writes_nothing(server: Any, outside: Path, path: str) -> None:
    before = tree(outside.parent)
    replies = [
        server.call("POST", "define", {"name": "x", "file": path}),
        server.call("POST", "import", {"source": path}),
        server.call("GET", "inspect", source=path),
    ]
    if path not in PLAIN:
        replies += [
            server.call("GET", "lineage", name="shop", format="dot", output=path),
            server.call("POST", "export", {"name": "shop", "output": path}),
        ]
    for reply in replies:
        assert reply.status in (400, 404, 409, 422), (reply.status, reply.body)
        assert b"canary" not in reply.body
    assert tree(outside.parent) == before


@pytest.mark.parametrize("name", PATHS, ids=ascii)
def test_a_hostile_name_is_no_path(server: Any, outside: Path, name: str) -> None:
    before = tree(outside.parent)
    assert (
        server.call("POST", "define", {"name": name, "document": outside.read_text()}).status in (400, 422)
        or name.isidentifier()
    )
    for verb, more in (("show", {}), ("preview", {"table": "orders"}), ("trace", {"table": "t", "row": 1})):
        assert server.call("GET", verb, name=name, **more).status in (400, 404) or name.isidentifier()
    assert server.call("DELETE", "delete", name=name, yes="true").status in (400, 404) or name.isidentifier()
    assert server.call("POST", "tag", {"name": "shop", "tag": name}).status in (200, 400)
    assert tree(outside.parent) == before


@pytest.mark.parametrize("target", ADDRESSES, ids=ascii)
def test_an_address_is_no_target(server: Any, outside: Path, target: str) -> None:
    before = tree(outside.parent)
    for reply in (
        server.call("POST", "load", {"name": "shop", "into": target}),
        server.call("GET", "verify", **{"name": "shop", "in": target}),
    ):
        assert reply.status in (400, 404), reply.body
        assert b"hunter2" not in reply.body
    assert b"hunter2" not in server.log.read_bytes()
    assert tree(outside.parent) == before
