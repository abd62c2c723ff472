"""Where loads cannot write, and addresses that the system's keyring holds."""

from contextlib import closing
from pathlib import Path

import keyring
import pytest
from keyring.backend import KeyringBackend

from synth_jupyter.errors import WarehouseError
from synth_jupyter.plan.model import RunFiles
from synth_jupyter.warehouses import open_target


class InMemory(KeyringBackend):
    """A keyring that lives as long as the test."""

    priority = 1.0  # type: ignore[assignment]

    def __init__(self) -> None:
        super().__init__()
        self.held: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.held.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.held[service, username] = password


@pytest.fixture
def ring(monkeypatch: pytest.MonkeyPatch) -> InMemory:
    made = InMemory()
    monkeypatch.setattr(keyring.core, "_keyring_backend", made)
    return made


def test_an_address_of_the_keyring_is_loaded_into_and_never_shown(
    ring: InMemory, shop: RunFiles, tmp_path: Path
) -> None:
    ring.set_password("synth_jupyter", "lake", f"sqlite:///{tmp_path}/lake.db")
    with closing(open_target("keyring:lake", {})) as warehouse:
        report = warehouse.load(shop).to_dict()
    assert (report["target"], report["tables"]["orders"]["rows"]) == ("keyring:lake", 5)


def test_a_name_that_the_keyring_lacks_says_how_to_store_it(ring: InMemory) -> None:
    with pytest.raises(WarehouseError, match="called lake") as caught:
        open_target("keyring:lake", {})
    assert "keyring set synth_jupyter lake" in caught.value.hint


def test_an_address_that_drivers_would_misread_is_refused_unshown() -> None:
    with pytest.raises(WarehouseError, match="env:URL cannot be read") as caught:
        open_target("env:URL", {"URL": "postgresql://u:a@b/c@127.0.0.1:1/db"})
    assert "%40" in caught.value.hint
    assert "b/c" not in str(caught.value.to_dict())
