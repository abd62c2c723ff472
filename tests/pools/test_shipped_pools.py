"""The pools in the package: complete, intact, and unmoved by the installed Faker."""

import hashlib
import json
import subprocess
import sys
from importlib.resources import files

import pytest

from synth_jupyter.errors import StoreError
from synth_jupyter.pools import ALIASES, PROVIDERS, SHIPPED, Pool, PoolSource, ship
from synth_jupyter.pools.providers import UNIVERSAL

DATA = files("synth_jupyter.pools") / "data"
MANIFEST = json.loads((DATA / "manifest.json").read_text())
ALL_DIGESTS = "45782dff9d68a762"


@pytest.mark.parametrize("provider", SHIPPED)
def test_a_shipped_pool_is_the_one_of_the_manifest(provider):
    raw = (DATA / f"{provider}.txt").read_bytes()
    pool = PoolSource().pool(provider)
    assert pool.digest == MANIFEST[provider]["digest"] == "sha256:" + hashlib.sha256(raw).hexdigest()
    assert len(pool) == MANIFEST[provider]["values"] == raw.count(b"\n")
    assert pool.text == raw


def test_no_shipped_pool_has_changed():
    """A change of any value changes every experiment that uses it; move this digest only on purpose."""
    digests = "".join(MANIFEST[provider]["digest"] for provider in sorted(MANIFEST))
    assert hashlib.sha256(digests.encode()).hexdigest()[:16] == ALL_DIGESTS


def test_the_files_the_manifest_and_the_table_name_the_same_pools():
    names = {path.name.removesuffix(".txt") for path in DATA.iterdir() if path.name.endswith(".txt")}
    assert names == set(SHIPPED) == set(MANIFEST)
    assert set(SHIPPED) <= set(PROVIDERS)
    assert set(UNIVERSAL) <= set(SHIPPED)
    assert set(ALIASES.values()) <= set(PROVIDERS)
    assert not set(ALIASES) & set(PROVIDERS)


def test_the_shipped_pools_stay_small():
    assert sum(len(path.read_bytes()) for path in DATA.iterdir()) < 3_000_000


def test_reading_a_shipped_pool_does_not_import_faker():
    code = (
        "import sys; from synth_jupyter.pools import PoolSource; PoolSource().pool('internet.email');"
        "import synth_jupyter.generators.people, synth_jupyter.generators.text; sys.exit('faker' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_shipping_again_keeps_every_pool_that_is_there(tmp_path):
    for path in DATA.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    (tmp_path / "tld.txt").write_text("example\ntest\n")
    assert ship.main([str(tmp_path)]) == 0
    manifest = json.loads((tmp_path / "manifest.json").read_text())
    assert manifest["tld"]["values"] == 2
    assert {**manifest, "tld": None} == {**MANIFEST, "tld": None}


def test_shipping_draws_the_pool_whose_file_was_removed(tmp_path):
    for path in DATA.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    (tmp_path / "month_name.txt").unlink()
    assert ship.main([str(tmp_path)]) == 0
    assert (tmp_path / "month_name.txt").read_bytes() == (DATA / "month_name.txt").read_bytes()


def test_shipping_without_a_folder_says_how_it_is_called(capsys):
    assert ship.main([]) == 2
    assert "FOLDER" in capsys.readouterr().err


def test_a_damaged_installation_is_refused(tmp_path, monkeypatch):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "manifest.json").write_text('{"tld": {"digest": "sha256:00"}}')
    (tmp_path / "data" / "tld.txt").write_text("com\n")
    monkeypatch.setattr("synth_jupyter.pools.source.package_files", lambda _: tmp_path)
    with pytest.raises(StoreError, match="tld"):
        PoolSource().pool("tld")


@pytest.mark.parametrize("text", [b"a\nb", b"a\na\n", b"a\n\n", b"", b"\xff\n"])
def test_a_file_that_is_no_list_of_distinct_lines_is_no_pool(text):
    with pytest.raises(ValueError, match="pool"):
        Pool.from_text("x", text)


def test_a_pool_holds_each_value_once_on_one_line_in_order_of_appearance():
    pool = Pool.of("x", ["b", "a\n c", "", "b", " a c "])
    assert pool.values.to_pylist() == ["b", "a c"]
    assert pool == Pool.from_text("x", b"b\na c\n")
    assert pool != Pool.from_text("x", b"a c\nb\n")
