"""Layers, metadata and Parquet files that lie."""

import gzip
import io
import tarfile
from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from forge import Forgery, compact, member, members_of, tar_of, zeros
from lies import lie

from synth_jupyter.engine.digest import content_digest, digest_of
from synth_jupyter.images.contents import read_contents
from synth_jupyter.schema import document as documents

GZIP = "application/vnd.oci.image.layer.v1.tar+gzip"

# Layers

DATA = "experiment/data/cities/part-00000.parquet"


def in_layer(what: str, message: str, change: Callable[[list[Any]], Any], **options: Any) -> None:
    """An image whose first data layer is another tar, with digests that agree."""

    def tell(forgery: Forgery) -> None:
        members = members_of(forgery.layers[0])
        change(members)
        forgery.replace_layer(0, members, **options)

    lie(f"layer: {what}", message)(tell)


def instead(*members: Any) -> Callable[[list[Any]], Any]:
    """These members in the place of the data file."""
    return lambda found: found.__setitem__(slice(-1, None), members)


for _what, _file in {
    "climbing name": member("../../evil", b"x"), "absolute name": member("/etc/evil", b"x"),
    "link": member(DATA, type=tarfile.SYMTYPE, linkname="/etc/passwd"),
    "folder link": member("experiment/data", type=tarfile.SYMTYPE, linkname="/"),
    "hard link": member(DATA, type=tarfile.LNKTYPE, linkname="/etc/hostname"),
    "device": member(DATA, type=tarfile.CHRTYPE), "pipe": member(DATA, type=tarfile.FIFOTYPE),
    "whiteout": member("experiment/.wh.manifest.json"), "opaque": member("experiment/.wh..wh..opq"),
    "whiteout of ..": member("experiment/.wh..."), "backslash": member("experiment\\evil", b"x"),
    "drive": member("C:/evil", b"x"), "control characters": member("experiment/\x1b[31m\n", b"x"),
    "sparse": member(DATA, type=tarfile.GNUTYPE_SPARSE),
    "other case": member("experiment/Data/cities/part-00000.parquet", b"x"),
    "path override": member("x", pax_headers={"path": "../../evil"}),
    "size override": member(DATA, pax_headers={"size": "99999999999"}),
    "unlisted file": member("experiment/run.sh", b"x"),
    "set-uid": member(DATA, b"x", mode=0o4755), "another owner": member(DATA, b"x", uid=7),
    "another size": member(DATA, b"x"),
}.items():  # fmt: skip
    in_layer(_what, "", instead(_file))
in_layer("another file too", "only zeros", lambda found: found.append(member("experiment/more", b"x")))
in_layer("a file twice", "", lambda found: found.append(found[-1]))
in_layer("a file missing", "where manifest.json says", lambda found: found.pop())
in_layer("20,000 files", "", instead(*(member(f"experiment/data/{number}") for number in range(20_000))))
in_layer("other bytes", "was changed", lambda found: found.__setitem__(-1, (found[-1][0], bytes(found[-1][0].size))))


def packed(what: str, message: str, pack: Callable[[bytes], bytes]) -> None:
    """An image whose first layer is stored in another form."""

    def tell(forgery: Forgery) -> None:
        forgery.layer_type = GZIP
        forgery.stored[0] = pack(forgery.layers[0])

    lie(f"layer: {what}", message)(tell)


packed("gzip bomb", "", lambda layer: zeros(64))
packed(
    "gzip with more behind the tar",
    "more than its manifest",
    lambda layer: gzip.compress(layer + bytes(100 << 20), mtime=0),
)
packed("cut gzip", "cut off", lambda layer: gzip.compress(layer, mtime=0)[:-20])
packed("gzip and garbage", "more than its manifest", lambda layer: gzip.compress(layer, mtime=0) + b"garbage")
packed(
    "gzip twice",
    "more than its manifest",
    lambda layer: gzip.compress(layer, mtime=0) + gzip.compress(b"evil", mtime=0),
)
packed("damaged gzip", "", lambda layer: gzip.compress(layer, mtime=0)[:60] + b"\xff" * 40)
packed("zstd", "zstd", lambda layer: b"\x28\xb5\x2f\xfd" + layer)
packed("empty", "cut off", lambda layer: b"")


@lie("metadata: gzip bomb", "larger than such a layer")
def _(forgery: Forgery) -> None:
    bomb = tar_of([member("experiment/manifest.json", bytes(65 << 20))])
    forgery.layers[-1] = bomb
    forgery.layer_type = GZIP
    forgery.stored[len(forgery.layers) - 1] = gzip.compress(bomb, mtime=0)


