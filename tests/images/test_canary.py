"""Nothing of the machine that exported it is in an image: no user, no host, no folder, no secret."""

import gzip
import io
import json
import os
import subprocess
import sys
import tarfile
import zlib
from collections.abc import Iterator
from pathlib import Path

import pyarrow.parquet as pq

CANARIES = (b"canaryuser", b"canaryhost", b"canaryhome", b"canarycwd", b"s3cr3t-canary")
SITE = """
import getpass, os, platform, socket
socket.gethostname = socket.getfqdn = lambda *name: "canaryhost.example"
platform.node = lambda: "canaryhost.example"
getpass.getuser = lambda: "canaryuser"
"""
SHOP = """
experiment: shop
tables:
  customers:
    rows: 300
    columns:
      customer_id: {type: int, primary_key: true}
      name: {type: varchar(80), faker: name}
      job: {type: varchar(80), faker: {provider: job, locale: de_DE}}
"""
WORDS = (
    ("define", "shop", "shop.yaml"), ("generate", "shop"), ("tag", "shop@1", "v1"),
    ("load", "shop", "--into", "sqlite:loaded.sqlite"), ("load", "shop", "--into", "env:TARGET"),
    ("sql", "shop", "SELECT name FROM customers", "--save", "names"),
    ("sql", "shop", "SELECT count(*) AS n FROM customers", "--into", "counted"),
    ("sql", "shop", "SELECT 1 AS a", "--export", "a.csv"),
    ("export", "shop", "-o", "first.tar"), ("export", "shop", "-o", "full.tar", "--dump", "sqlite"),
    ("export", "shop", "-o", "plain.tar", "--dump", "postgres"), ("export", "shop", "-o", "thin.tar", "--thin"),
)  # fmt: skip


def test_no_user_host_folder_or_secret_is_in_an_image(tmp_path: Path) -> None:
    folder, home, site = tmp_path / "canarycwd", tmp_path / "canaryhome", tmp_path / "site"
    for each in (folder, home, site):
        each.mkdir()
    (site / "sitecustomize.py").write_text(SITE)
    (folder / "shop.yaml").write_text(SHOP)
    environment = os.environ | {
        "PYTHONPATH": os.pathsep.join([str(site), *filter(None, sys.path)]), "HOME": str(home),
        "SYNTH_HOME": str(home / "synth"), "USER": "canaryuser", "LOGNAME": "canaryuser", "HOSTNAME": "canaryhost",
        "PGPASSWORD": "s3cr3t-canary", "TARGET": f"sqlite:///{folder}/s3cr3t-canary.sqlite",
    }  # fmt: skip
    script = (
        "import json, sys\nfrom synth_jupyter.__main__ import main\n"
        "for words in json.loads(sys.argv[1]):\n    assert main(words) == 0, words\n"
    )
    command = [sys.executable, "-c", script, json.dumps(WORDS)]
    subprocess.run(command, env=environment, cwd=folder, check=True, capture_output=True)
    for name in ("first", "full", "plain", "thin"):
        pieces = list(everything((folder / f"{name}.tar").read_bytes(), name))
        assert len(pieces) > 8
        found = {(place, canary) for place, data in pieces for canary in CANARIES if canary in data.lower()}
        assert not found


def everything(data: bytes, name: str) -> Iterator[tuple[str, bytes]]:
    """The bytes, and those of every tar, Parquet file and compressed stretch in them."""
    yield name, data
    if name.endswith(".parquet"):
        held = pq.ParquetFile(io.BytesIO(data))
        yield f"{name} footer", repr((held.metadata, held.schema_arrow, held.schema_arrow.metadata)).encode()
        yield f"{name} values", repr(held.read().to_pydict()).encode()
        return
    try:
        with tarfile.open(fileobj=io.BytesIO(data)) as archive:
            for info in archive:
                yield f"{name}/{info.name} header", repr(info.get_info()).encode()
                if held_file := archive.extractfile(info):
                    yield from everything(held_file.read(), f"{name}/{info.name}")
    except tarfile.ReadError:
        if data[:2] == b"\x1f\x8b":
            yield f"{name} unpacked", gzip.decompress(data)
        elif data[:1] == b"\x78":
            yield f"{name} unpacked", zlib.decompress(data)
