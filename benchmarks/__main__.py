"""Print every figure: `python -m benchmarks [--scale F] [NAME...]`. 1.0 is the size that the documents quote."""

import argparse
import os
import platform
from collections.abc import Callable, Iterator

from . import (
    core,
    encodings,
    images,
    lineage,
    loads,
    memory,
    notebook,
    relations,
    run,
    scale,
    schema,
    server,
    sql,
    startup,
    tpch,
    values,
)
from .measure import Figure

SUITES: dict[str, Callable[[float], Iterator[Figure | str]]] = {
    "core": core.figures,
    "relations": relations.figures,
    "values": values.figures,
    "encodings": encodings.figures,
    "tpch": tpch.figures,
    "run": run.figures,
    "schema": schema.figures,
    "memory": memory.figures,
    "images": images.figures,
    "lineage": lineage.figures,
    "loads": loads.figures,
    "scale": scale.figures,
    "sql": sql.figures,
    "startup": startup.figures,
    "notebook": notebook.figures,
    "server": server.figures,
}

LONG: dict[str, Callable[[float], Iterator[Figure | str]]] = {"billion": memory.billion}
"""Suites that run only when they are named."""


def main() -> None:
    """Measure the named suites, or all."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "suites", nargs="*", metavar="NAME", choices=[*SUITES, *LONG, []], help=f"of {', '.join([*SUITES, *LONG])}"
    )
    parser.add_argument("--scale", type=float, default=1.0, help="smaller is quicker and less exact (default 1.0)")
    asked = parser.parse_args()
    print(
        f"{platform.python_implementation()} {platform.python_version()}, {os.cpu_count()} cores, {platform.machine()}"
    )
    for name in asked.suites or SUITES:
        print(f"\n{name}")
        for figure in (SUITES | LONG)[name](asked.scale):
            print(f"  {figure}", flush=True)


if __name__ == "__main__":
    main()
