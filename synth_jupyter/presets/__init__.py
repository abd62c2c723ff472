"""Ready-made experiments: one readable document each, to start from (`synth define bank preset:bank`)."""

from importlib.resources import files

from ..errors import NotFoundError

PREFIX = "preset:"
PRESETS = ("shop", "bank", "hospital", "logistics", "saas", "iot", "hr", "tpch")


def is_preset(text: str) -> bool:
    """Whether the text names a preset instead of being a document."""
    return text.startswith(PREFIX) and "\n" not in text.strip()


def preset(name: str) -> str:
    """The document of a preset, called `bank` or `preset:bank`; NotFoundError names the nearest one."""
    wanted = name.strip().removeprefix(PREFIX).strip()
    if wanted not in PRESETS:
        found = NotFoundError.of("preset", wanted, PRESETS)
        raise NotFoundError(found.message, hint=f"the presets are {', '.join(PRESETS)}")
    return (files(__package__) / f"{wanted}.yaml").read_text(encoding="utf-8")


__all__ = ["PREFIX", "PRESETS", "is_preset", "preset"]
