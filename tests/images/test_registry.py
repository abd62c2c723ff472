"""Images go to a registry and come back: the real one, with and without TLS and a login, and one that lies."""

import base64
import http.server
import json
import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import registries
from registries import CANARY, Memory, false_registry

from synth_jupyter.errors import ConflictError, ImageError, NotFoundError, SynthError
from synth_jupyter.images.credentials import login_for
from synth_jupyter.images.references import parse_reference
from synth_jupyter.workspace import Experiment, Workspace

SHOP = """
experiment: shop
seed: 7
tables:
  cities:
    rows: 50
    columns: {city_id: {type: int, primary_key: true}, name: {type: varchar(40), faker: city}}
  orders:
    rows: 5_000
    columns: {order_id: {type: bigint, primary_key: true}, city_id: {references: cities.city_id}}
"""


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Experiment:
    """Two runs; the second has more orders."""
    workspace = Workspace.open(tmp_path_factory.mktemp("shop") / "home")
    workspace.define(SHOP)
    for orders in (5_000, 6_000):
        workspace.experiment("shop").generate(rows={"orders": orders}, workers=1)
    return workspace.experiment("shop@1")


@pytest.fixture
def elsewhere(tmp_path: Path) -> Workspace:
    return Workspace.open(tmp_path / "elsewhere")


@pytest.fixture(autouse=True)
def docker_config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[dict[str, Any]], None]:
    """Docker's config file of this test alone; it is written by a call."""
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path / "docker"))

    def write(config: dict[str, Any]) -> None:
        (tmp_path / "docker").mkdir(exist_ok=True)
        (tmp_path / "docker" / "config.json").write_text(json.dumps(config))

    return write


