"""The part that defines: a document, checked before it is stored."""

from typing import Any

import ipywidgets as widgets

from .part import WIDE, Part, button, row


class Define(Part):
    """A document in YAML, JSON or DDL; Check says how it is understood, Define stores it."""

    def __init__(self, workspace: Any, experiment: str = "", document: str = "") -> None:
        super().__init__(workspace, experiment)
        self.name = widgets.Text(experiment, description="Name", tooltip="The experiment's name", **WIDE)
        self.document = widgets.Textarea(
            document, description="Document", rows=10, tooltip="YAML, JSON or DDL",
            placeholder="tables:\n  customers:\n    rows: 1_000\n    columns:\n"
            "      customer_id: {type: bigint, primary_key: true}", **WIDE,
        )  # fmt: skip
        self.replaces = widgets.Checkbox(False, description="Replace", tooltip="Store a new version", indent=False)
        self.check = button("Check", "Only check the document; store nothing", self.validate)
        self.define = button("Define", "Store the experiment", self.store, button_style="primary")
        fields = (self.name, self.document, self.replaces)
        self.arrange(self.name, self.document, row(self.check, self.define, self.replaces), watched=fields)

    def words(self) -> list[str]:
        name = [self.name.value] if self.name.value else []
        return ["define", *name, *(["--replace"] if self.replaces.value else [])]

    def body(self) -> str | None:
        return str(self.document.value)

    def validate(self) -> None:
        """Say how the document is understood, or every problem with its place."""
        self.ask([*self.words(), "--check"], self.body())

    def store(self) -> None:
        """Store it."""
        self.ask()
