"""What is exported comes back, from our own tar and from what other tools make of it."""

import gzip
import json
import subprocess
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pyarrow as pa
import pytest
from forge import Forgery
from runs_by_hand import run_of

from synth_jupyter.errors import ConflictError, ImageError
from synth_jupyter.images.export import export
from synth_jupyter.images.load import inspect, load
from synth_jupyter.images.metadata import Limits
from synth_jupyter.plan.model import RunFiles
from synth_jupyter.schema import document as documents
from synth_jupyter.workspace import Workspace

Check = Callable[[Path], None]


@pytest.fixture
def check(run: RunFiles, document: str, tmp_path: Path) -> Check:
    """Assert that an image holds exactly the run."""

    def compare(image: Path) -> None:
        into = tmp_path / "in" / image.name
        imported = load(image, into)
        assert (imported.experiment, imported.seed, imported.content_digest) == ("shop", 42, run.content_digest)
        assert imported.rows == {"cities": 3, "orders": 70_000}
        assert (imported.document, imported.schema, imported.files) == (document, run.schema, run.files)
        for file in run.files:
            assert (into / file.path).read_bytes() == (run.root / file.path).read_bytes()
        found = {str(path.relative_to(into)) for path in into.rglob("*") if path.is_file()}
        assert found == {file.path for file in run.files}

    return compare


@pytest.fixture
def folder(image: Path, tmp_path: Path) -> Path:
    """The image as an OCI layout folder."""
    with tarfile.open(image) as archive:
        archive.extractall(tmp_path / "layout", filter="data")
    return tmp_path / "layout"


def test_an_exported_image_comes_back_with_the_same_files_and_digest(image: Path, check: Check) -> None:
    check(image)


def test_an_unpacked_layout_comes_back(folder: Path, check: Check) -> None:
    check(folder)


def test_a_layout_packed_again_by_tar_comes_back(folder: Path, tmp_path: Path, check: Check) -> None:
    subprocess.run(["tar", "-cf", tmp_path / "again.tar", "-C", folder, "."], check=True)
    check(tmp_path / "again.tar")


def test_layers_may_be_gzip(image: Path, tmp_path: Path, check: Check) -> None:
    forgery = Forgery.of(image)
    forgery.layer_type = "application/vnd.oci.image.layer.v1.tar+gzip"
    forgery.stored = {number: gzip.compress(layer) for number, layer in enumerate(forgery.layers)}
    check(forgery.write(tmp_path / "gzip.tar"))


def test_an_archive_as_docker_20_saves_it_comes_back(image: Path, tmp_path: Path, check: Check) -> None:
    check(_legacy(image, tmp_path / "docker.tar", "{id}/layer.tar"))


def test_an_archive_as_podman_saves_it_comes_back_its_links_ignored(image: Path, tmp_path: Path, check: Check) -> None:
    check(_legacy(image, tmp_path / "podman.tar", "{digest}.tar"))


def _legacy(image: Path, target: Path, form: str) -> Path:
    """A docker archive with a folder a layer, without index.json."""
    forgery = Forgery.of(image)

    def rename(members: list[tuple[tarfile.TarInfo, bytes]]) -> None:
        docker = json.loads(members[2][1])
        named = {info.name: data for info, data in members}
        config = docker[0]["Config"].rpartition("/")[2] + ".json"
        found = [(config, named[docker[0]["Config"]])]
        links = []
        for number, name in enumerate(docker[0]["Layers"]):
            plain = form.format(id=f"{number:064x}", digest=name.rpartition("/")[2])
            found += [(plain, named[name]), (f"{number:064x}/VERSION", b"1.0"), (f"{number:064x}/json", b"{}")]
            docker[0]["Layers"][number] = plain
            if "{digest}" in form:
                links.append((f"{number:064x}/layer.tar", f"../{plain}"))
        docker[0]["Config"] = config
        found += [("manifest.json", json.dumps(docker).encode()), ("repositories", b"{}")]
        members[:] = [_file(name, data) for name, data in found] + [_link(*link) for link in links]

    forgery.on_members = rename
    return forgery.write(target)


