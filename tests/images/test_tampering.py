"""No byte of an image can be changed, wherever it lies, without the import refusing it."""

from pathlib import Path

import pyarrow.parquet as pq
import pytest
from forge import Forgery
from runs_by_hand import CITIES, run_of

from synth_jupyter.errors import ImageError
from synth_jupyter.images.export import export
from synth_jupyter.images.load import load
from synth_jupyter.schema import document as documents

TEXT = """
experiment: small
tables:
  cities: {rows: 3, columns: {city_id: {type: bigint}, name: {type: text, nulls: 0.5}}}
"""


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small image."""
    folder = tmp_path_factory.mktemp("small")
    schema = documents.read(TEXT).schema
    export(run_of(folder, schema, {"cities": [CITIES]}), documents.canonical(schema), folder / "s.tar", tag="1")
    return folder / "s.tar"


@pytest.mark.parametrize("bit", [0x01, 0x20, 0x80])
def test_no_single_byte_can_be_changed(bit: int, small: Path, tmp_path: Path) -> None:
    """Every fifth byte of index.json and manifest.json, every 199th of all others."""
    data = small.read_bytes()
    names = data.index(b'{"manifests"'), data.index(b"blobs/sha256/\0")
    for at in sorted({*range(0, len(data), 199), *range(*names, 5)}):
        changed = bytearray(data)
        changed[at] ^= bit
        (tmp_path / "s.tar").write_bytes(changed)
        with pytest.raises(ImageError):
            load(tmp_path / "s.tar", tmp_path / f"in-{at}")
        assert not (tmp_path / f"in-{at}").exists()


def test_mutated_parquet_ends_in_an_error_or_in_the_announced_values(small: Path, tmp_path: Path) -> None:
    """The digests of files are made to agree, so that the Parquet reader meets the damage itself."""
    size = len(next(iter(Forgery.of(small).files(0).values())))
    outcomes = []
    for at in range(4, size, size // 10):
        forgery = Forgery.of(small)
        forgery.change_data(0, lambda old, at=at: old[:at] + bytes([old[at] ^ 0xFF]) + old[at + 1 :])  # type: ignore[misc]
        try:
            imported = load(forgery.write(tmp_path / "m.tar"), tmp_path / str(at))
        except ImageError as error:
            outcomes.append(error.message)
            assert not (tmp_path / str(at)).exists()
        else:
            assert pq.read_table(tmp_path / str(at) / imported.files[0].path).to_pydict() == CITIES.to_pydict()
    assert len(outcomes) > 3
