"""A real kernel, with the extension loaded and a small shop defined."""

import os
import re
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from jupyter_client.manager import KernelManager, start_new_kernel

SHOP = """\
experiment: shop
seed: 42
tables:
  customers:
    rows: 200
    columns:
      customer_id: {type: bigint, primary_key: true}
      tier: {type: varchar(10), choices: {gold: 1, basic: 3}}
      "<script>": {type: int, min: 1, max: 9}
  orders:
    rows: {per: customers, min: 0, max: 6, mean: 3}
    columns:
      order_id: {type: bigint, primary_key: true}
      customer_id: {references: customers.customer_id}
"""


@dataclass
class Cell:
    """What one cell gave: outputs as (type, content), in order."""

    outputs: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    seconds_after_interrupt: float | None = None

    def add(self, message: dict[str, Any]) -> None:
        if message["msg_type"] in ("stream", "display_data", "execute_result", "update_display_data", "error"):
            self.outputs.append((message["msg_type"], message["content"]))

    @property
    def kinds(self) -> list[str]:
        return [kind for kind, _ in self.outputs]

    @property
    def data(self) -> dict[str, Any]:
        """The bundle of the last output."""
        return dict(self.outputs[-1][1]["data"])

    @property
    def error(self) -> dict[str, Any]:
        return next(content for kind, content in self.outputs if kind == "error")


class Kernel:
    """A running kernel; state: the process behind it."""

    def __init__(self, manager: KernelManager, client: Any) -> None:
        self._manager = manager
        self._client = client

    def run(self, code: str, *, interrupt_after: float | None = None) -> Cell:
        """Run a cell to its end, sending the interrupt of the notebook's stop button on the way when asked."""
        cell = Cell()
        timer = threading.Timer(interrupt_after or 0, self._manager.interrupt_kernel)
        if interrupt_after is not None:
            timer.start()
        self._client.execute_interactive(code, output_hook=cell.add, timeout=120)
        timer.cancel()
        return cell

    def restart_during(self, code: str, text: str) -> None:
        """Run a cell, and restart the kernel when an output has this pattern: what the cell started is killed with it."""
        self._client.execute(code)
        while not re.search(
            text, self._client.get_iopub_msg(timeout=60)["content"].get("data", {}).get("text/plain", "")
        ):
            pass
        self._manager.restart_kernel(now=True)
        self._client.wait_for_ready(timeout=60)
        self.run("%load_ext synth_jupyter")

    def run_until(self, code: str, text: str, then: Callable[[], object] | None = None) -> Cell:
        """Run a cell and, when an output has this pattern, press the stop button or do what is given, and wait."""
        cell = Cell()
        pressed: list[float] = []

        def look(message: dict[str, Any]) -> None:
            cell.add(message)
            shown = message["content"].get("data", {}).get("text/plain", "")
            if not pressed and re.search(text, shown):
                pressed.append(time.monotonic())
                (then or self._manager.interrupt_kernel)()

        self._client.execute_interactive(code, output_hook=look, timeout=120)
        cell.seconds_after_interrupt = time.monotonic() - pressed[0] if pressed else None
        return cell

    def complete(self, code: str, cursor: int | None = None) -> tuple[list[str], str]:
        """(candidates, the text that they replace)."""
        self._client.complete(code, len(code) if cursor is None else cursor)
        content = self._client.get_shell_msg(timeout=60)["content"]
        return content["matches"], code[content["cursor_start"] : content["cursor_end"]]


@pytest.fixture(scope="module")
def kernel(tmp_path_factory: pytest.TempPathFactory, project: Path) -> Iterator[Kernel]:
    """One kernel for the tests of a module, in a folder and a home of its own."""
    folder = tmp_path_factory.mktemp("kernel")
    path = os.pathsep.join(filter(None, (str(project), os.environ.get("PYTHONPATH"))))  # other versions may stand there
    own = {"SYNTH_HOME": str(folder / "home"), "IPYTHONDIR": str(folder / "ipython"), "PYTHONPATH": path}
    environment = {name: value for name, value in os.environ.items() if name != "SYNTH_PROGRESS"} | own
    manager, client = start_new_kernel(kernel_name="python3", env=environment, cwd=str(folder))
    kernel = Kernel(manager, client)
    kernel.run("%load_ext synth_jupyter")
    kernel.run("%%synth define shop\n" + SHOP)
    kernel.run("%synth generate shop --quiet")
    yield kernel
    client.stop_channels()
    manager.shutdown_kernel(now=True)
