"""Images to lay others upon, made by hand: a folder in the OCI layout with one gzip layer for each architecture."""

import gzip
import hashlib
import json
import re
import subprocess
import tarfile
from pathlib import Path
from typing import Any

from forge import member, tar_of

OCI = "application/vnd.oci.image"


def write_base(
    folder: Path, layers: list[bytes], *, architectures: tuple[str, ...] = ("amd64",), name: str = "", **config: Any
) -> Path:
    """An image with these layers (tars), which are compressed; `config` is what a container gets."""
    blobs = folder / "blobs" / "sha256"
    blobs.mkdir(parents=True)

    def blob(data: bytes, kind: str) -> dict[str, Any]:
        digest = hashlib.sha256(data).hexdigest()
        (blobs / digest).write_bytes(data)
        return {"mediaType": f"{OCI}.{kind}", "digest": f"sha256:{digest}", "size": len(data)}

    stored = [blob(gzip.compress(layer, 1, mtime=0), "layer.v1.tar+gzip") for layer in layers]
    manifests = []
    for architecture in architectures:
        document = {
            "architecture": architecture, "os": "linux", "config": config, "created": "2024-01-01T00:00:00Z",
            "history": [{"created_by": "base"} for _ in layers] + [{"created_by": "ENV", "empty_layer": True}],
            "rootfs": {"type": "layers", "diff_ids": [f"sha256:{hashlib.sha256(each).hexdigest()}" for each in layers]},
        }  # fmt: skip
        made = {
            "schemaVersion": 2, "mediaType": f"{OCI}.manifest.v1+json", "layers": stored,
            "config": blob(json.dumps(document).encode(), "config.v1+json"),
        }  # fmt: skip
        found = blob(json.dumps(made).encode(), "manifest.v1+json")
        found["platform"] = {"architecture": architecture, "os": "linux"}
        if name:
            found["annotations"] = {
                "io.containerd.image.name": name, "org.opencontainers.image.ref.name": name.rpartition(":")[2],
            }  # fmt: skip
        manifests.append(found)
    index = {"schemaVersion": 2, "mediaType": f"{OCI}.index.v1+json", "manifests": manifests}
    (folder / "index.json").write_text(json.dumps(index))
    (folder / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}')
    return folder


def tar_with(**files: bytes) -> bytes:
    """A layer that holds these files."""
    return tar_of([member(name, data) for name, data in files.items()])


def config_and_manifest(layout: Path) -> tuple[Any, Any]:
    """Those of the one image of a layout."""
    (only,) = json.loads((layout / "index.json").read_bytes())["manifests"]
    manifest = json.loads((layout / "blobs" / "sha256" / only["digest"][7:]).read_bytes())
    return json.loads((layout / "blobs" / "sha256" / manifest["config"]["digest"][7:]).read_bytes()), manifest


ENTRYPOINT = """#!/bin/bash
set -e
if [ ! -s "$PGDATA/PG_VERSION" ]; then
  initdb -D "$PGDATA" -U postgres -A trust -E UTF8 --locale=C -N
  pg_ctl -D "$PGDATA" -o "-c listen_addresses='' -k /var/pg" -w start
  for script in /docker-entrypoint-initdb.d/*.sql; do
    psql -v ON_ERROR_STOP=1 --no-password --no-psqlrc -h /var/pg -U postgres -d postgres -f "$script"
  done
  pg_ctl -D "$PGDATA" -m fast -w stop
fi
exec "$@"
"""
"""What the official image does at its start, as far as it matters here; it runs as postgres."""


def postgres_tar(programs: Path) -> bytes:
    """The files of a PostgreSQL that is installed here, with the libraries that it needs, as one layer."""
    version = programs.parent.name
    names = [programs / name for name in ("postgres", "initdb", "psql", "pg_ctl")] + [
        Path("/bin/bash"),
        Path("/bin/sh"),
    ]
    library = [programs.parent / "lib" / f"{name}.so" for name in ("plpgsql", "dict_snowball", "libpqwalreceiver")]
    share = [path for path in Path(f"/usr/share/postgresql/{version}").rglob("*") if path.is_file()]
    found = {*names, *library, *share, *map(Path, libraries([*names, *library])), Path("/usr/share/zoneinfo/Etc/UTC")}
    members = [member(str(path).lstrip("/"), path.read_bytes(), mode=0o755) for path in sorted(found)]
    members += [
        member("usr/local/bin/docker-entrypoint.sh", ENTRYPOINT.encode(), mode=0o755),
        member("etc/passwd", b"root:x:0:0::/:/bin/bash\npostgres:x:999:999::/:/bin/bash\n"),
        member("tmp", type=tarfile.DIRTYPE, mode=0o1777),
        member("var/pg", type=tarfile.DIRTYPE, mode=0o700, uid=999, gid=999),
    ]
    return tar_of(members)


def libraries(programs: list[Path]) -> set[str]:
    """The shared libraries that programs load, and the loader, where they look for them."""
    shown = subprocess.run(["ldd", *programs], check=True, capture_output=True, text=True).stdout
    return set(re.findall(r"^\s.*?(/\S+) \(0x", shown, re.MULTILINE))
