"""The pytest plug-in: `synth_experiment` gives a test the data of a document, generated once for the session."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from ..workspace import Experiment

_Key = tuple[str, str, tuple[tuple[str, int], ...], str, int | None]


@dataclass
class SynthExperiments:
    """Makes experiments in homes of their own; state: those that were made, by all that decides their rows."""

    folder: Path
    new_home: Callable[[], Path]
    made: "dict[_Key, Experiment]" = field(default_factory=dict)

    def __call__(
        self,
        document: str | Path,
        *,
        name: str | None = None,
        rows: Mapping[str, int] | None = None,
        scale: float = 1,
        seed: int | None = None,
    ) -> "Experiment":
        """The generated experiment of a document, which is a file (relative to pytest's root folder) or its text.

        Raises:
            SynthError: the document is wrong or cannot be generated as asked.
        """
        text, called = self._read(document)
        rows = dict(rows or {})
        key = (text, name or called, tuple(sorted(rows.items())), str(scale), seed)
        if key not in self.made:
            self.made[key] = self._make(text, name or called, rows=rows, scale=scale, seed=seed)
        return self.made[key]

    def _read(self, document: str | Path) -> tuple[str, str]:
        if isinstance(document, str) and "\n" in document:
            return document, "experiment"
        path = self.folder / document
        return path.read_text(encoding="utf-8"), path.stem.replace("-", "_")

    def _make(self, text: str, name: str, **wanted: Any) -> "Experiment":
        from .. import open as open_workspace

        workspace = open_workspace(self.new_home())
        experiment = workspace.experiment(workspace.define(text, name).name)
        experiment.generate(workers=1, load=False, **wanted)
        return experiment


@pytest.fixture(scope="session")
def synth_experiment(pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory) -> SynthExperiments:
    """Call it with a document: `synth_experiment("shop.yaml", rows={"customers": 100}, seed=1)`."""
    return SynthExperiments(pytestconfig.rootpath, lambda: tmp_path_factory.mktemp("synth") / "home")
