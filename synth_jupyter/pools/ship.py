"""Writes the pools that come with the package: `python -m synth_jupyter.pools.ship FOLDER`.

A pool that the folder has already is kept, so that an upgrade of Faker changes no value; to draw one anew, remove
its file first and say so in the change log: every experiment that uses it will make other values.
"""

import json
import sys
from pathlib import Path

from .draw import draw, faker_version
from .model import Pool
from .providers import SHIPPED
from .request import Request
from .source import MANIFEST


def main(arguments: list[str]) -> int:
    """Write the missing pools into the folder named first, and the manifest of all."""
    if len(arguments) != 1:
        sys.stderr.write("usage: python -m synth_jupyter.pools.ship FOLDER\n")
        return 2
    folder = Path(arguments[0])
    path = folder / MANIFEST
    known = json.loads(path.read_bytes()) if path.exists() else {}
    manifest = {provider: _entry(folder, provider, known.get(provider, {})) for provider in sorted(SHIPPED)}
    path.write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")
    return 0


def _entry(folder: Path, provider: str, known: dict[str, object]) -> dict[str, object]:
    path = folder / f"{provider}.txt"
    version = known.get("faker")
    if not path.exists():
        path.write_bytes(draw(Request.of(provider)).text)
        version = faker_version()
    pool = Pool.from_text(provider, path.read_bytes())
    return {"digest": pool.digest, "values": len(pool), "faker": version}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
