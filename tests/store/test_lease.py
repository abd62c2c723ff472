"""Who holds a run: one at a time, told by name, free when its process is gone."""

import fcntl
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from synth_jupyter.errors import ConflictError, StoreError
from synth_jupyter.store import Lease, guard, is_held, this_owner

_CLAIM = """
import sys
from pathlib import Path
from synth_jupyter.errors import ConflictError, StoreError
from synth_jupyter.store import Lease
print("ready", flush=True)
sys.stdin.readline()
try:
    Lease.claim(Path(sys.argv[1]), "shop@1")
    print("won", flush=True)
except ConflictError as error:
    print(error.message, flush=True)
sys.stdin.readline()
"""

_WAIT = """
import sys
from pathlib import Path
from synth_jupyter.store import guard
with guard(Path(sys.argv[1]), exclusive=True):
    print("in")
"""


def _claimants(folder: Path, count: int) -> list[subprocess.Popen[str]]:
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    found = [subprocess.Popen([sys.executable, "-c", _CLAIM, str(folder)], **pipes) for _ in range(count)]
    for process in found:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    return found


def _go(process: subprocess.Popen[str]) -> None:
    assert process.stdin is not None
    process.stdin.write("\n")
    process.stdin.flush()


def _said(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def test_of_two_processes_exactly_one_wins_and_the_other_learns_who(tmp_path: Path) -> None:
    for turn in range(3):
        folder = tmp_path / str(turn)
        folder.mkdir()
        both = _claimants(folder, 2)
        for process in both:
            _go(process)
        answers = [_said(process) for process in both]
        assert sorted(answer == "won" for answer in answers) == [False, True], answers
        winner = both[answers.index("won")]
        loser = next(answer for answer in answers if answer != "won")
        assert f"pid {winner.pid} since 2" in loser
        assert os.uname().nodename in loser
        for process in both:
            process.communicate("\n")


def test_a_killed_holder_holds_nothing(tmp_path: Path) -> None:
    (holder,) = _claimants(tmp_path, 1)
    _go(holder)
    assert _said(holder) == "won"
    assert is_held(tmp_path)
    with pytest.raises(ConflictError, match=f"pid {holder.pid}"):
        Lease.claim(tmp_path, "shop@1")
    holder.send_signal(signal.SIGKILL)
    holder.communicate()
    assert not is_held(tmp_path)
    Lease.claim(tmp_path, "shop@1").release()


def test_readers_share_a_folder_and_keep_writers_out(tmp_path: Path) -> None:
    with Lease.share(tmp_path, "shop@1"), Lease.share(tmp_path, "shop@1"):
        assert not is_held(tmp_path)
        with pytest.raises(ConflictError, match="who reads it"):
            Lease.claim(tmp_path, "shop@1")
    with Lease.claim(tmp_path, "shop@1"), pytest.raises(ConflictError, match=this_owner()):
        Lease.share(tmp_path, "shop@1")


def test_a_lock_on_a_folder_that_was_thrown_away_is_no_lease(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    folder.mkdir()
    held = Lease.claim(folder, "shop@1")
    folder.rename(tmp_path / "trash")
    folder.mkdir()
    with Lease.claim(folder, "shop@1") as new:
        assert os.fstat(new.descriptor).st_ino != os.fstat(held.descriptor).st_ino
    held.release()


def test_a_folder_that_is_thrown_away_while_it_is_claimed_is_claimed_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "run"
    folder.mkdir()
    lock = fcntl.flock
    thrown: list[int] = []

    def late(descriptor: int, kind: int) -> None:
        if not thrown:
            thrown.append(os.fstat(descriptor).st_ino)
            folder.rename(tmp_path / "trash")
            folder.mkdir()
            (folder / ".lock").touch()
        lock(descriptor, kind)

    monkeypatch.setattr(fcntl, "flock", late)
    with Lease.claim(folder, "shop@1") as lease:
        assert os.fstat(lease.descriptor).st_ino == (folder / ".lock").stat().st_ino != thrown[0]


def test_a_lease_is_not_inherited(tmp_path: Path) -> None:
    with Lease.claim(tmp_path, "shop@1") as lease:
        assert not os.get_inheritable(lease.descriptor)


def test_a_link_in_the_place_of_the_lock_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / ".lock").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(StoreError, match="is a link"):
        Lease.claim(tmp_path, "shop@1")
    assert not (tmp_path / "elsewhere").exists()


def test_an_exclusive_guard_waits_for_the_shared_ones(tmp_path: Path) -> None:
    path = tmp_path / "guard"
    with guard(path, exclusive=False), guard(path, exclusive=False):
        process = subprocess.Popen([sys.executable, "-c", _WAIT, str(path)], stdout=subprocess.PIPE, text=True)
        with pytest.raises(subprocess.TimeoutExpired):
            process.communicate(timeout=1.5)
    assert process.communicate(timeout=30)[0] == "in\n"
