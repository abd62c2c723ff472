"""Verification of a run, in its files or where it was loaded, and the record that it was done."""

from typing import TYPE_CHECKING

from ..plan.model import RunFiles

if TYPE_CHECKING:
    from ..verify import VerifyReport
    from .workspace import Workspace


def verify_run(workspace: "Workspace", files: RunFiles, target: str | None) -> "VerifyReport":
    """Every constraint and distribution with its violations; the history says what was found, where and when."""
    report = _verified(workspace, files, target)
    checks = [
        {"table": check.table, "kind": check.kind, "columns": list(check.columns), "violations": check.violations}
        for check in report.checks
    ]
    facts = {"run": files.run, "target": target, "ok": report.ok, "checks": checks}
    workspace.store.history.add(files.run.partition("@")[0], "verified", **facts)
    return report


def _verified(workspace: "Workspace", files: RunFiles, target: str | None) -> "VerifyReport":
    from ..verify import verify

    if target is None:
        return verify(files, None)
    from ..warehouses import open_target

    warehouse = open_target(target, workspace.environment, existing=True)
    try:
        return verify(files, warehouse)
    finally:
        warehouse.close()
