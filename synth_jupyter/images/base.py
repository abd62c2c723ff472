"""Another image that a run's layers are laid upon: read from an archive or a folder, its layers taken as they are."""

import functools
import hashlib
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from ..errors import ImageError
from ..sql import literal, quote
from . import tar
from .layout import LABEL, LAYER_TYPE, MAX_LAYERS_IN_ALL, Base, BaseLayer
from .metadata import Limits
from .readme import FIRST_START
from .resolve import Image, Layer, resolve
from .source import Source, opened

_GZIP, _ZSTD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"
_PIECE = 1 << 18
_KEPT = ("architecture", "variant", "os", "os.version", "os.features", "author")
_LEAST_OWN = 10
_SCRIPTS = "docker-entrypoint-initdb.d"


@contextmanager
def opened_base(path: Path, *, name: str = "", architecture: str = "") -> Iterator[Base]:
    """The image at `path`, an archive or a folder in the OCI layout; it is read as long as the block lasts.

    `name` is where it comes from, its own by default. Of several images it is the one for `architecture`, or for
    amd64, or the first.

    Raises:
        ImageError: there is none, it is damaged, has too many layers, or is an experiment itself.
    """
    what = f"the base {name or path.name}"
    with ExitStack() as stack:
        try:
            archive = stack.enter_context(opened(path, max_members=Limits().members))
            image = resolve(archive, architecture=architecture)
            found = _base(archive, image, name or next(iter(image.tags), ""))
        except ImageError as error:
            raise ImageError(
                f"{what} cannot be taken: {error.message}; nothing was written", hint=error.hint
            ) from error
        yield found


def initialized(base: Base) -> Base:
    """The same with a script on top that fills a new PostgreSQL from the dump of an experiment, at its first start.

    Raises:
        ImageError: the base does not run such scripts.
    """
    inner = base.config.get("config") or {}
    starts = " ".join(map(str, inner.get("Entrypoint") or []))
    if "docker-entrypoint" not in starts and not any(str(one).startswith("PGDATA=") for one in inner.get("Env") or []):
        raise ImageError(
            f"the base starts {starts or 'nothing'!r}, which runs no script of /{_SCRIPTS}; nothing was written",
            hint="take postgres, or an image that is made from it",
        )
    text = f"\\i /experiment/{FIRST_START}\n".encode()
    name = f"{_SCRIPTS}/50-experiment.sql"
    data = tar.header(_SCRIPTS, folder=True) + tar.header(name, len(text)) + text + tar.padding(len(text)) + tar.END
    digest = hashlib.sha256(data).hexdigest()
    layer = BaseLayer(digest, len(data), LAYER_TYPE, f"sha256:{digest}", functools.partial(iter, (data,)), "init")
    return replace(base, layers=(*base.layers, layer), history=(*base.history, {"created_by": "synth_jupyter init"}))


def first_start(dump: str, rows: Mapping[str, int]) -> bytes:
    """What a new PostgreSQL runs: the dump, then a statement that fails unless each table has its rows."""
    counts = "".join(
        f"IF (SELECT count(*) FROM {quote(table)}) <> {count} THEN RAISE EXCEPTION USING MESSAGE = "
        f"{literal(f'{table} does not have its {count:,} rows')}; END IF;\n"
        for table, count in rows.items()
    )
    return f"\\i /experiment/{dump}\nDO {literal(f'BEGIN{chr(10)}{counts}END')};\n".encode()


def _base(archive: Source, image: Image, name: str) -> Base:
    layers = tuple(_layer(archive, layer) for layer in image.layers)
    if len(layers) > MAX_LAYERS_IN_ALL - _LEAST_OWN:
        most = MAX_LAYERS_IN_ALL - _LEAST_OWN
        raise ImageError(f"it has {len(layers)} layers, and of a base at most {most} are taken")
    config = {key: image.config[key] for key in (*_KEPT, "config") if image.config.get(key) is not None}
    labels = _checked(config).get("Labels") or {}
    if any(str(key).startswith(LABEL) for key in labels):
        raise ImageError("it is an image of an experiment itself")
    return Base(config, layers, _history(image.config.get("history"), len(layers)), name, image.manifest_digest)


def _checked(config: Mapping[str, Any]) -> dict[str, Any]:
    """What a container of it gets; ImageError for another form than the standard's."""
    inner = config.get("config") or {}
    forms = {"Labels": dict, "Env": list, "Entrypoint": list, "Cmd": list}
    if not isinstance(inner, dict) or not all(
        isinstance(inner.get(key) or form(), form) for key, form in forms.items()
    ):
        raise ImageError("its config has an unknown form")
    return inner


def _history(given: Any, layers: int) -> tuple[Mapping[str, Any], ...]:
    """What the base tells of its layers, if it tells of each."""
    entries = [entry for entry in given if isinstance(entry, dict)] if isinstance(given, list) else []
    if sum(not entry.get("empty_layer") for entry in entries) == layers:
        return tuple(entries)
    return tuple({"created_by": "a layer of the base"} for _ in range(layers))


def _layer(archive: Source, layer: Layer) -> BaseLayer:
    content = functools.partial(_content, archive, layer.name)
    with archive.open(layer.name) as section:
        start = section.read(4)
    if start == _ZSTD:
        raise ImageError(
            "it has a layer that is compressed with zstd, which not every engine reads",
            hint="convert it, such as with skopeo copy --dest-compress-format gzip",
        )
    is_gzip = start[:2] == _GZIP
    digest = layer.digest or (layer.diff_id if not is_gzip else f"sha256:{_sha256(content())}")
    media_type = f"{LAYER_TYPE}+gzip" if is_gzip else LAYER_TYPE
    return BaseLayer(digest.removeprefix("sha256:"), archive.sizes[layer.name], media_type, layer.diff_id, content)


def _content(archive: Source, name: str) -> Iterator[bytes]:
    with archive.open(name) as section:
        while piece := section.read(_PIECE):
            yield piece


def _sha256(content: Iterator[bytes]) -> str:
    digest = hashlib.sha256()
    for piece in content:
        digest.update(piece)
    return digest.hexdigest()
