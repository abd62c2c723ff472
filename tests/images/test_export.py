"""Exports are reproducible, refuse what they cannot do, and leave nothing half-written."""

import os
import pickle
import shutil
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pytest
from runs_by_hand import run_of

from synth_jupyter.errors import ConflictError, ImageError, NotFoundError
from synth_jupyter.images.export import export
from synth_jupyter.images.grouping import data_layers
from synth_jupyter.images.layout import MAX_OWN_LAYERS, Entry, data_folder, is_safe, repository
from synth_jupyter.images.load import load
from synth_jupyter.plan.model import RunFiles
from synth_jupyter.schema import document as documents

EXPORT_AGAIN = """
import os, pickle, sys
from pathlib import Path
from synth_jupyter.images.export import export
os.umask(0o777 & int(sys.argv[3], 8))
run, document = pickle.loads(Path(sys.argv[1]).read_bytes())
export(run, document, Path(sys.argv[2]), tag="1", pools={"b": b"2", "a": b"1"})
"""


def test_two_processes_of_other_settings_write_the_same_bytes(run: RunFiles, document: str, tmp_path: Path) -> None:
    (tmp_path / "run").write_bytes(pickle.dumps((run, document)))
    for name, umask, zone, seed in (("a.tar", "077", "UTC", "0"), ("b.tar", "000", "Asia/Tokyo", "7")):
        environment = here() | {"TZ": zone, "PYTHONHASHSEED": seed, "LC_ALL": "C" if seed == "0" else "C.UTF-8"}
        environment |= {"PATH": str(tmp_path), "DOCKER_HOST": "unix:///nowhere"}  # no engine and no program helps
        command = [sys.executable, "-c", EXPORT_AGAIN, tmp_path / "run", tmp_path / name, umask]
        subprocess.run(command, env=environment, cwd=tmp_path, check=True)
    assert (tmp_path / "a.tar").read_bytes() == (tmp_path / "b.tar").read_bytes()


def test_the_time_an_image_carries_is_the_one_given(run: RunFiles, document: str, tmp_path: Path) -> None:
    export(run, document, tmp_path / "a.tar", tag="1", created="2024-05-06T07:08:09Z")
    assert b'"created":"2024-05-06T07:08:09Z"' in (tmp_path / "a.tar").read_bytes()
    for wrong in ("now", "2024-05-06", "2024-13-06T07:08:09Z", "2024-05-06T07:08:09+01:00"):
        with pytest.raises(ImageError, match="no time for an image"):
            export(run, document, tmp_path / "b.tar", tag="1", created=wrong)


def test_a_file_that_is_there_is_replaced_only_on_demand(run: RunFiles, document: str, tmp_path: Path) -> None:
    target = tmp_path / "a.tar"
    target.write_text("mine")
    with pytest.raises(ConflictError, match="exists"):
        export(run, document, target, tag="1")
    assert target.read_text() == "mine"
    export(run, document, target, tag="1", replace=True)
    assert load(target, tmp_path / "in").content_digest == run.content_digest
    assert {path.name for path in tmp_path.iterdir()} == {"a.tar", "in"}


def test_a_changed_data_file_is_not_exported(run: RunFiles, document: str, tmp_path: Path) -> None:
    shutil.copytree(run.root, tmp_path / "run")
    changed = RunFiles(run.run, run.schema, tmp_path / "run", run.files, run.content_digest, run.seed)
    last = tmp_path / "run" / run.files[-1].path
    data = bytearray(last.read_bytes())
    data[100] ^= 1
    for damage in (bytes(data), bytes(data) + b"!", bytes(data)[:-1], b""):
        last.write_bytes(damage)
        with pytest.raises(ImageError, match="was changed since"):
            export(changed, document, tmp_path / "a.tar", tag="1")
    last.unlink()
    with pytest.raises(ImageError, match="cannot be read"):
        export(changed, document, tmp_path / "a.tar", tag="1")
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


def test_what_a_killed_export_left_is_removed_by_the_next(run: RunFiles, document: str, tmp_path: Path) -> None:
    (tmp_path / ".a[1].tar.0123abcd.partial").write_bytes(b"half")
    (tmp_path / ".b.tar.0123abcd.partial").write_bytes(b"somebody else's")
    export(run, document, tmp_path / "a[1].tar", tag="1")
    assert {path.name for path in tmp_path.iterdir()} == {"a[1].tar", ".b.tar.0123abcd.partial"}


@pytest.mark.parametrize("tag", ["", ".a", "a b", "a/b", "x" * 129, "$(touch x)", "ä"])
def test_a_tag_that_registries_refuse_is_refused(tag: str, run: RunFiles, document: str, tmp_path: Path) -> None:
    with pytest.raises(ImageError, match="cannot be the tag"):
        export(run, document, tmp_path / "a.tar", tag=tag)