def _file(name: str, data: bytes) -> tuple[tarfile.TarInfo, bytes]:
    info = tarfile.TarInfo(name)
    info.size, info.mtime = len(data), 1.5  # a fraction of a second stands in an extended header
    return info, data


def _link(name: str, target: str) -> tuple[tarfile.TarInfo, bytes]:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = tarfile.SYMTYPE, target
    return info, b""


def test_inspect_tells_what_is_inside_without_reading_the_data(image: Path, run: RunFiles, tmp_path: Path) -> None:
    forgery = Forgery.of(image)
    first = forgery.layers[0]
    damaged = tmp_path / "damaged.tar"
    damaged.write_bytes(image.read_bytes().replace(first, first[:2100] + b"!" + first[2101:]))
    for source in (image, damaged):
        info = inspect(source).to_dict()
        assert (info["experiment"], info["seed"], info["thin"]) == ("shop", 42, False)
        assert info["content_digest"] == run.content_digest
        assert info["tables"]["orders"]["rows"] == 70_000
        assert info["tables"]["cities"]["bytes"] == run.files[0].bytes
        assert info["tags"] == ["synth/shop:1"]
        assert info["labels"]["org.synth-jupyter.experiment"] == "shop"
    with pytest.raises(ImageError, match="changed"):
        load(damaged, tmp_path / "in")


def test_a_thin_image_has_no_rows_but_all_that_regenerates_them(run: RunFiles, document: str, tmp_path: Path) -> None:
    pools = {"a" * 64: b"words", "b" * 64: b"names"}
    report = export(run, document, tmp_path / "thin.tar", tag="1", thin=True, pools=pools)
    assert report.bytes < 40_000
    imported = load(tmp_path / "thin.tar", tmp_path / "in")
    assert (imported.thin, imported.seed, imported.pools) == (True, 42, pools)
    assert (imported.files, imported.content_digest) == ((), run.content_digest)
    assert (imported.rows, imported.cuts) == ({"cities": 3, "orders": 70_000}, {"cities": 65_536, "orders": 65_536})
    assert not list((tmp_path / "in").iterdir())


def test_further_files_travel_and_are_verified_but_not_kept(run: RunFiles, document: str, tmp_path: Path) -> None:
    extra = {"warehouse/sqlite/schema.sql": b"create table x (y int);", "README.md": b"mine"}
    export(run, document, tmp_path / "a.tar", tag="1", extra=extra)
    with tarfile.open(tmp_path / "a.tar") as archive:
        held = b"".join(archive.extractfile(info).read() for info in archive if info.isfile())  # type: ignore[union-attr]
    assert all(data in held for data in extra.values())
    load(tmp_path / "a.tar", tmp_path / "in")
    assert {path.suffix for path in (tmp_path / "in").rglob("*") if path.is_file()} == {".parquet"}


def test_a_run_of_every_type_comes_back(tmp_path: Path) -> None:
    kinds = {
        "smallint": [1, None], "int": [1, -1], "real": [1.5, float("nan")], "double": [-0.0, None],
        "boolean": [True, None], "text": ["a\0b", None], "time": [5, None], "timestamp": [5, None],
        "timestamptz": [5, None], "interval": [5, None], "uuid": ["x", None], "json": ["{}", None],
        "binary": [b"\xff", None], "decimal(38,9)": [None, None],
    }  # fmt: skip
    tables = {
        "Ünï co.de": {"rows": 2, "columns": {kind: {"type": kind, "nulls": 0.5} for kind in kinds}},
        "con": {"rows": 0, "columns": {"id": {"type": "int"}}},
    }
    schema = documents.read(json.dumps({"experiment": "all", "tables": tables})).schema
    fields = schema.tables[0].arrow_schema
    values = [pa.array(column, field.type) for column, field in zip(kinds.values(), fields, strict=True)]
    data = pa.table(values, schema=fields)
    empty = schema.tables[1].arrow_schema.empty_table()
    run = run_of(tmp_path, schema, {"Ünï co.de": [data], "con": [empty]}, seed=-(2**63))
    export(run, documents.canonical(schema), tmp_path / "all.tar", tag="v1")
    imported = load(tmp_path / "all.tar", tmp_path / "in")
    assert (imported.files, imported.seed) == (run.files, -(2**63))


