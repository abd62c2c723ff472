"""Archives, manifests and configs that lie."""

import gzip
import tarfile
from collections.abc import Callable
from typing import Any

from forge import LABEL, Forgery, compact, member, sha
from lies import lie

# The outer tar


def outer(what: str, message: str, *members: tuple[tarfile.TarInfo, bytes]) -> None:
    """An image with further members in its tar."""
    lie(what, message)(lambda forgery: setattr(forgery, "on_members", lambda found: found.extend(members)))


outer("climbing name", "not part of an image", member("../../evil", b"x"))
outer("climbing blob", "not part of an image", member("blobs/sha256/../../../evil", b"x"))
outer("absolute name", "not part of an image", member("/etc/evil", b"x"))
outer(
    "hard link",
    "only files and folders",
    member("blobs/sha256/" + "a" * 64, type=tarfile.LNKTYPE, linkname="/etc/hostname"),
)
outer("device", "only files and folders", member("blobs/sha256/" + "a" * 64, type=tarfile.CHRTYPE))
outer("pipe", "only files and folders", member("index.json", type=tarfile.FIFOTYPE))
outer("sparse file", "only files and folders", member("blobs/sha256/" + "a" * 64, type=tarfile.GNUTYPE_SPARSE))
outer("long name", "only files and folders", member("././@LongLink", b"x" * 600, type=tarfile.GNUTYPE_LONGNAME))
outer("backslash", "not part of an image", member("blobs\\sha256\\evil", b"x"))
outer("drive letter", "not part of an image", member("C:/evil", b"x"))
outer("escape in a name", "unusual characters", member("blobs/\x1b[31mred\n", b"x"))
outer("name in Unicode", "overrides 'path'", member("blobs/\u202etxt", b"x"))
outer("path override", "overrides 'path'", member("x", pax_headers={"path": "../../evil"}))
outer("size override", "overrides 'size'", member("x", pax_headers={"size": "9999999999999"}))
outer("sparse override", "overrides", member("x", pax_headers={"GNU.sparse.major": "1"}))
outer("damaged override", "damaged extended header", member("PaxHeaders", b"999 path=evil\n", type=tarfile.XHDTYPE))
outer("global header", "only files and folders", member("PaxHeaders", b"13 path=evil\n", type=tarfile.XGLTYPE))
outer("20,000 members", "more than 10,000", *(member(f"blobs/sha256/{number:064x}") for number in range(20_000)))
outer("folder with a size", "gives 'blobs/' a size", member("blobs/", bytes(512), type=tarfile.DIRTYPE))


@lie("blob twice, first good", "twice")
def _(forgery: Forgery) -> None:
    def again(members: list[Any]) -> None:
        members.append(member(members[-1][0].name, b"evil"))

    forgery.on_members = again


@lie("blob is a link to a file", "does not hold")
def _(forgery: Forgery) -> None:
    def link(members: list[Any]) -> None:
        members[-1] = member(members[-1][0].name, type=tarfile.SYMTYPE, linkname="/etc/passwd")

    forgery.on_manifest = lambda manifest: None
    forgery.on_members = lambda members: (link(members), members.pop(1), members.pop(0))[0]


@lie("negative size", "impossible size")
def _(forgery: Forgery) -> None:
    def change(data: bytes) -> bytes:
        head = bytearray(data[:512])
        head[124:136] = b"\xff" * 12
        head[148:156] = b" " * 8
        head[148:156] = b"%06o\0 " % sum(head)
        return bytes(head) + data[512:]

    forgery.on_bytes = change


