"""Where SQL is answered and data is loaded."""

from collections.abc import Callable, Mapping
from pathlib import Path

from ..errors import NotFoundError, WarehouseError
from ..registry import Registry
from .base import LoadReport, TableLoad, Warehouse
from .query import query
from .result import Result

__all__ = ["WAREHOUSES", "LoadReport", "Result", "TableLoad", "Warehouse", "check_target", "open_target", "query"]

WAREHOUSES: Registry[Callable[[str, Mapping[str, str]], Warehouse]] = Registry(
    "load target", "synth_jupyter.warehouses"
)
"""Load targets: the word before the colon -> a callable that takes the rest and the environment."""
_FORMS = "write duckdb:FILE, sqlite:FILE or env:VARIABLE"


def open_target(spec: str, environment: Mapping[str, str], *, existing: bool = False) -> Warehouse:
    """The warehouse of `duckdb:FILE`, `sqlite:FILE`, `env:VARIABLE` (a PostgreSQL address) or a plug-in's `name:REST`.

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
    if rest.startswith("//") or "@" in kind:
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
    from .postgres import Postgres

    url = environment.get(rest, "")
    if not url:
        raise WarehouseError(f"the environment variable {rest} is empty", hint=f"export {rest}=postgresql://...")
    if not url.startswith(("postgresql://", "postgres://")):
        raise WarehouseError(f"the address in {rest} is not one of PostgreSQL", hint="it starts with postgresql://")
    return Postgres(url, f"env:{rest}")
