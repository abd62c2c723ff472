"""Who else may be there, what has changed since, and where the store lies."""

import json
import os
import shutil
import sqlite3
import tempfile
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest
from faulty import crashes
from forked import Forked
from judged import faults_of, generate
from kills import files_of

from synth_jupyter.engine import execute as execution
from synth_jupyter.engine import fingerprint
from synth_jupyter.engine.executors import InlineExecutor
from synth_jupyter.errors import ConflictError
from synth_jupyter.files import make_folder
from synth_jupyter.generators.keys import Sequence
from synth_jupyter.store import Lease, mounts
from synth_jupyter.workspace import Workspace


class _Slow(InlineExecutor):
    """Everything is under way for ever."""

    def submit(self, task: Any, /, *arguments: Any, **options: Any) -> Future[Any]:
        return Future()


def test_a_run_gives_a_sign_of_life_while_a_partition_takes_long(
    defined: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert execution.HEARTBEAT <= 0.5
    monkeypatch.setattr(execution, "HEARTBEAT", 0.01)
    plan = Workspace.open(defined).experiment("shop").plan()
    signs = execution.execute(plan, tmp_path / "out", _Slow(), epoch=1)
    assert [next(signs) for _ in range(3)] == [None, None, None]
    signs.close()


def test_a_lease_shows_that_its_holder_lives(tmp_path: Path) -> None:
    make_folder(tmp_path / "run")
    with Lease.claim(tmp_path / "run", "shop@1") as lease:
        os.utime(lease.path, (0, 0))
        lease.beat()
        assert lease.path.stat().st_mtime > 1e9


def test_a_run_under_way_on_another_machine_is_left_alone_until_it_was_asked_to_stop(
    defined: Path, sound: Path, points: list[str]
) -> None:
    assert crashes(generate(defined), len(points) // 2)
    (lock,) = defined.glob("runs/*/.lock")
    holder = json.loads(lock.read_text()) | {"owner": "far, pid 9", "host": "far", "boot": "another"}
    lock.write_text(json.dumps(holder))
    shop = Workspace.open(defined).experiment("shop")
    assert shop.runs()[0].status == "running"
    for act in (shop.resume, shop.reset, shop.delete):
        with pytest.raises(ConflictError, match=r"in use by far, pid 9 since 2.* on another machine") as caught:
            act()
        assert "synth cancel shop@1" in caught.value.hint
    shop.cancel()
    assert faults_of(defined, sound) == []


def test_a_lost_manifest_is_written_again_and_a_changed_one_made_right(sound: Path, tmp_path: Path) -> None:
    home = Path(shutil.copytree(sound, tmp_path / "home"))
    (manifest,) = home.glob("runs/*/manifest.json")
    for harm in (manifest.unlink, lambda: manifest.write_text("{}")):
        harm()
        Workspace.open(home).experiment("shop").resume()
        assert files_of(home) == files_of(sound)


def _begun_with_other_versions(home: Path) -> None:
    with sqlite3.connect(home / "store.db") as connection:
        connection.execute("UPDATE runs SET request = json_set(request, '$.engine', json('{\"numpy\": \"1.0\"}'))")


def test_a_run_begun_with_other_versions_goes_on_when_these_make_the_same_values(
    defined: Path, sound: Path, points: list[str]
) -> None:
    assert crashes(generate(defined), len(points) * 3 // 4)
    _begun_with_other_versions(defined)
    assert faults_of(defined, sound) == []


def test_a_run_begun_with_other_versions_is_refused_when_these_make_other_values(
    defined: Path, points: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert crashes(generate(defined), len(points) * 3 // 4)
    _begun_with_other_versions(defined)
    before = files_of(defined)
    made = Sequence.generate
    monkeypatch.setattr(Sequence, "generate", lambda self, rows, *words: made(self, rows + 1, *words))
    with pytest.raises(ConflictError, match=r"begun with numpy 1\.0; here is synth_jupyter .*, which makes other") as e:
        Workspace.open(defined).experiment("shop").resume()
    assert "synth generate shop --seed 42" in e.value.hint
    assert files_of(defined) == before
    assert Workspace.open(defined).experiment("shop").runs()[0].epoch == 1


def test_a_run_knows_the_versions_that_began_it(sound: Path) -> None:
    (run,) = Workspace.open(sound).experiment("shop").runs()
    assert run.request["engine"] == fingerprint.fingerprint()
    assert set(run.request["engine"]) == {"synth_jupyter", "numpy", "pyarrow"}


TABLE = r"""
22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw
30 22 0:50 / /users rw,relatime shared:9 master:2 - nfs4 server:/home rw,vers=4.2
31 30 254:1 / /users/me/local rw - xfs /dev/vdb rw
32 22 0:51 / /mnt/my\040share rw - cifs //server/share rw
33 22 0:52 / /mnt/over rw - nfs server:/over rw
34 33 0:53 / /mnt/over rw - tmpfs tmpfs rw
35 22 0:54 / /ssh rw - fuse.sshfs me@server: rw
36 22 0:55 / /windows rw - 9p drvfs rw
not a mount
""".strip()


@pytest.mark.parametrize(
    ("path", "kind"),
    [("/var/lib/synth", None), ("/users/you/synth", "nfs4"), ("/users/me/local/synth", None), ("/usersome", None),
     ("/mnt/my share/synth", "cifs"), ("/mnt/over/synth", None), ("/ssh", "fuse.sshfs"), ("/windows", None)],
)  # fmt: skip
def test_a_network_file_system_is_known_by_the_table_of_mounts(tmp_path: Path, path: str, kind: str | None) -> None:
    (tmp_path / "table").write_text(TABLE)
    assert mounts.remote_kind(Path(path), tmp_path / "table") == kind


def test_a_store_on_a_network_file_system_is_told_of_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "table").write_text(f"30 22 0:50 / {tmp_path} rw - nfs4 server:/ rw")
    monkeypatch.setattr(mounts, "TABLE", tmp_path / "table")
    for _ in range(2):
        Workspace.open(tmp_path / "home")
    (record,) = caplog.records
    assert "network file system (nfs4)" in record.message
    assert "SYNTH_HOME" in record.message
    monkeypatch.setattr(mounts, "TABLE", tmp_path / "missing")
    Workspace.open(tmp_path / "elsewhere")
    assert len(caplog.records) == 1


def _be_nobody() -> None:
    if os.getuid() == 0:
        os.setgroups([])
        os.setgid(65534)
        os.setuid(65534)


@pytest.mark.parametrize("verb", ["go on", "list"])
def test_a_store_that_may_only_be_read_is_one_clear_error(defined: Path, verb: str) -> None:
    with tempfile.TemporaryDirectory(prefix="synth-readable-") as folder:
        home = Path(shutil.copytree(defined, Path(folder) / "home"))
        for path in [Path(folder), home, *home.rglob("*")]:
            path.chmod(0o555 if path.is_dir() else 0o444)
        answer = Forked(home, verb, change=_be_nobody).start().answer()
        for path in (Path(folder), home):
            path.chmod(0o700)
    assert answer.startswith("StoreError: ")
    assert "store.db cannot be written" in answer
    assert "make its folder writable for you, or set SYNTH_HOME" in answer
