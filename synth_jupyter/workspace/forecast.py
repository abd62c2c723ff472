"""What a run would take, before it begins: rows, bytes, seconds, and whether the disk can hold them."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..engine.estimate import Estimate, estimate, most_bytes
from ..engine.resources import free_disk, workers_for
from ..errors import GenerationError
from ..plan.model import Plan


@dataclass(frozen=True)
class Forecast:
    """An estimate of a plan on this machine: `workers` processes, `free` bytes where the run would be written."""

    experiment: str
    plan: Plan
    estimate: Estimate
    workers: int
    free: int

    @property
    def fits(self) -> bool:
        """Whether the disk can hold it."""
        return self.estimate.bytes <= self.free

    def to_dict(self) -> dict[str, Any]:
        """The document of `generate --dry-run`."""
        return {
            "experiment": self.experiment,
            "seed": self.plan.seed,
            "rows": self.plan.rows,
            "partitions": sum(table.partition_count for table in self.plan.tables),
            **self.estimate.to_dict(self.workers),
            "free_bytes": self.free,
            "fits": self.fits,
        }


def forecast(experiment: str, plan: Plan, home: Path, workers: int = 0) -> Forecast:
    """Make and encode some rows of each table of `plan`, in memory; `workers` 0 means those a run would use."""
    return Forecast(experiment, plan, estimate(plan), workers or workers_for(plan), free_disk(home))


def refuse_without_room(plan: Plan, home: Path) -> None:
    """Nothing when the disk below `home` can hold the plan's files.

    Raises:
        GenerationError: it cannot; nothing was written.
    """
    free = free_disk(home)
    if most_bytes(plan) <= free // 2:
        return
    wanted = estimate(plan).bytes
    if wanted > free:
        raise GenerationError(
            f"about {_gigabytes(wanted)} are needed in {home}, and {_gigabytes(free)} are free; nothing was written",
            hint="a smaller --scale, another SYNTH_HOME, or --out with a folder or bucket that has room",
        )


def _gigabytes(size: int) -> str:
    return f"{size / 1e9:,.1f} GB"
