"""The reference page of the presets, written from them: `make fmt` writes it, a test keeps it true."""

from collections.abc import Iterator
from pathlib import Path

from synth_jupyter.presets import PRESETS, preset
from synth_jupyter.schema.counts import expected_rows
from synth_jupyter.schema.document import read

PAGE = Path(__file__).resolve().parent.parent.parent / "docs/reference/presets.md"
HEAD = """# Presets

A preset is an experiment that is ready to run, in one readable file to start from. `synth define bank preset:bank` stores
one; `synth show bank --format yaml` prints what it became, to change and define again. In a notebook it is
`%synth define bank preset:bank`, over HTTP `{"name": "bank", "file": "preset:bank"}`, in Python
`workspace.define("preset:bank")`. `--scale 10` makes ten times the rows; tables marked `fixed` keep theirs.
"""


def page() -> str:
    """The whole page."""
    return "\n".join([HEAD, *(line for name in PRESETS for line in _preset(name))]).rstrip() + "\n"


def _preset(name: str) -> Iterator[str]:
    schema = read(preset(name)).schema
    counts = expected_rows(schema)
    yield f"## {name}\n\n{schema.description} The document: `synth_jupyter/presets/{name}.yaml`.\n"
    yield f"![The tables of {name} and their foreign keys](../images/preset-{name}.svg)\n"
    yield "| table | rows | columns |\n|---|---|---|"
    for table in schema.tables:
        rows = f"{counts[table.name]:,}" + (" (fixed)" if table.rows.fixed else "")
        yield f"| `{table.name}` | {rows} | {', '.join(f'`{column.name}`' for column in table.columns)} |"
    yield ""


if __name__ == "__main__":
    PAGE.write_text(page())