@pytest.mark.parametrize("path", ["../x", "/x", "data/x", "manifest.json", "a\\b", "con", "a\nb", "", ".wh.x"])
def test_a_further_file_of_an_unfit_name_is_refused(path: str, run: RunFiles, document: str, tmp_path: Path) -> None:
    with pytest.raises(ImageError, match="cannot hold a file"):
        export(run, document, tmp_path / "a.tar", tag="1", extra={path: b"x"})


def test_a_run_without_data_and_a_missing_folder_are_refused(run: RunFiles, document: str, tmp_path: Path) -> None:
    reset = RunFiles(run.run, run.schema, run.root, (), "", run.seed)
    for thin in (False, True):
        with pytest.raises(ImageError, match="no data"):
            export(reset, document, tmp_path / "a.tar", tag="1", thin=thin)
    with pytest.raises(NotFoundError, match="no folder"):
        export(run, document, tmp_path / "missing" / "a.tar", tag="1")


def test_there_is_a_layer_a_table_and_never_more_than_the_budget() -> None:
    def entry(size: int, name: str) -> Entry:
        return Entry(f"data/{name}/part-00000.parquet", size, "0" * 64)

    few = data_layers([("a", [entry(1, "a")]), ("b", [entry(700 << 20, "b1"), entry(700 << 20, "b2")])], 10)
    assert [layer.role for layer in few] == ["data b, part 0", "data a", "data b, part 1"]
    many = data_layers([(str(number), [entry(1, f"t{number}")]) for number in range(120)], MAX_OWN_LAYERS - 3)
    assert len(many) <= MAX_OWN_LAYERS - 3
    assert sum(len(layer.entries) for layer in many) == 120


def test_more_tables_than_layers_come_back(tmp_path: Path) -> None:
    tables = ", ".join(f"t{number}: {{rows: 1, columns: {{id: {{type: int}}}}}}" for number in range(105))
    schema = documents.read(f"{{experiment: wide, tables: {{{tables}}}}}").schema
    one = pa.table({"id": pa.array([1], pa.int32())})
    run = run_of(tmp_path / "run", schema, {table.name: [one] for table in schema.tables})
    report = export(run, documents.canonical(schema), tmp_path / "wide.tar", tag="1")
    assert len(report.layers) <= 100
    assert len(load(tmp_path / "wide.tar", tmp_path / "in").files) == 105


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Shop_2", "synth/shop_2"),
        ("_x_", "synth/x"),
        ("a___b", "synth/a-b"),
        ("été", "synth/ete"),
        ("日本", "synth/experiment"),
    ],
)
def test_any_name_becomes_a_repository(name: str, expected: str) -> None:
    assert repository(name) == expected


def test_any_table_name_becomes_a_plain_folder_of_its_own() -> None:
    names = [
        "a",
        "A.b",
        "..",
        ".",
        "con",
        "con.x",
        "-x",
        "x.",
        "ä b/ü",
        "a%62",
        "日" * 21,
        "日" * 20 + "本",
        ".wh.x",
        "$(x)",
    ]
    folders = [data_folder(name) for name in names]
    assert len(set(folders)) == len(names)
    assert all(is_safe(f"{folder}/part-00000.parquet") for folder in folders)


EXPORT_AND_LOAD = """
import pickle, resource, sys
from pathlib import Path
from synth_jupyter.images.export import export
from synth_jupyter.images.load import load
run, document, folder = pickle.loads(Path(sys.argv[1]).read_bytes())
export(run, document, folder / "a.tar", tag="1")
load(folder / "a.tar", folder / "in")
(mine,) = (line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM"))  # not the parent's, as ru_maxrss
print(mine, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""


def test_memory_does_not_grow_with_the_data(tmp_path: Path) -> None:
    """Four times the rows take no more memory to export and to load, in this process and in the one that reads."""
    schema = documents.read("{experiment: big, tables: {t: {rows: 1, columns: {id: {type: bigint}}}}}").schema
    rows = 65_536 * 32
    ids = pa.Array.from_buffers(pa.int64(), rows, [None, pa.py_buffer(os.urandom(8 * rows))])
    peaks = []
    for parts in (1, 4):
        folder = tmp_path / str(parts)
        run = run_of(folder, schema, {"t": [pa.table({"id": ids})] * parts})
        (folder / "run").write_bytes(pickle.dumps((run, documents.canonical(schema), folder)))
        command = [sys.executable, "-c", EXPORT_AND_LOAD, folder / "run"]
        shown = subprocess.run(command, env=here(), check=True, capture_output=True, text=True).stdout
        peaks.append([int(kilobytes) for kilobytes in shown.split()])
    growth = [large - small for small, large in zip(*peaks, strict=True)]
    assert max(growth) < 32 << 10, f"KiB by process: {peaks}"


def here() -> dict[str, str]:
    """An environment in which another process finds this package."""
    return os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
