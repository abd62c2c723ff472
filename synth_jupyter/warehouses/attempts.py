"""Another try where the target was away for a moment, and nowhere else."""

from collections.abc import Callable
from typing import Protocol, TypeVar

from tenacity import RetryCallState, Retrying, retry_if_exception, stop_after_attempt, wait_random_exponential

from ..errors import WarehouseError

T = TypeVar("T")
_TRIES = 5
_PASSING = ("08", "57P0", "40", "53300")
"""SQLSTATEs that pass: connections, shutdowns, serialization, too many clients."""


class Unavailable(WarehouseError):
    """The target was away or held by somebody; `again` says that another try may succeed at once."""

    again: bool = True


class Held(Unavailable):
    """Somebody else holds the target, and did so for as long as we wait."""

    again = False


class Reconnecting(Protocol):
    """A session that can get a new connection."""

    def reconnect(self) -> None:
        """A new connection in place of one that was lost."""


def is_passing(sqlstate: str | None) -> bool:
    """Whether an error of that SQLSTATE is worth another try."""
    return bool(sqlstate) and str(sqlstate).startswith(_PASSING)


def attempt(session: Reconnecting, work: Callable[[], T]) -> T:
    """`work()`, repeated on a new connection while the target is away: up to five tries, about ten seconds in all.

    Raises:
        Unavailable: it still is; and whatever else `work` raises, at once.
    """

    def reconnect(state: RetryCallState) -> T:
        if state.attempt_number > 1:
            session.reconnect()
        return work()

    retrying = Retrying(
        stop=stop_after_attempt(_TRIES),
        wait=wait_random_exponential(multiplier=0.1, max=4),
        retry=retry_if_exception(lambda error: isinstance(error, Unavailable) and error.again),
        reraise=True,
    )
    for state in retrying:
        with state:
            return reconnect(state.retry_state)
    raise AssertionError("the last try returns or raises")
