"""Print the digest of every column of `values.yaml` as JSON: the same on every machine and with every library.

python tests/golden/columns.py > tests/golden/columns.json    after a decided change of values
"""

import json
from pathlib import Path

import numpy as np

from synth_jupyter.digests import leaf_digests
from synth_jupyter.engine.batches import evaluate
from synth_jupyter.plan.build import build_plan
from synth_jupyter.schema.document import read


def digests() -> dict[str, str]:
    """`table.column` -> the first 16 hex digits of the sha256 of its values."""
    plan = build_plan(read((Path(__file__).parent / "values.yaml").read_text()).schema, 42)
    found = {}
    for table in plan.tables:
        held = evaluate(plan, table.name, np.arange(table.rows)).combine_chunks()
        for name in held.column_names:
            found[f"{table.name}.{name}"] = leaf_digests(held.column(name).chunk(0)).hex()[:16]
    return found


if __name__ == "__main__":
    print(json.dumps(digests(), indent=1))
