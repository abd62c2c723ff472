"""From an error to its HTTP status: one table by type; what no type explains is 500 and is told in the log alone."""

from typing import Any

from ... import errors
from ...errors import SynthError
from .redaction import redacted


class Refused(SynthError):
    """A request that HTTP itself refuses; `status` says why."""

    def __init__(self, status: int, message: str, *, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.status = status


STATUSES: dict[type[SynthError], int] = {
    errors.CommandError: 400,
    errors.NotFoundError: 404,
    errors.ConflictError: 409,
    errors.Interrupted: 409,
    errors.SchemaError: 422,
    errors.PlanError: 422,
    errors.QueryError: 422,
    errors.WarehouseError: 422,
    errors.ImageError: 422,
    errors.GenerationError: 500,
    errors.PluginError: 500,
    errors.SettingsError: 500,
    errors.StoreError: 503,
    SynthError: 500,
}

UNCONFIRMED = 428
"""Something would be removed and `yes` is missing: the plan is the answer."""


def status_of(error: SynthError) -> int:
    """The status of an error, by its nearest type."""
    if isinstance(error, Refused):
        return error.status
    return status_by_name(type(error).__name__)


def status_by_name(name: str) -> int:
    """The status of an error whose document was made in another process."""
    return next((status for kind, status in STATUSES.items() if kind.__name__ == name), 500)


def answer_status(exit_code: int, document: dict[str, Any]) -> int:
    """200; also where `verify` counted violations, for its document is the answer."""
    return UNCONFIRMED if exit_code == 1 and document.get("done") is False else 200


def error_document(error: SynthError, request_id: str) -> dict[str, Any]:
    """The error document, without secrets, with the id under which the log has more."""
    return with_id(error.to_dict(), request_id)


def with_id(document: dict[str, Any], request_id: str) -> dict[str, Any]:
    """An error document of another process with the id of this request, without secrets."""
    error = dict(document["error"])
    error["message"], error["hint"] = redacted(error["message"]), redacted(error["hint"])
    error["problems"] = [{**each, "message": redacted(each["message"])} for each in error["problems"]]
    return {"error": error | {"request_id": request_id}}
