"""Pools that are not shipped: drawn once, stored for ever, checked when read."""

import hashlib
import json
import sys

import pytest

from synth_jupyter.errors import PluginError, SchemaError, StoreError
from synth_jupyter.pools import Pool, PoolSource, Request


@pytest.fixture
def source(tmp_path):
    return PoolSource(tmp_path / "pools")


def without_faker(monkeypatch):
    monkeypatch.setitem(sys.modules, "faker", None)


def test_a_drawn_pool_is_stored_by_its_digest(source):
    pool = source.pool("prefix", {}, "de_DE")
    stored = source.folder / f"{pool.digest.removeprefix('sha256:')}.txt"
    assert stored.read_bytes() == pool.text
    assert hashlib.sha256(pool.text).hexdigest() == stored.stem
    assert sorted(pool.values.to_pylist()) == pool.values.to_pylist()


def test_a_stored_pool_needs_no_faker_any_more(source, monkeypatch):
    first = source.pool("numerify", {"text": "A#"})
    without_faker(monkeypatch)
    assert source.pool("numerify", {"text": "A#"}) == first


def test_a_pool_that_must_be_drawn_says_that_faker_is_missing(source, monkeypatch):
    without_faker(monkeypatch)
    with pytest.raises(PluginError, match="Faker"):
        source.pool("numerify", {"text": "B#"})


def test_a_draw_is_the_same_without_a_folder_and_in_another(source, tmp_path):
    asked = ("am_pm", {}, "fr_FR")
    assert PoolSource().pool(*asked) == source.pool(*asked) == PoolSource(tmp_path / "other").pool(*asked)


def test_the_size_of_a_pool_comes_from_its_provider_alone(source):
    assert len(source.pool("ean8")) == 3_000


def test_other_arguments_and_other_locales_are_other_pools(source):
    three = source.pool("sentence", {"nb_words": 3, "variable_nb_words": False})
    assert {len(value.split()) for value in three.values.to_pylist()} == {3}
    assert source.pool("country", {}, "de_DE") != source.pool("country")
    assert "Deutschland" in source.pool("country", {}, "de_DE").values.to_pylist()


def test_a_provider_that_is_the_same_everywhere_is_never_drawn(source):
    assert source.pool("ipv4", {}, "ja_JP") == PoolSource().pool("ipv4")
    assert not source.folder.exists()


def test_an_unknown_locale_is_answered_with_a_near_one(source):
    with pytest.raises(SchemaError, match="did you mean 'de_DE'"):
        source.pool("name", {}, "de_ED")


def test_arguments_that_make_no_value_are_refused(source):
    with pytest.raises(SchemaError, match="makes no value"):
        source.pool("numerify", {"text": " "})


def test_a_changed_pool_is_refused(source):
    pool = source.pool("am_pm", {}, "de_DE")
    (source.folder / f"{pool.digest.removeprefix('sha256:')}.txt").write_text("noon\n")
    with pytest.raises(StoreError, match="was changed"):
        source.pool("am_pm", {}, "de_DE")


def test_a_missing_pool_is_refused(source):
    pool = source.pool("am_pm", {}, "de_DE")
    (source.folder / f"{pool.digest.removeprefix('sha256:')}.txt").unlink()
    with pytest.raises(StoreError, match="cannot be read"):
        source.pool("am_pm", {}, "de_DE")


def test_a_damaged_index_entry_is_refused(source):
    source.pool("am_pm", {}, "de_DE")
    next(source.folder.glob("asked-*.json")).write_text("{")
    with pytest.raises(StoreError, match="damaged"):
        source.pool("am_pm", {}, "de_DE")


def test_the_index_says_what_was_asked_and_how_it_was_made(source):
    pool = source.pool("am_pm", {}, "de_DE")
    entry = json.loads(next(source.folder.glob("asked-*.json")).read_text())
    assert entry["provider"] == "am_pm"
    assert entry["locale"] == "de_DE"
    assert entry["digest"] == pool.digest
    assert entry["faker"]


def test_a_draw_cut_short_before_its_entry_is_simply_drawn_again(source):
    pool = source.pool("am_pm", {}, "de_DE")
    next(source.folder.glob("asked-*.json")).unlink()
    assert source.pool("am_pm", {}, "de_DE") == pool


def test_a_pool_from_elsewhere_is_used_instead_of_a_draw(source, monkeypatch):
    without_faker(monkeypatch)
    request = Request.of("city", {}, "fr_FR")
    brought = Pool.of("city", ["Lyon", "Nice"])
    assert source.add(request, brought) == brought
    assert source.pool("city", {}, "fr_FR").values.to_pylist() == ["Lyon", "Nice"]


def test_the_first_pool_of_a_request_stays(source):
    request = Request.of("city", {}, "fr_FR")
    source.add(request, Pool.of("city", ["Lyon"]))
    assert source.add(request, Pool.of("city", ["Nice"])).values.to_pylist() == ["Lyon"]
    assert source.add(Request.of("city"), Pool.of("city", ["Nice"])) == PoolSource().pool("city")


def test_files_of_the_folder_belong_to_this_user_alone(source):
    source.pool("am_pm", {}, "de_DE")
    assert {path.stat().st_mode & 0o777 for path in source.folder.iterdir()} == {0o600}
    assert not list(source.folder.glob(".*"))
