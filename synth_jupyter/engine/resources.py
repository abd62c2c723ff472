"""What this machine has to give: cores, free memory and disk, also inside a container with limits of its own."""

import os
import shutil
from pathlib import Path

from ..digests import LEAF_ROWS
from ..plan.build import row_width
from ..plan.model import Plan

_CONTROL = Path("/sys/fs/cgroup")
WORKER_BYTES = 200 << 20
"""A worker before it makes anything: the interpreter, numpy, Arrow and the pools it maps."""
COPIES = 6
"""How often a batch stands in memory at once: generated, coded, hashed, encoded, compressed, and some slack."""


def cores(control: Path = _CONTROL) -> int:
    """Cores this process may use: its affinity, cut by a container's quota; at least 1."""
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    quota, _, period = _text(control / "cpu.max").partition(" ")
    if quota.isdigit() and period.strip().isdigit():
        return max(1, min(allowed, int(quota) // int(period)))
    old_quota, old_period = (_text(control / "cpu" / f"cpu.cfs_{name}_us") for name in ("quota", "period"))
    if old_quota.isdigit() and old_period.isdigit():
        return max(1, min(allowed, int(old_quota) // int(old_period)))
    return allowed


def free_memory(control: Path = _CONTROL) -> int:
    """Bytes that can be used without swapping, cut by a container's limit."""
    import psutil

    free = int(psutil.virtual_memory().available)
    for limit, used in (("memory.max", "memory.current"),
                        ("memory/memory.limit_in_bytes", "memory/memory.usage_in_bytes")):  # fmt: skip
        bound, now = _text(control / limit), _text(control / used)
        if bound.isdigit() and now.isdigit():
            free = min(free, max(0, int(bound) - int(now)))
    return free


def free_disk(folder: Path) -> int:
    """Bytes that can be written below `folder`, which need not exist yet."""
    while not folder.exists():
        folder = folder.parent
    return shutil.disk_usage(folder).free


def worker_bytes(plan: Plan) -> int:
    """Memory one worker needs at most for one batch of the plan's widest table."""
    widest = max((row_width(table) for table in plan.schema.tables), default=0)
    return WORKER_BYTES + COPIES * LEAF_ROWS * widest


def workers_for(plan: Plan, control: Path = _CONTROL) -> int:
    """As many workers as there are cores, fewer where memory holds fewer; at least 1. No value depends on it."""
    return max(1, min(cores(control), free_memory(control) // worker_bytes(plan)))


def _text(path: Path) -> str:
    try:
        return path.read_text("ascii").strip()
    except OSError:
        return ""
