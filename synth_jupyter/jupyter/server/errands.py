"""The addresses beside the verbs: jobs, their events and files, uploads, history, and the description of it all."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import wraps
from pathlib import Path
from time import monotonic
from typing import Any

from tornado import web

from ... import __version__
from ...errors import CommandError, NotFoundError, SynthError
from ...store import Event
from .handler import SynthHandler
from .routes import served

OPENAPI = Path(__file__).with_name("openapi.json")
_LONGEST_WAIT = 30.0
_LOOK_SECONDS = 0.1
_Method = Callable[..., Awaitable[None]]


def told(method: _Method) -> _Method:
    """A handler's method whose errors of ours become error documents."""

    @wraps(method)
    async def safely(self: SynthHandler, *words: str) -> None:
        try:
            await method(self, *words)
        except SynthError as error:
            self.refuse(error)

    return safely


class Index(SynthHandler):
    """What answers here, for whoever wants to know whether the extension is there."""

    @web.authenticated
    async def get(self) -> None:
        """The version and the verbs."""
        verbs = {verb: {"method": route.method, "manner": route.manner} for verb, route in served().items()}
        self.answer({"synth_jupyter": __version__, "openapi": f"{self.base_url}synth/api/openapi.json", "verbs": verbs})


class Description(SynthHandler):
    """The OpenAPI document."""

    @web.authenticated
    async def get(self) -> None:
        """As it is shipped."""
        self.answer(OPENAPI.read_text("utf-8"))


class History(SynthHandler):
    """What happened in the workspace."""

    @web.authenticated
    @told
    async def get(self) -> None:
        """The events after number `since`."""
        since = number(self, "since")
        events = await asyncio.to_thread(lambda: self.synth.open().store.history.events())
        shown = [_event(each) for each in events if each.number > since]
        self.answer({"events": shown, "next": shown[-1]["id"] if shown else since})


class AllJobs(SynthHandler):
    """The jobs of this workspace."""

    @web.authenticated
    @told
    async def get(self) -> None:
        """Oldest first."""
        self.answer({"jobs": [job.to_dict() for job in self.synth.jobs.all()]})


class OneJob(SynthHandler):
    """One job."""

    @web.authenticated
    @told
    async def get(self, key: str) -> None:
        """How far it is, and what it gave."""
        self.answer(self.synth.jobs.get(key).to_dict())


class JobCancel(SynthHandler):
    """To stop a job."""

    @web.authenticated
    @told
    async def post(self, key: str) -> None:
        """Ask it to stop; what a run has is kept."""
        self.sent_json()
        self.synth.jobs.interrupt(key)
        self.answer(self.synth.jobs.get(key).to_dict(), 202)


class JobEvents(SynthHandler):
    """The progress of a job."""

    @web.authenticated
    @told
    async def get(self, key: str) -> None:
        """The events after number `since`; with `wait`, not before there is one or so many seconds have gone."""
        since, wait = number(self, "since"), number(self, "wait")
        if wait > _LONGEST_WAIT:
            raise CommandError(f"wait is at most {_LONGEST_WAIT:g} seconds")
        until = monotonic() + wait
        while True:
            job = self.synth.jobs.get(key)
            events = list(self.synth.jobs.events(key, since))
            if events or job.status != "running" or monotonic() >= until:
                break
            await asyncio.sleep(_LOOK_SECONDS)
        self.answer({"job": key, "status": job.status, "events": events, "next": since + len(events)})


class JobFile(SynthHandler):
    """The file that a job made."""

    @web.authenticated
    @told
    async def get(self, key: str) -> None:
        """As an attachment, in pieces."""
        path = self.synth.jobs.get(key).download
        if path is None:
            raise NotFoundError("this job has no file", hint="an export without `output` makes one, when it is done")
        await self.attach(path)


def _event(event: Event) -> dict[str, Any]:
    return {
        "id": event.number, "at": event.at, "experiment": event.experiment, "kind": event.kind,
        "details": event.details,
    }  # fmt: skip


def number(handler: SynthHandler, name: str) -> int:
    """A query parameter that is a whole number from 0; CommandError when it is none."""
    text = handler.get_query_argument(name, "0") or "0"
    if not (text.isascii() and text.isdecimal() and len(text) < 16):
        raise CommandError(f"{name} is {text[:20]!r}", hint="use a whole number, 0 or more")
    return int(text)