def test_rows_that_break_a_key_are_named_by_verify_after_the_import(tmp_path: Path) -> None:
    """Digests prove that the rows are those of the sender; whether they keep the constraints, SQL counts."""
    schema = documents.read("{experiment: bad, tables: {t: {columns: {id: {type: bigint, primary_key: true}}}}}").schema
    rows = pa.table({"id": pa.array([1, 1, 3], pa.int64())}, pa.schema([pa.field("id", pa.int64(), False)]))
    bad = run_of(tmp_path / "run", schema, {"t": [rows]})
    export(bad, documents.canonical(schema), tmp_path / "bad.tar", tag="1")
    workspace = Workspace.open(tmp_path / "home")
    workspace.import_image(tmp_path / "bad.tar", "bad")
    (broken,) = [check for check in workspace.experiment("bad").verify().checks if check.violations]
    assert (broken.table, broken.kind) == ("t", "primary_key")


def test_an_import_never_touches_what_is_there(image: Path, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "mine").write_text("mine")
    with pytest.raises(ConflictError, match="not an empty folder"):
        load(image, tmp_path / "in")
    assert (tmp_path / "in" / "mine").read_text() == "mine"


def test_a_file_that_is_not_there_is_named_once(tmp_path: Path) -> None:
    with pytest.raises(ImageError, match="cannot be read") as caught:
        load(tmp_path / "none.tar", tmp_path / "in")
    assert caught.value.message.count("none.tar") == 1


def test_an_image_above_the_limits_is_refused(image: Path, tmp_path: Path) -> None:
    for limits in (Limits(data=1000), Limits(members=3), Limits(metadata=1000)):
        with pytest.raises(ImageError):
            load(image, tmp_path / "in", limits=limits)
        assert not (tmp_path / "in").exists()


def _copies(tool: Callable[[str], str], image: Path, out: Path) -> Iterator[Path]:
    skopeo = tool("skopeo")
    for name, target, options in (
        ("oci.tar", "oci-archive:{}:1", []),
        ("docker.tar", "docker-archive:{}:synth/shop:1", []),
        ("gzip", "oci:{}:1", ["--dest-compress-format", "gzip"]),
        ("folder", "oci:{}:1", ["--preserve-digests"]),
    ):
        source = f"oci-archive:{image}"
        subprocess.run([skopeo, "copy", "-q", *options, source, target.format(out / name)], check=True)
        yield out / name


def test_copies_by_skopeo_come_back(image: Path, tmp_path: Path, check: Check, tool: Callable[[str], str]) -> None:
    for copy in _copies(tool, image, tmp_path):
        check(copy)


def test_skopeo_reads_both_forms_and_sees_the_labels(image: Path, run: RunFiles, tool: Callable[[str], str]) -> None:
    for form in ("oci-archive", "docker-archive"):
        shown = subprocess.run([tool("skopeo"), "inspect", f"{form}:{image}"], check=True, capture_output=True).stdout
        assert json.loads(shown)["Labels"]["org.synth-jupyter.content.digest"] == run.content_digest


def test_umoci_unpacks_it_and_its_checksums_hold(folder: Path, tmp_path: Path, tool: Callable[[str], str]) -> None:
    subprocess.run([tool("umoci"), "unpack", "--rootless", "--image", f"{folder}:1", tmp_path / "b"], check=True)
    inside = tmp_path / "b" / "rootfs" / "experiment"
    subprocess.run(["sha256sum", "-c", "--quiet", "SHA256SUMS"], cwd=inside, check=True)
    assert (inside / "data" / "orders" / "part-00001.parquet").is_file()