@lie("metadata: another file", "metadata layer holds")
def _(forgery: Forgery) -> None:
    forgery.replace_layer(-1, [*members_of(forgery.layers[-1]), member("experiment/x.py", b"import os")])


@lie("metadata: climbing name", "never writes")
def _(forgery: Forgery) -> None:
    forgery.replace_layer(-1, [*members_of(forgery.layers[-1]), member("../evil", b"x")])


@lie("metadata: set-uid", "never writes")
def _(forgery: Forgery) -> None:
    forgery.replace_layer(
        -1, [*members_of(forgery.layers[-1])[:-1], member("experiment/schema.json", b"x", mode=0o4755)]
    )


# What the manifest says


def manifest(what: str, message: str, change: Callable[[dict[str, Any]], Any]) -> None:
    """An image with another manifest.json; sums, labels and digests agree with it."""
    lie(f"manifest: {what}", message)(lambda forgery: forgery.change_metadata(change))


def part(**facts: Any) -> Callable[[dict[str, Any]], Any]:
    return lambda found: found["partitions"][0].update(facts)


def file(**facts: Any) -> Callable[[dict[str, Any]], Any]:
    return lambda found: found["files"][0].update(facts)


for _path in (
    "data/../../evil.parquet", "/etc/evil", "data/t0001_cities/../x.parquet", "data/t0001_cities/part-00001.parquet",
    "data/t0001_other/part-00000.parquet", "data\\t0001_cities\\part-00000.parquet",
    "data/t0001_cities/part-00000.parquet\n",
):  # fmt: skip
    manifest(f"partition at {_path!r}", "unsafe or wrong path", part(path=_path))
for _path in (
    "../evil",
    "/evil",
    "a/../b",
    "con",
    "data/nul.parquet",
    "a./b",
    "a//b",
    ".hidden",
    "manifest.json",
    "a\nb",
    "x" * 300,
    "",
):
    manifest(f"file called {_path[:20]!r}", "unsafe name", file(path=_path))
manifest("another format", "reads format 1", lambda found: found.update(format=2))
manifest("more layers below than there are", "layers lie below", lambda found: found.update(below=99))
manifest("fewer than no layers below", "layers lie below", lambda found: found.update(below=-1))
manifest("own layers called another's", "in a layer that is not there", lambda found: found.update(below=1))
manifest("an unknown key", "unknown key", lambda found: found.update(hook="rm -rf /"))
manifest("a missing key", "has no 'seed'", lambda found: found.pop("seed"))
manifest("rows of the table", "add up", lambda found: found["tables"][0].update(rows=4))
manifest("rows of a partition", "wrong length", part(rows=2**31))
manifest("negative rows", "impossible size", part(rows=-1))
manifest("negative size", "impossible size", file(bytes=-1))
manifest("size of a file", "in two ways", file(bytes=1))
manifest("a petabyte", "8 GiB or more", lambda found: found["files"][-1].update(bytes=1 << 50))
manifest("another layer", "a layer that is not there", file(layer=99))
manifest("another offset", "where they cannot be", file(offset=7))
manifest("a table twice", "table twice", lambda found: found["tables"].append(found["tables"][0]))
manifest("tables in other letters", "table twice", lambda found: found["tables"].append({"name": "CITIES", "rows": 0}))
manifest("a file twice", "file twice", lambda found: found["files"].append(found["files"][0]))
manifest("a partition twice", "partition twice", lambda found: found["partitions"].append(found["partitions"][0]))
manifest("a stranger's partition", "wrong path", part(table="other"))
manifest("no partitions of a table", "other data files", lambda found: found["partitions"].pop(0))
manifest("thin with data", "has no", lambda found: found.update(thin=True))
manifest("values of another digest", "content digest", lambda found: found.update(content_digest=f"sha256:{'a' * 64}"))


def thin(what: str, message: str, change: Callable[[dict[str, Any]], Any]) -> None:
    """A thin image, made of the full one, with a lie in it."""

    def tell(found: dict[str, Any]) -> None:
        table = {"name": "cities", "rows": 3, "bytes": 9, "cuts": [65_536, 65_536], "digest": "a" * 64}
        found.update(thin=True, partitions=[], files=[], tables=[table, {**table, "name": "orders"}])
        found["content_digest"] = digest_of(dict.fromkeys(("cities", "orders"), "a" * 64))
        change(found)

    manifest(f"thin, {what}", message, tell)


