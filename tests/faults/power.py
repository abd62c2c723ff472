"""What a power cut can leave of a folder: a model of files, names and what of both was made durable.

A file's bytes are on the disk after its `fsync`, a name is after that of its folder. Of all else any part may be there.
"""

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from faulty import Effect, watched

KINDS = ("nothing", "empty", "zeros", "half")


@dataclass
class _Node:
    """A file's bytes, or a folder's names; `durable` is what of them is on the disk. Mutable: it is a disk."""

    names: dict[str, "_Node"] | None = None
    data: bytes = b""
    durable_names: dict[str, "_Node"] = field(default_factory=dict)
    durable_data: bytes = b""


@dataclass
class Disk:
    """Everything below `home` but the store, after each effect. Mutable: it follows the effects."""

    home: Path
    root: _Node = field(default_factory=lambda: _Node(names={}))

    def follow(self, effect: Effect) -> None:
        """Let it happen here too; called before it happens there."""
        getattr(self, f"_{effect.name}")(*effect.words)

    def left(self, kind: str, target: Path) -> None:
        """Write below `target` what a power cut now may leave.

        Without a sync, of names and bytes: `nothing`; of names all, and of bytes none (`empty`), their number
        alone (`zeros`), or the first half of them (`half`).
        """
        _write(self.root, kind, target)

    def _mkdir(self, path: Path, mode: int) -> None:
        self._folder(path)[Path(path).name] = _Node(names={})

    def _open(self, path: Path, flags: int, mode: int) -> None:
        self._folder(path)[Path(path).name] = _Node()

    def _write(self, descriptor: int, data: Any) -> None:
        node = self._node(Path(os.readlink(f"/proc/self/fd/{descriptor}")))
        assert len(node.data) == os.lseek(descriptor, 0, os.SEEK_CUR), "files are written from their start to their end"
        node.data += bytes(data)

    def _fsync(self, descriptor: int) -> None:
        node = self._node(Path(os.readlink(f"/proc/self/fd/{descriptor}")))
        node.durable_data = node.data
        node.durable_names = dict(node.names or {})

    def _link(self, source: Path, target: Path) -> None:
        self._folder(target)[target.name] = self._node(source)

    def _unlink(self, path: Path) -> None:
        self._folder(path).pop(path.name, None)

    def _rename(self, source: Path, target: Path) -> None:
        self._folder(target)[target.name] = self._folder(source).pop(source.name)

    def _rmtree(self, path: Path) -> None:
        self._folder(path).pop(path.name, None)

    def _commit(self, address: str) -> None:
        return

    def _folder(self, path: Path) -> dict[str, _Node]:
        names = self._node(Path(path).parent).names
        assert names is not None
        return names

    def _node(self, path: Path) -> _Node:
        node = self.root
        for name in path.relative_to(self.home).parts:
            assert node.names is not None
            node = node.names[name]
        return node


def _write(node: _Node, kind: str, target: Path) -> None:
    if node.names is None:
        target.write_bytes(_bytes(node, kind))
        target.chmod(0o600)
        return
    target.mkdir(mode=0o700, exist_ok=True)
    for name, inner in (node.durable_names if kind == "nothing" else node.names).items():
        _write(inner, kind, target / name)


def _bytes(node: _Node, kind: str) -> bytes:
    lost = len(node.data) - len(node.durable_data)
    if kind == "zeros":
        return node.durable_data + bytes(lost)
    if kind == "half":
        return node.data[: len(node.durable_data) + lost // 2]
    return node.durable_data


def replay(home: Path, act: Callable[[], Any], look: Callable[[int, str, Path], None], step: int, kinds: int) -> int:
    """Do `act` and show `look` what a power cut before each `step`-th effect may leave, in a folder that goes again.

    Of the `KINDS` each effect gets so many, in turn. The store is as SQLite would make it: with its last commit.

    Returns:
        The number of effects.
    """
    disk, states, last = Disk(home), [], 0

    def handle(effect: Effect, do: Callable[[], Any]) -> Any:
        nonlocal last
        last = effect.number
        if effect.number % step == 0:
            for turn in range(kinds):
                kind = KINDS[(effect.number // step + turn) % len(KINDS)]
                target = home.parent / f"cut-{effect.number}-{kind}"
                disk.left(kind, target)
                for file in home.glob("store.db*"):
                    if not file.name.endswith("-shm"):
                        shutil.copy(file, target)
                states.append((effect.number, kind, target))
        disk.follow(effect)
        return do()

    with watched(handle):
        act()
    for number, kind, target in states:
        look(number, kind, target)
        shutil.rmtree(target)
    return last
