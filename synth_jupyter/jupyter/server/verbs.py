"""One handler for every verb: read the request, make the one call of the grammar, answer with its document."""

import asyncio
import tempfile
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from tornado import web

from ...commands import answer
from ...commands.named import named_request
from ...commands.verbs import Answer
from ...documents import to_json
from ...errors import SynthError
from .apart import Asked, Outcome
from .handler import SynthHandler
from .requests import Wanted, read_query, wanted
from .routes import ROUTES
from .service import SynthServer
from .statuses import answer_status, status_by_name


class VerbHandler(SynthHandler):
    """`/synth/api/VERB`, in the manner that its route says."""

    def initialize(self, synth: SynthServer, verb: str = "") -> None:
        """`verb` comes from the route."""
        super().initialize(synth)
        self.verb = verb
        self.route = ROUTES[verb]
        self._asking: asyncio.Task[Outcome] | None = None

    @property
    def action(self) -> str:
        """As the verb's route says."""
        return self.route.action

    @web.authenticated
    async def get(self) -> None:
        """A verb that reads."""
        await self._do("GET")

    @web.authenticated
    async def post(self) -> None:
        """A verb that changes something, or a statement."""
        await self._do("POST")

    @web.authenticated
    async def delete(self) -> None:
        """A verb that removes something, with `yes`."""
        await self._do("DELETE")

    async def _do(self, method: str) -> None:
        if self.route.method != method:
            self.set_header("Allow", self.route.method)
            raise web.HTTPError(405)
        manners: dict[str, Callable[[], Coroutine[Any, Any, None]]] = {
            "here": self._here, "apart": self._apart, "job": self._job,
        }  # fmt: skip
        try:
            await manners[self.route.manner]()
        except SynthError as error:
            self.refuse(error)

    def _given(self) -> dict[str, Any]:
        if self.route.method == "POST":
            return self.sent_json()
        return read_query(self.verb, self.request.query_arguments)

    def _wanted(self, downloads: Path) -> Wanted:
        return wanted(self.verb, self._given(), self.synth.places(downloads), rows=self.synth.rows)

    async def _here(self) -> None:
        with tempfile.TemporaryDirectory(prefix="synth-") as folder:
            asked = self._wanted(Path(folder))
            given, text = await asyncio.to_thread(self._performed, asked)
            made = next(Path(folder).iterdir(), None)
            if made is not None:
                await self.attach(made)
            elif given.text is not None and "format" in asked.values:
                made = Path(folder) / f"{str(asked.values['name']).replace(':', '-')}.{asked.values['format']}"
                made.write_text(given.text, encoding="utf-8")
                await self.attach(made)
            else:
                self.answer(text, answer_status(given.exit_code, given.document))

    def _performed(self, asked: Wanted) -> tuple[Answer, str]:
        request = named_request(self.verb, asked.values)
        given = answer(request, self.synth.open, body=asked.body, parameters=asked.parameters)
        return given, to_json(given.document)

    def _asked(self, asked: Wanted) -> Asked:
        named_request(self.verb, asked.values)  # wrong words are refused before a process is started
        settings = self.synth.settings
        return Asked(
            str(settings.home), self.verb, asked.values, asked.body, asked.parameters, workers=settings.workers
        )

    async def _apart(self) -> None:
        with tempfile.TemporaryDirectory(prefix="synth-") as folder:
            asked = self._asked(self._wanted(Path(folder)))
            async with self.synth.turns:
                self._asking = asyncio.ensure_future(self.synth.asking.ask(asked, self.synth.bounds(self.verb)))
                try:
                    outcome = await self._asking
                except asyncio.CancelledError:
                    if not self._asking.cancelled():
                        raise
                    return  # nobody listens any more
            made = next(Path(folder).iterdir(), None)
            if made is not None and "error" not in outcome:
                await self.attach(made)
            else:
                self._told(outcome)

    def _told(self, outcome: Outcome) -> None:
        if "error" in outcome:
            self.relay(outcome, status_by_name(outcome["error"]["type"]))
        else:
            self.answer(outcome["document"], answer_status(outcome["exit_code"], outcome["document"]))

    def on_connection_close(self) -> None:
        """Who no longer listens needs no answer: the question's process ends."""
        super().on_connection_close()
        if self._asking is not None:
            self._asking.cancel()

    async def _job(self) -> None:
        asked, folder = await asyncio.to_thread(self._job_asked)
        job = self.synth.jobs.start(asked, folder)
        self.set_header("Location", f"{self.base_url}synth/api/jobs/{job.key}")
        self.answer(job.to_dict(), 202)

    def _job_asked(self) -> tuple[Asked, Path]:
        jobs = self.synth.jobs
        folder = jobs.new_folder()
        try:
            asked = self._wanted(jobs.files(folder))
            found = self._asked(asked)
            if "name" in asked.values:
                self.synth.open().experiment(str(asked.values["name"]))
        except SynthError:
            jobs.discard(folder)
            raise
        return found, folder
