"""Images taken apart, changed and put together again with every digest right, so that one lie at a time is told."""

import copy
import gzip
import hashlib
import io
import json
import tarfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

LABEL = "org.synth-jupyter."


def sha(data: bytes) -> str:
    """The hex sha256."""
    return hashlib.sha256(data).hexdigest()


def compact(document: Any) -> bytes:
    """JSON as images hold it."""
    return json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def member(name: str, data: bytes = b"", **facts: Any) -> tuple[tarfile.TarInfo, bytes]:
    """A tar member; `facts` are attributes of its TarInfo."""
    info = tarfile.TarInfo(name)
    info.size = len(data)
    for key, value in {"mode": 0o644, **facts}.items():
        setattr(info, key, value)
    return info, data


def folder(name: str) -> tuple[tarfile.TarInfo, bytes]:
    """A folder as a tar member."""
    return member(name, type=tarfile.DIRTYPE, mode=0o755)


def tar_of(members: list[tuple[tarfile.TarInfo, bytes]], format: int = tarfile.PAX_FORMAT) -> bytes:
    """The bytes of a tar with these members, ended by two blocks of zeros."""
    parts = []
    for info, data in members:
        parts += [info.tobuf(format, "utf-8", "surrogateescape"), data, bytes(-len(data) % 512)]
    return b"".join(parts) + bytes(1024)


def members_of(data: bytes) -> list[tuple[tarfile.TarInfo, bytes]]:
    """The members of a tar."""
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        found = []
        for info in archive.getmembers():
            file = archive.extractfile(info)
            found.append((info, file.read() if file else b""))
        return found


