"""The parts that ship: an image of a run written to a file, and one brought in."""

from typing import Any

import ipywidgets as widgets

from .part import WIDE, Part, button, row


class Export(Part):
    """A run as one image file."""

    def __init__(self, workspace: Any, experiment: str) -> None:
        super().__init__(workspace, experiment)
        self.file = widgets.Text(f"{experiment}.tar", description="File", tooltip="The file to write", **WIDE)
        self.thin = widgets.Checkbox(
            False, description="Thin", tooltip="Schema, seed and digests only; the data is made again", indent=False
        )
        self.write = button("Export", "Write the image", self.ask, button_style="primary")
        self.arrange(self.file, row(self.write, self.thin), watched=(self.file, self.thin))

    def words(self) -> list[str]:
        return ["export", self.experiment, "-o", self.file.value, *(["--thin"] if self.thin.value else [])]


class Import(Part):
    """An image from a file, verified before anything is stored."""

    def __init__(self, workspace: Any, experiment: str = "") -> None:
        super().__init__(workspace, experiment)
        self.source = widgets.Text("", description="Source", tooltip="A tar file or an OCI layout folder", **WIDE)
        self.name = widgets.Text("", description="As", tooltip="The experiment's name here", **WIDE)
        self.inspect = button("Inspect", "Say what the image holds", self.look)
        self.bring = button("Import", "Verify it and bring it in", self.ask, button_style="primary")
        self.arrange(self.source, self.name, row(self.inspect, self.bring), watched=(self.source, self.name))

    def words(self) -> list[str]:
        name = ["--as", self.name.value.strip()] if self.name.value.strip() else []
        return ["import", self.source.value, *name]

    def look(self) -> None:
        """Say what the image holds; nothing is stored."""
        self.ask(["inspect", self.source.value])
