"""Where SQL is answered and data is loaded."""

from collections.abc import Callable, Mapping
from pathlib import Path

from ..errors import NotFoundError, WarehouseError
from ..registry import Registry
from .addresses import check_address
from .base import LoadReport, TableLoad, Warehouse
from .query import query
from .result import Result

__all__ = ["WAREHOUSES", "LoadReport", "Result", "TableLoad", "Warehouse", "check_target", "open_target", "query"]

WAREHOUSES: Registry[Callable[[str, Mapping[str, str]], Warehouse]] = Registry(
    "load target", "synth_jupyter.warehouses"
)
"""Load targets: the word before the colon -> a callable that takes the rest and the environment."""
_FORMS = "write duckdb:FILE, sqlite:FILE, env:VARIABLE, keyring:NAME, dir:FOLDER or snowflake:script=FOLDER"
_KEYRING = "synth_jupyter"
"""The service under which the system's keyring holds addresses."""


def open_target(spec: str, environment: Mapping[str, str], *, existing: bool = False) -> Warehouse:
    """The warehouse of a file, of an address in a variable or the keyring, of a folder, or a plug-in's `name:REST`.

    A file is made when it is missing, unless it must be `existing` (to verify or to ask).

    Raises:
        NotFoundError: the file must exist and does not.
        WarehouseError: it is none of these, or cannot be opened; an address is never shown.
    """
    kind, rest = check_target(spec)
    if existing and kind in ("duckdb", "sqlite") and not Path(rest).expanduser().is_file():
        raise NotFoundError(f"there is no file {rest}", hint=f"load a run into it first: synth load NAME --into {spec}")
    return WAREHOUSES[kind](rest, environment)


def check_target(spec: str) -> tuple[str, str]:
    """The kind of a target and the rest of its words, without opening it; WarehouseError when it is none."""
    kind, _, rest = spec.partition(":")
    if rest.startswith("//") or (kind not in WAREHOUSES and any(sign in spec for sign in "@=")):
        raise WarehouseError(
            "a database address may hold a password, so it is not taken as a word",
            hint="put it into an environment variable and write env:VARIABLE",
        )
    if not rest or kind not in WAREHOUSES:
        raise WarehouseError(f"{spec!r} is no load target", hint=_FORMS)
    return kind, rest


@WAREHOUSES.register("duckdb")
def _duckdb(rest: str, environment: Mapping[str, str]) -> Warehouse:
    from .duckdb import DuckDBFile

    return DuckDBFile(Path(rest).expanduser(), f"duckdb:{rest}")


@WAREHOUSES.register("sqlite")
def _sqlite(rest: str, environment: Mapping[str, str]) -> Warehouse:
    from .sqlite import SQLiteFile

    return SQLiteFile(Path(rest).expanduser(), f"sqlite:{rest}")


@WAREHOUSES.register("env")
def _environment(rest: str, environment: Mapping[str, str]) -> Warehouse:
    url = environment.get(rest, "")
    if not url:
        raise WarehouseError(f"the environment variable {rest} is empty", hint=f"export {rest}=postgresql://...")
    return _addressed(url, f"env:{rest}")


@WAREHOUSES.register("keyring")
def _keyring(rest: str, environment: Mapping[str, str]) -> Warehouse:
    try:
        import keyring
        from keyring.errors import KeyringError
    except ImportError as error:
        raise WarehouseError("the keyring package is missing", hint="pip install synth-jupyter[all]") from error
    try:
        url = keyring.get_password(_KEYRING, rest)
    except KeyringError as error:
        raise WarehouseError(f"the system's keyring cannot be asked: {error}", hint="use env:VARIABLE") from None
    if not url:
        raise WarehouseError(
            f"the keyring has no address called {rest}", hint=f"store it: python -m keyring set {_KEYRING} {rest}"
        )
    return _addressed(url, f"keyring:{rest}")


@WAREHOUSES.register("dir")
def _folder(rest: str, environment: Mapping[str, str]) -> Warehouse:
    from .folder import Folder

    return Folder(Path(rest).expanduser(), f"dir:{rest}")


@WAREHOUSES.register("snowflake")
def _snowflake(rest: str, environment: Mapping[str, str]) -> Warehouse:
    return _scripts("snowflake", rest)


@WAREHOUSES.register("redshift")
def _redshift(rest: str, environment: Mapping[str, str]) -> Warehouse:
    return _scripts("redshift", rest)


def _scripts(kind: str, rest: str) -> Warehouse:
    from .script import Scripts

    word, _, folder = rest.partition("=")
    if word != "script" or not folder:
        raise WarehouseError(f"'{kind}:{rest}' is no load target", hint=f"write {kind}:script=FOLDER")
    return Scripts(kind, Path(folder).expanduser(), f"{kind}:{rest}")


def _addressed(url: str, target: str) -> Warehouse:
    """PostgreSQL through its own driver, every other address through SQLAlchemy."""
    check_address(url, target)
    if url.startswith(("postgresql://", "postgres://")):
        from .postgres import Postgres

        return Postgres(url, target)
    from .general import General

    return General(url, target)