def logged_in(address: str, password: str = CANARY) -> dict[str, Any]:
    return {"auths": {address: {"auth": base64.b64encode(f"alice:{password}".encode()).decode()}}}


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A registry without TLS and without logins."""
    with registries.registry(program(), tmp_path_factory.mktemp("plain")) as address:
        yield address


def program() -> str:
    import shutil

    found = shutil.which("docker-registry")
    if found is None:
        pytest.skip("needs docker-registry (Debian: docker-registry)")
    return found


pytestmark = pytest.mark.containers


def test_what_is_pushed_is_pulled_with_the_same_content(shop: Experiment, plain: str, elsewhere: Workspace) -> None:
    report = shop.push(f"{plain}/team/shop:v1")
    assert report.sent == report.bytes - manifest_bytes(plain, "team/shop", "v1")
    assert not any(layer.reused for layer in report.layers)
    pulled = elsewhere.pull(f"{plain}/team/shop:v1", "shop2")
    assert pulled.content_digest == report.content_digest == shop.run().content_digest
    assert elsewhere.experiment("shop2").sql("SELECT count(*) FROM orders").rows() == [[5_000]]
    assert elsewhere.experiment("shop2").verify().ok
    by_digest = elsewhere.pull(f"{plain}/team/shop@{report.digest}", "shop3")
    assert by_digest.content_digest == report.content_digest
    assert list(elsewhere.folders.incoming.iterdir()) == []


def manifest_bytes(address: str, repository: str, tag: str) -> int:
    from synth_jupyter.images.registry import Registry

    found = Registry(parse_reference(f"{address}/{repository}:{tag}")).manifest(tag)
    assert found is not None
    return len(found[0])


def test_an_unchanged_version_sends_no_blob_and_a_changed_one_only_its_layers(shop: Experiment, plain: str) -> None:
    shop.push(f"{plain}/again/shop:v1")
    again = shop.push(f"{plain}/again/shop:v1")
    assert (again.sent, all(layer.reused for layer in again.layers)) == (0, True)
    second = shop.workspace.experiment("shop@2").push(f"{plain}/again/shop:v2")
    new = {layer.role for layer in second.layers if not layer.reused}
    assert "data orders" in new
    assert "data cities" not in new


def test_layers_are_taken_over_from_another_repository_without_being_sent(shop: Experiment, plain: str) -> None:
    shop.push(f"{plain}/one/shop:v1")
    report = shop.push(f"{plain}/two/shop:v1")
    assert all(layer.reused for layer in report.layers)
    assert report.sent < 5_000  # its config


def test_a_tag_that_names_other_content_is_moved_only_by_force(shop: Experiment, plain: str) -> None:
    shop.push(f"{plain}/moving/shop:v1")
    second = shop.workspace.experiment("shop@2")
    with pytest.raises(ConflictError, match="names other content") as caught:
        second.push(f"{plain}/moving/shop:v1")
    assert "--force" in caught.value.hint
    assert second.push(f"{plain}/moving/shop:v1", force=True).content_digest == second.run().content_digest


def test_a_thin_image_is_made_again_where_it_is_pulled(shop: Experiment, plain: str, elsewhere: Workspace) -> None:
    report = shop.push(f"{plain}/thin/shop", thin=True)
    assert report.reference == f"{plain}/thin/shop:run1"
    assert report.bytes < 50_000
    assert elsewhere.pull(report.reference).content_digest == shop.run().content_digest


def test_other_tools_read_what_was_pushed(shop: Experiment, plain: str, tool: Callable[[str], str]) -> None:
    report = shop.push(f"{plain}/read/shop:v1")
    command = [tool("skopeo"), "inspect", "--tls-verify=false", f"docker://{plain}/read/shop:v1"]
    shown = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    assert shown["Digest"] == report.digest
    assert shown["Labels"]["org.synth-jupyter.content.digest"] == report.content_digest


def test_docker_pulls_it_and_pushes_it_on(
    shop: Experiment, plain: str, elsewhere: Workspace, docker: dict[str, str]
) -> None:
    report = shop.push(f"{plain}/docker/shop:v1")
    for words in (
        ["pull", report.reference], ["tag", report.reference, f"{plain}/on/shop:v1"], ["push", f"{plain}/on/shop:v1"],
    ):  # fmt: skip
        subprocess.run(["docker", *words], env=docker, check=True, capture_output=True)
    assert elsewhere.pull(f"{plain}/on/shop:v1").content_digest == report.content_digest


def test_a_login_over_tls_lets_in_and_a_wrong_one_is_told_without_the_password(
    shop: Experiment, elsewhere: Workspace, tmp_path: Path, docker_config: Callable[[dict[str, Any]], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    key, shown = registries.certificate(tmp_path)
    (tmp_path / "htpasswd").write_text(registries.HTPASSWD)
    more = (
        f"  tls: {{certificate: {shown}, key: {key}}}\nauth: {{htpasswd: {{realm: here, path: {tmp_path}/htpasswd}}}}\n"
    )
    with registries.registry(program(), tmp_path / "registry", more=more) as address:
        with pytest.raises(ImageError, match="no certificate that this machine trusts"):
            shop.push(f"{address}/team/shop:v1")
        monkeypatch.setenv("SSL_CERT_FILE", str(shown))
        for config in ({}, logged_in(address, "wrong-" + CANARY)):
            docker_config(config)
            with pytest.raises(ImageError, match="lets nobody") as caught:
                shop.push(f"{address}/team/shop:v1")
            assert CANARY not in "".join(caught.value.lines())
        docker_config(logged_in(address))
        report = shop.push(f"{address}/team/shop:v1")
        assert elsewhere.pull(f"{address}/team/shop:v1").content_digest == report.content_digest


class Tokens(http.server.BaseHTTPRequestHandler):
    """Gives a token to alice alone."""

    asked: list[str]

    def log_message(self, *words: Any) -> None:
        """Nothing is told."""

    def do_GET(self) -> None:
        self.asked.append(self.path)
        alice = base64.b64encode(f"alice:{CANARY}".encode()).decode()
        known = self.headers.get("Authorization") == f"Basic {alice}"
        data = json.dumps({"token": "a.b.c"} if known else {}).encode()
        self.send_response(200 if known else 401)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


def test_a_token_is_fetched_where_the_registry_says(
    shop: Experiment, elsewhere: Workspace, tmp_path: Path, docker_config: Callable[[dict[str, Any]], None]
) -> None:
    asked: list[str] = []
    with registries.serving(type("Handler", (Tokens,), {"asked": asked})) as (realm, _):
        more = f"auth: {{silly: {{realm: 'http://{realm}/token', service: here}}}}\n"
        with registries.registry(program(), tmp_path / "registry", more=more) as address:
            with pytest.raises(ImageError, match="lets nobody"):
                shop.push(f"{address}/team/shop:v1")
            docker_config(logged_in(address))
            report = shop.push(f"{address}/team/shop:v1")
            assert elsewhere.pull(f"{address}/team/shop:v1").content_digest == report.content_digest
    assert any("service=here" in path for path in asked)


def test_a_blob_that_was_changed_on_the_registrys_disk_is_refused(
    shop: Experiment, elsewhere: Workspace, tmp_path: Path
) -> None:
    with registries.registry(program(), tmp_path / "registry") as address:
        shop.push(f"{address}/team/shop:v1")
        blob = max((tmp_path / "registry" / "data").rglob("data"), key=lambda path: path.stat().st_size)
        data = bytearray(blob.read_bytes())
        data[len(data) // 2] ^= 1
        blob.write_bytes(data)
        with pytest.raises(ImageError, match="serves other bytes than sha256:"):
            elsewhere.pull(f"{address}/team/shop:v1")
    assert elsewhere.list() == []
    assert list(elsewhere.folders.incoming.iterdir()) == []


# A registry that breaks off, or lies.


@pytest.fixture
def false() -> Iterator[tuple[str, Memory]]:
    with false_registry() as found:
        yield found


def test_an_upload_and_a_download_go_on_where_they_broke_off(
    shop: Experiment, elsewhere: Workspace, false: tuple[str, Memory]
) -> None:
    address, memory = false
    memory.drops = 2
    report = shop.push(f"{address}/r:v1")
    assert memory.drops == 0
    memory.drops = 2
    assert elsewhere.pull(f"{address}/r:v1").content_digest == report.content_digest
    assert any("Range" in headers for _, _, headers in memory.said)


def test_a_registry_that_lies_is_found_out(shop: Experiment, elsewhere: Workspace, false: tuple[str, Memory]) -> None:
    address, memory = false
    report = shop.push(f"{address}/r:v1")
    for digest in [report.digest, *(layer.digest for layer in report.layers)]:
        honest = memory.manifests.get("v1") if digest == report.digest else memory.blobs[digest]
        assert honest is not None
        memory.manifests[report.digest] = memory.manifests["v1"]
        memory.lies = {digest: honest[:-3] + b"!!!"}
        with pytest.raises(ImageError, match=r"serves (other bytes|another manifest)"):
            elsewhere.pull(f"{address}/r@{report.digest}")
    memory.lies = {}
    for text in (b"[]", b"{}", b"[" * 100_000, b'{"config": {"size": -1, "digest": "sha256:../x"}, "layers": []}'):
        memory.manifests["v1"] = text
        with pytest.raises(SynthError):
            elsewhere.pull(f"{address}/r:v1")
    assert elsewhere.list() == []
    assert list(elsewhere.folders.incoming.iterdir()) == []


def test_a_redirection_is_followed_without_the_login(
    shop: Experiment, elsewhere: Workspace, false: tuple[str, Memory],
    docker_config: Callable[[dict[str, Any]], None],
) -> None:  # fmt: skip
    address, memory = false
    docker_config(logged_in(address))
    memory.challenge = 'Basic realm="here"'
    report = shop.push(f"{address}/r:v1")
    with false_registry() as (other, mirror):
        layer = report.layers[0].digest
        mirror.blobs = {"blob": memory.blobs[layer]}
        memory.redirect = f"http://{other}/v2/r/blobs/blob"
        with pytest.raises(ImageError, match="serves"):
            elsewhere.pull(f"{address}/r:v1")
        assert mirror.said
        assert not any("Authorization" in headers for _, _, headers in mirror.said)
    memory.redirect = "file:///etc/passwd"
    with pytest.raises(ImageError, match="not followed"):
        elsewhere.pull(f"{address}/r:v1")


@pytest.mark.parametrize(
    ("url", "home"),
    [
        ("http://registry.example/x", "registry.example"), ("https://127.0.0.1/x", "registry.example"),
        ("http://localhost/x", "registry.example"), ("ftp://registry.example/x", "registry.example"),
        ("file:///etc/passwd", "127.0.0.1"), ("http://other.example/x", "127.0.0.1"), ("", "127.0.0.1"),
    ],
)  # fmt: skip
def test_nothing_leads_to_this_machine_or_away_from_tls(url: str, home: str) -> None:
    from synth_jupyter.images.transport import check_url

    with pytest.raises(ImageError, match="not followed"):
        check_url(url, home=home)


def test_a_missing_image_and_a_registry_that_is_not_there_are_named(
    elsewhere: Workspace, false: tuple[str, Memory]
) -> None:
    with pytest.raises(NotFoundError, match="there is no image"):
        elsewhere.pull(f"{false[0]}/r:v1")
    with pytest.raises(ImageError, match="cannot be reached"):
        elsewhere.pull(f"127.0.0.1:{registries.free_port()}/r:v1")


@pytest.mark.parametrize(
    "text",
    ["", "shop", "shop:v1", "registry.example/Shop", "registry.example/shop:", "registry.example/../x:v1",
     "registry.example/shop:v1 x", "registry.example/shop@sha256:12", "http://registry.example/shop", "a/b:$(touch x)",
     "registry.example//shop", "registry.example/shop:v1\n"],
)  # fmt: skip
def test_what_is_no_reference_is_refused(text: str) -> None:
    with pytest.raises(ImageError, match="names no image in a registry"):
        parse_reference(text)


def test_references_are_read_as_engines_read_them() -> None:
    found = parse_reference("localhost:5000/a/b-c/d__e:v1.0_x")
    assert (found.host, found.repository, found.tag, found.is_local) == ("localhost:5000", "a/b-c/d__e", "v1.0_x", True)
    digest = f"sha256:{'a' * 64}"
    assert parse_reference(f"registry.example/shop:v1@{digest}").version == digest
    assert str(parse_reference("docker://registry.example/shop").tagged("latest")) == "registry.example/shop:latest"
    assert not parse_reference("registry.example/shop").is_local


def test_logins_come_from_dockers_config_and_its_helpers(
    tmp_path: Path, docker_config: Callable[[dict[str, Any]], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    helper = tmp_path / "docker-credential-tried"
    helper.write_text(
        '#!/bin/sh\nread host\n[ "$host" = helped.example ] || exit 1\necho \'{"Username":"bob","Secret":"s"}\'\n'
    )
    helper.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    docker_config({"credsStore": "tried", **logged_in("kept.example")})
    bob, alice = login_for("helped.example"), login_for("kept.example")
    assert bob is not None
    assert alice is not None
    assert (bob.user, bob.password, alice.user, alice.password) == ("bob", "s", "alice", CANARY)
    assert login_for("nobody.example") is None
    assert CANARY not in repr(alice)
    docker_config({"credHelpers": {"x.example": "../../bin/sh"}})
    with pytest.raises(ImageError, match="unfit name"):
        login_for("x.example")
    docker_config({"credHelpers": {"x.example": "missing"}})
    with pytest.raises(ImageError, match="cannot be run"):
        login_for("x.example")
    docker_config({"auths": {"x.example": {"auth": "%%%"}}})
    with pytest.raises(ImageError, match="not readable"):
        login_for("x.example")