@dataclass
class Forgery:
    """An image in pieces: change them, then `write`. The hooks see the last form of what they are named for."""

    layers: list[bytes]
    config: dict[str, Any]
    layer_type: str = "application/vnd.oci.image.layer.v1.tar"
    stored: dict[int, bytes] = field(default_factory=dict)
    on_config: Callable[[dict[str, Any]], None] = lambda config: None
    on_manifest: Callable[[dict[str, Any]], None] = lambda manifest: None
    on_index: Callable[[dict[str, Any]], None] = lambda index: None
    on_docker: Callable[[list[Any]], None] = lambda docker: None
    on_members: Callable[[list[tuple[tarfile.TarInfo, bytes]]], None] = lambda members: None
    on_bytes: Callable[[bytes], bytes] = lambda data: data
    index: bytes | None = None
    blobs: list[bytes] = field(default_factory=list)

    @classmethod
    def of(cls, image: Path) -> "Forgery":
        """The pieces of an image of ours."""
        files = {info.name: data for info, data in members_of(image.read_bytes())}
        (docker,) = json.loads(files["manifest.json"])
        return cls([files[name] for name in docker["Layers"]], json.loads(files[docker["Config"]]))

    def files(self, layer: int) -> dict[str, bytes]:
        """The files of a layer by name."""
        return {info.name: data for info, data in members_of(self.layers[layer]) if info.isfile()}

    def replace_layer(self, layer: int, members: list[tuple[tarfile.TarInfo, bytes]], **options: Any) -> None:
        """Another content for a layer, its digests made right."""
        self.layers[layer] = tar_of(members, **options)

    def change_metadata(self, change: Callable[[dict[str, Any]], None], document: bytes | None = None) -> None:
        """Change manifest.json (and schema.json), then make sums and labels agree with it again."""
        files = {name.removeprefix("experiment/"): data for name, data in self.files(-1).items()}
        manifest = json.loads(files["manifest.json"])
        change(manifest)
        files["manifest.json"] = compact(manifest) + b"\n"
        files["schema.json"] = files["schema.json"] if document is None else document
        self.write_metadata(files, manifest)

    def write_metadata(self, files: dict[str, bytes], manifest: dict[str, Any]) -> None:
        """The metadata layer of these files, with the sums and labels that go with them."""
        listed = {entry["path"]: entry["sha256"] for entry in manifest.get("files", [])}
        listed |= {name: sha(files[name]) for name in ("manifest.json", "schema.json")}
        files["SHA256SUMS"] = "".join(f"{listed[path]}  {path}\n" for path in sorted(listed)).encode()
        self.replace_layer(
            -1, [folder("experiment"), *(member(f"experiment/{name}", files[name]) for name in sorted(files))]
        )
        tables = manifest.get("tables", [])
        self.config["config"]["Labels"] |= {
            f"{LABEL}experiment": manifest.get("experiment", ""), f"{LABEL}seed": str(manifest.get("seed")),
            f"{LABEL}content.digest": manifest.get("content_digest", ""),
            f"{LABEL}thin": str(manifest.get("thin")).lower(),
            f"{LABEL}schema.digest": f"sha256:{sha(files['schema.json'])}", f"{LABEL}tables": str(len(tables)),
            f"{LABEL}rows": str(sum(table["rows"] for table in tables)),
        }  # fmt: skip
        if "below" in manifest:
            self.config["config"]["Labels"][f"{LABEL}layers.below"] = str(manifest["below"])

    def change_data(self, layer: int, change: Callable[[bytes], bytes]) -> None:
        """Change the first data file of a layer; manifest.json, sums and labels agree with the new bytes."""
        members = members_of(self.layers[layer])
        at = next(number for number, (info, _) in enumerate(members) if info.isfile())
        name, old = members[at][0].name, members[at][1]
        members[at] = member(name, change(old))
        new = members[at][1]
        self.replace_layer(layer, members)

        def agree(manifest: dict[str, Any]) -> None:
            for entry in (*manifest["files"], *manifest["partitions"]):
                if entry["sha256"] == sha(old):
                    entry |= {"sha256": sha(new), "bytes": len(new)}
            shift = len(new) + -len(new) % 512 - len(old) - -len(old) % 512
            after = False
            for entry in (entry for entry in manifest["files"] if entry["layer"] == layer):
                entry["offset"] += shift if after else 0
                after = after or entry["sha256"] == sha(new)

        self.change_metadata(agree)

    @property
    def is_plain(self) -> bool:
        """Whether only files that an image has are written, so that a folder can hold them as well as a tar."""
        mine = vars(self)
        return all(mine[hook] is getattr(Forgery, hook) for hook in ("on_members", "on_bytes"))

    def write(self, target: Path) -> Path:
        """The archive as a tar."""
        members = self.members()
        self.on_members(members)
        target.write_bytes(self.on_bytes(tar_of(members)))
        return target

    def write_folder(self, target: Path) -> Path:
        """The same as an OCI layout folder, which has no docker manifest."""
        for info, data in self.members():
            if info.name != "manifest.json":
                (target / info.name).parent.mkdir(parents=True, exist_ok=True)
                (target / info.name).write_bytes(data)
        return target

    def write_docker(self, target: Path) -> Path:
        """The same as an archive of docker save alone."""
        target.write_bytes(
            tar_of([each for each in self.members() if each[0].name not in ("index.json", "oci-layout")])
        )
        return target

    def members(self) -> list[tuple[tarfile.TarInfo, bytes]]:
        """The files of the archive."""
        stored = [self.stored.get(number, layer) for number, layer in enumerate(self.layers)]
        said = copy.deepcopy(self.config)
        said["rootfs"]["diff_ids"] = [f"sha256:{sha(layer)}" for layer in self.layers]
        said["config"]["Labels"][f"{LABEL}metadata"] = said["rootfs"]["diff_ids"][-1]
        self.on_config(said)
        config = compact(said)
        manifest: dict[str, Any] = {
            "schemaVersion": 2, "config": _descriptor("application/vnd.oci.image.config.v1+json", config),
            "layers": [_descriptor(self.layer_type, layer) for layer in stored],
        }  # fmt: skip
        self.on_manifest(manifest)
        raw = compact(manifest)
        index: dict[str, Any] = {
            "schemaVersion": 2, "manifests": [_descriptor("application/vnd.oci.image.manifest.v1+json", raw)],
        }  # fmt: skip
        self.on_index(index)
        layers = [f"blobs/sha256/{sha(layer)}" for layer in stored]
        docker = [{"Config": f"blobs/sha256/{sha(config)}", "RepoTags": ["synth/shop:1"], "Layers": layers}]
        self.on_docker(docker)
        return [
            member("oci-layout", b'{"imageLayoutVersion":"1.0.0"}'),
            member("index.json", compact(index) if self.index is None else self.index),
            member("manifest.json", compact(docker)),
            *(member(f"blobs/sha256/{sha(blob)}", blob) for blob in (*self.blobs, raw, config, *stored)),
        ]


def _descriptor(media_type: str, data: bytes) -> dict[str, Any]:
    return {"mediaType": media_type, "digest": f"sha256:{sha(data)}", "size": len(data)}


def zeros(count: int) -> bytes:
    """A gzip stream of so many MiB of zeros, made without holding them."""
    out = io.BytesIO()
    with gzip.GzipFile(fileobj=out, mode="wb", mtime=0) as file:
        for _ in range(count):
            file.write(bytes(1 << 20))
    return out.getvalue()