for _name, _change, _message in (
    ("cut in the data", lambda data: data[: len(data) // 2], "cut off"),
    ("cut at the end", lambda data: data[:-1024], "cut off"),
    ("cut in a header", lambda data: data[:700], "cut off"),
    ("something after the end", lambda data: data + bytes(512) + b"evil" + bytes(508), "only zeros"),
    ("something in the padding", lambda data: data[:1000] + b"!" + data[1001:], "only zeros"),
    ("gzip around all", gzip.compress, "compressed tar"),
    ("zstd around all", lambda data: b"\x28\xb5\x2f\xfd" + data, "compressed tar"),
    ("no tar", lambda data: b"hello" * 1000, "checksum"),
    ("nothing", lambda data: b"", "cut off"),
    ("only zeros", lambda data: bytes(10240), "end is missing"),
):
    lie(_name, _message)(lambda forgery, change=_change: setattr(forgery, "on_bytes", change))  # type: ignore[misc]


# Manifests and configs


@lie("blob of other bytes", "only zeros")
def _(forgery: Forgery) -> None:
    def change(members: list[Any]) -> None:
        info, data = members[-3]
        members[-3] = (info, data[:-1] + b"!")

    forgery.on_members = change


@lie("unused blob of other bytes", "was changed")
def _(forgery: Forgery) -> None:
    forgery.on_members = lambda members: members.append(member(f"blobs/sha256/{'a' * 64}", b"evil"))


def envelope(what: str, message: str, hook: str, change: Callable[[Any], Any]) -> None:
    """An image with a changed config, manifest, index or docker manifest."""
    lie(what, message)(lambda forgery: setattr(forgery, f"on_{hook}", change))


def first_layer(**facts: Any) -> Callable[[Any], Any]:
    return lambda manifest: manifest["layers"][0].update(facts)


envelope(
    "wrong diff_id",
    "its content is not",
    "config",
    lambda c: c["rootfs"]["diff_ids"].__setitem__(0, f"sha256:{'a' * 64}"),
)
envelope(
    "more diff_ids",
    "names 6 layers, the manifest 5",
    "config",
    lambda c: c["rootfs"]["diff_ids"].insert(0, f"sha256:{'a' * 64}"),
)
envelope("no layers", "0 layers", "config", lambda c: c["rootfs"].update(diff_ids=[]))
envelope("128 layers", "128 layers", "config", lambda c: c["rootfs"].update(diff_ids=[f"sha256:{'a' * 64}"] * 128))
envelope(
    "diff_id as a path",
    "not a sha256 digest",
    "config",
    lambda c: c["rootfs"]["diff_ids"].__setitem__(0, "sha256:../x"),
)
envelope("for windows", "for 'windows'", "config", lambda c: c.update(os="windows"))
envelope("no root file system", "no root file system", "config", lambda c: c.pop("rootfs"))
envelope("not ours", "no labels of this package", "config", lambda c: c["config"].update(Labels={"a": "b"}))
envelope("labels as a list", "no labels of this package", "config", lambda c: c["config"].update(Labels=["a"]))
envelope(
    "escape in a label",
    "control characters",
    "config",
    lambda c: c["config"]["Labels"].update({f"{LABEL}experiment": "\x1b[2J"}),
)
envelope(
    "bidi in a title",
    "control characters",
    "config",
    lambda c: c["config"]["Labels"].update({"org.opencontainers.image.title": "\u202e"}),
)
envelope(
    "number in a label", "control characters", "config", lambda c: c["config"]["Labels"].update({f"{LABEL}rows": 3})
)
envelope(
    "label of another digest",
    "content.digest",
    "config",
    lambda c: c["config"]["Labels"].update({f"{LABEL}content.digest": f"sha256:{'a' * 64}"}),
)
envelope("label of other rows", "rows", "config", lambda c: c["config"]["Labels"].update({f"{LABEL}rows": "1"}))
envelope("label nobody knows", "more", "config", lambda c: c["config"]["Labels"].update({f"{LABEL}more": "1"}))
envelope("digest as a path", "not a sha256 digest", "manifest", first_layer(digest="sha256:../../../../etc/passwd"))
envelope("another hash", "not a sha256 digest", "manifest", first_layer(digest="md5:" + "a" * 32))
envelope("size lie", "its descriptor says", "manifest", first_layer(size=17))
envelope("size as text", "wrong type", "manifest", first_layer(size="17"))
envelope("size as truth", "wrong type", "manifest", first_layer(size=True))
envelope("foreign layer", "unknown key 'urls'", "manifest", first_layer(urls=["http://169.254.169.254/"]))
envelope("layer inside the descriptor", "unknown key 'data'", "manifest", first_layer(data="AAAA"))
envelope("zstd by name", "media type", "manifest", first_layer(mediaType="application/vnd.oci.image.layer.v1.tar+zstd"))
envelope(
    "an artifact", "media type", "manifest", lambda m: m["config"].update(mediaType="application/vnd.oci.empty.v1+json")
)
envelope("missing blob", "incomplete", "manifest", first_layer(digest=f"sha256:{'b' * 64}"))
envelope("layers as an object", "wrong type", "manifest", lambda m: m.update(layers={}))
envelope("old manifest", "unknown version", "manifest", lambda m: m.update(schemaVersion=1))
envelope("two images", "media type", "index", lambda i: i["manifests"].append({**i["manifests"][0], "mediaType": "x"}))
envelope("no image", "holds 0 images", "index", lambda i: i["manifests"].clear())
envelope(
    "for another system",
    "for 'windows'",
    "index",
    lambda i: i["manifests"][0].update(platform={"os": "windows", "architecture": "amd64"}),
)
envelope("100,000 images", "at most 64", "index", lambda i: i.update(manifests=i["manifests"] * 10_000))
envelope(
    "another architecture",
    "different architectures",
    "index",
    lambda i: i["manifests"][0].update(platform={"os": "linux", "architecture": "arm64"}),
)
envelope(
    "an unknown note",
    "unknown annotation",
    "index",
    lambda i: i["manifests"][0].update(annotations={"run.this": "x"}),
)
envelope(
    "name and tag differ",
    "two different names",
    "index",
    lambda i: i["manifests"][0].update(
        annotations={"io.containerd.image.name": "docker.io/synth/shop:2", "org.opencontainers.image.ref.name": "1"}
    ),
)
envelope(
    "names differ",
    "different names",
    "index",
    lambda i: i["manifests"][0].update(
        annotations={"io.containerd.image.name": "docker.io/synth/other:1", "org.opencontainers.image.ref.name": "1"}
    ),
)
envelope("polyglot", "different images", "docker", lambda d: d[0].update(Layers=d[0]["Layers"][::-1]))
envelope("polyglot in part", "different images", "docker", lambda d: d[0].update(Layers=d[0]["Layers"][1:]))
envelope("two docker images", "exactly one image", "docker", lambda d: d.append(d[0]))
envelope("docker path", "does not hold", "docker", lambda d: d[0].update(Config="../../../etc/passwd"))
envelope("docker tag as a number", "list of strings", "docker", lambda d: d[0].update(RepoTags=[1]))
envelope("config that is another file", "different images", "docker", lambda d: d[0].update(Config="index.json"))


def index_text(what: str, message: str, text: bytes) -> None:
    """An image whose index.json is this text."""
    lie(what, message)(lambda forgery: setattr(forgery, "index", text))


index_text("200,000 deep", "nested more than", b"[" * 200_000)
index_text("deep in objects", "nested more than", b'{"a":' * 100_000 + b"1" + b"}" * 100_000)
index_text("a million values", "values", b"[" + b"1," * 1_000_000 + b"1]")
index_text("NaN", "not JSON", b'{"schemaVersion":NaN}')
index_text("huge number", "40 digits", b'{"schemaVersion":' + b"9" * 5_000 + b"}")
index_text("infinite number", "out of range", b'{"schemaVersion":1e999}')
index_text("key twice", "there twice", b'{"schemaVersion":2,"schemaVersion":2,"manifests":[]}')
index_text("not UTF-8", "not usable JSON", b'{"\xff":1}')
index_text("no JSON", "not usable JSON", b"!!python/object/apply:os.system [id]")
index_text("5 MiB of JSON", "at most", b'"' + b"a" * (5 << 20) + b'"')
index_text("a list", "has no 'schemaVersion'", b"[]")


@lie("index in index in index in index", "nested more than 3")
def _(forgery: Forgery) -> None:
    def nest(index: dict[str, Any]) -> None:
        for _ in range(10):
            below = compact(index)
            forgery.blobs.append(below)
            descriptor = {
                "mediaType": "application/vnd.oci.image.index.v1+json",
                "digest": f"sha256:{sha(below)}",
                "size": len(below),
            }
            index["manifests"] = [descriptor]

    forgery.on_index = nest


@lie("another layout version", "not of version")
def _(forgery: Forgery) -> None:
    forgery.on_members = lambda members: members.__setitem__(0, member("oci-layout", b'{"imageLayoutVersion":"2.0.0"}'))
