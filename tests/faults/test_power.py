"""The power fails before any effect: what was recorded is there, and the run goes on to the same files."""

from collections.abc import Callable
from pathlib import Path

import pytest
from judged import faults_of, generate
from power import KINDS, replay

from synth_jupyter import files


def found_by(home: Path, sound: Path, step: int, kinds: int) -> list[str]:
    found: list[str] = []

    def look(number: int, kind: str, left: Path) -> None:
        found.extend(f"{number} {kind}: {fault}" for fault in faults_of(left, sound))

    assert replay(home, generate(home), look, step, kinds) > 100
    return found


@pytest.mark.parametrize(("step", "kinds"), [(2, 1), pytest.param(1, len(KINDS), marks=pytest.mark.slow)])
def test_a_power_cut_before_any_effect_costs_nothing(defined: Path, sound: Path, step: int, kinds: int) -> None:
    assert found_by(defined, sound, step, kinds) == []


@pytest.mark.parametrize("forgotten", ["sync_file", "sync_folder"])
def test_a_forgotten_sync_is_caught(
    defined: Path, sound: Path, forgotten: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    nothing: Callable[..., None] = lambda *words: None  # noqa: E731 - it stands for a function
    monkeypatch.setattr(files, forgotten, nothing)
    found = found_by(defined, sound, 9, 2)
    assert any("shop@1 data/" in fault for fault in found)
