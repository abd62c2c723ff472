"""Where settings come from: words, %config, the environment, the project's file, the user's file; the first that has one."""

from pathlib import Path
from typing import Any

import pytest

from synth_jupyter.errors import SettingsError
from synth_jupyter.settings import Settings

Layers = dict[str, Any]

VALUES: dict[str, tuple[Any, ...]] = {  # by setting: what each layer says, the first wins
    "home": ("/a", "/b", "/c", "/d"),
    "progress": ("off", "plain", "html", "auto"),
    "workers": (1, 2, 3, 4),
    "display_rows": (5, 6, 7, 8),
    "debug": (True, False, True, False),
}


def toml(name: str, value: Any) -> str:
    return f"{name} = {str(value).lower() if isinstance(value, bool) else repr(value)}\n"


@pytest.mark.parametrize("name", VALUES)
@pytest.mark.parametrize("missing", range(4))
def test_the_first_layer_that_has_a_setting_decides(name: str, missing: int, tmp_path: Path) -> None:
    values = VALUES[name][missing:]
    layers = (*(None,) * missing, *values)
    given = {} if layers[0] is None else {name: layers[0]}
    environment = {} if layers[1] is None else {f"SYNTH_{name.upper()}": str(layers[1])}
    if layers[2] is not None:
        (tmp_path / "pyproject.toml").write_text("[tool.synth]\n" + toml(name, layers[2]))
    (tmp_path / "mine.toml").write_text(toml(name, layers[3]))
    environment["SYNTH_CONFIG"] = str(tmp_path / "mine.toml")
    below = tmp_path / "notebooks"
    below.mkdir()
    found = getattr(Settings.from_environment(environment, given=given, folder=below), name)
    assert (str(found) if name == "home" else found) == values[0]


def test_the_users_file_is_found_without_being_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    (tmp_path / "synth_jupyter").mkdir()
    (tmp_path / "synth_jupyter/settings.toml").write_text("workers = 3\n")
    assert Settings.from_environment({}, folder=tmp_path).workers == 3


def test_a_folder_in_a_file_is_relative_to_the_file(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[tool.synth]\nhome = "data"\n')
    assert Settings.from_environment({}, folder=tmp_path).home == tmp_path / "data"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[tool.synth]\ndisplay_row = 3", "did you mean 'display_rows'"),
        ("[tool.synth]\nworkers = -1", "tool.synth.workers in .*pyproject.toml is -1"),
        ("[tool.synth]\nworkers = true", "is True"),
        ("[tool.synth]\nprogress = 'loud'", "is 'loud'"),
        ("[tool.synth]\ndebug = 'perhaps'", "is 'perhaps'"),
        ("[tool.synth]\nhome = 3", "is 3"),
        ("[tool]\nsynth = 3", "is no table"),
        ("[tool.synth", "cannot be read"),
    ],
)
def test_a_wrong_file_is_one_error_that_names_it(text: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(text)
    with pytest.raises(SettingsError, match=said) as raised:
        Settings.from_environment({}, folder=tmp_path)
    assert raised.value.hint


def test_a_file_that_was_named_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="cannot be read"):
        Settings.from_environment({"SYNTH_CONFIG": str(tmp_path / "none.toml")}, folder=tmp_path)


@pytest.mark.parametrize("name", ["PROGRESS", "WORKERS", "DEBUG"])
def test_an_empty_variable_says_nothing(name: str, tmp_path: Path) -> None:
    assert Settings.from_environment({f"SYNTH_{name}": ""}, folder=tmp_path) == Settings.from_environment(
        {}, folder=tmp_path
    )
