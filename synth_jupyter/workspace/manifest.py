"""What lies in a run's folder, as a file beside it: derived from the store, written last, and written again when lost.

The store is the only truth; the manifest is for people and programs that meet the folder alone. It says nothing of
numbers, times or machines, so that equal runs have equal manifests.
"""

import json
from collections.abc import Iterable
from pathlib import Path

from ..documents import canonical_json
from ..files import create, publish, remove
from ..plan.model import PartitionFile
from ..store import RunRecord

NAME = "manifest.json"


def write_manifest(folder: Path, record: RunRecord, content_digest: str, files: Iterable[PartitionFile]) -> None:
    """Make `folder/manifest.json` what it must be; a sound one is left alone."""
    target, partial = folder / NAME, folder / f".{NAME}.partial"
    text = _text(record, content_digest, files)
    remove(partial)
    if target.is_file() and not target.is_symlink() and target.read_bytes() == text:
        return
    with create(partial) as file:
        file.write(text)
    remove(target)
    publish(partial, target)


def _text(record: RunRecord, content_digest: str, files: Iterable[PartitionFile]) -> bytes:
    document = {
        "format": 1,
        "experiment": record.experiment,
        "seed": str(record.seed),
        "plan_digest": record.plan_digest,
        "content_digest": content_digest,
        "files": [
            {"table": file.table, "part": file.index, "path": file.path, "rows": file.rows, "bytes": file.bytes,
             "sha256": file.sha256}
            for file in files
        ],
    }  # fmt: skip
    return (json.dumps(json.loads(canonical_json(document)), ensure_ascii=False, indent=1) + "\n").encode()