thin("another digest", "content digest", lambda found: found["tables"][0].update(digest="b" * 64))
thin("no digest", "impossible size or digest", lambda found: found["tables"][0].update(digest="../x"))
thin("cuts of nothing", "impossible way", lambda found: found["tables"][0].update(cuts=[0, 0]))
thin("uneven cuts", "impossible way", lambda found: found["tables"][0].update(cuts=[65_536, 3 * 65_536]))
thin("cuts of text", "impossible size or digest", lambda found: found["tables"][0].update(cuts=["1", "2"]))
thin("negative rows", "impossible size or digest", lambda found: found["tables"][0].update(rows=-1))
thin("data in a layer", "holds", lambda found: None)
manifest("another name", "different names", lambda found: found.update(experiment="other"))
manifest("other leaves", "content digest", lambda found: found["partitions"][0]["leaves"].update(name="A" * 43 + "="))


@lie("manifest: other leaves, with their content digest", "not those that were announced")
def _(forgery: Forgery) -> None:
    schema = documents.read(forgery.files(-1)["experiment/schema.json"].decode()).schema

    def change(found: dict[str, Any]) -> None:
        found["partitions"][0]["leaves"].update(name="A" * 43 + "=")
        parts = read_contents(compact(found) + b"\n", 1 << 20).parts
        found["content_digest"] = content_digest(schema, parts)

    forgery.change_metadata(change)


manifest("short leaves", "wrong length", lambda found: found["partitions"][0]["leaves"].update(name="AAAA"))
manifest("leaves that are no text", "wrong length", lambda found: found["partitions"][0]["leaves"].update(name=5))
manifest(
    "leaves of another column",
    "different columns",
    lambda found: found["partitions"][0]["leaves"].update(more="A" * 43 + "="),
)


@lie("schema: no document", "cannot be used")
def _(forgery: Forgery) -> None:
    forgery.change_metadata(lambda found: None, b"{}")


@lie("schema: a YAML tag", "not usable JSON")
def _(forgery: Forgery) -> None:
    forgery.change_metadata(lambda found: None, b"!!python/object/apply:os.system [touch evil]")


@lie("schema: deep", "nested more than")
def _(forgery: Forgery) -> None:
    forgery.change_metadata(lambda found: None, b"[" * 100_000)


@lie("sums: a lie", "disagree")
def _(forgery: Forgery) -> None:
    files = members_of(forgery.layers[-1])
    forgery.replace_layer(-1, [(i, d.replace(b"a", b"b") if i.name.endswith("SUMS") else d) for i, d in files])


# Parquet


def parquet(what: str, message: str, change: Callable[[bytes], bytes]) -> None:
    """An image whose first Parquet file is another, with digests of files that agree."""
    lie(f"parquet: {what}", message)(lambda forgery: forgery.change_data(1, change))


def written(table: pa.Table, **options: Any) -> Callable[[bytes], bytes]:
    def write(_: bytes) -> bytes:
        out = io.BytesIO()
        pq.write_table(table, out, **options)
        return out.getvalue()

    return write


_IDS = pa.array([1, 2, 3], pa.int64())
parquet("garbage", "no Parquet file", lambda data: b"PAR1" + bytes(500) + b"PAR1"[::-1])
parquet("an empty file", "no Parquet file", lambda data: b"")
parquet("a huge footer", "no Parquet file", lambda data: data[:-8] + b"\xff\xff\xff\x7fPAR1")
parquet("a damaged footer", "", lambda data: data[:-400] + b"\xff" * 392 + data[-8:])
parquet("damaged pages", "", lambda data: data[:8] + b"\xff" * 60 + data[68:])
parquet("other rows", "4 rows, not 3", written(pa.table({"city_id": [1, 2, 3, 4], "name": ["a"] * 4})))
parquet("other columns", "its columns are", written(pa.table({"city_id": _IDS, '"; drop table x; --': ["a"] * 3})))
parquet("other types", "is string, not int64", written(pa.table({"city_id": ["1", "2", "3"], "name": ["a"] * 3})))
parquet("other values", "not those that were announced", written(pa.table({"city_id": _IDS, "name": ["a"] * 3})))
parquet(
    "an extension type",
    "extension type",
    written(pa.table({"city_id": _IDS, "name": pa.ExtensionArray.from_storage(pa.json_(), pa.array(["1"] * 3))})),
)
parquet("a DuckDB file", "no Parquet file", lambda data: bytes(8) + b"DUCK" + bytes(4096))
