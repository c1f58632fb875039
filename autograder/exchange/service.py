"""The exchange on the network: a JupyterHub service in Tornado.

Who asks is decided by the Hub alone: every request carries a Hub token, the Hub says whose it is and which scopes it
has. Cookies are never looked at, so no page elsewhere can act in a student's name.
"""

from __future__ import annotations

import asyncio
import json
import logging
import re
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar
from urllib.parse import urlparse

from jupyterhub.services.auth import HubAuth
from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import Application, Finish, HTTPError, RequestHandler

from autograder.exchange.store import Person, Refused, Store
from course_exchange.client import CHUNK
from course_exchange.manifest import ManifestError, parse

log = logging.getLogger("course.exchange")

RIGHTS = ("submit", "release", "collect", "oversee")
READ = 1 << 18
Result = TypeVar("Result")


def scope(course_id: str, right: str) -> str:
    """The Hub's scope for a right in a course."""
    return f"custom:exchange:{course_id}:{right}"


class Bucket:
    """A rate limit: `burst` at once, `per_second` on the average."""

    def __init__(self, burst: float, per_second: float, clock: Callable[[], float] = time.monotonic) -> None:
        self.burst, self.per_second, self.clock = burst, per_second, clock
        self._left: dict[str, tuple[float, float]] = {}

    def take(self, who: str) -> float:
        """Take one; 0 where there was one, else the seconds to wait for it."""
        now = self.clock()
        if len(self._left) > 10_000:
            self._left = {
                name: (left, at)
                for name, (left, at) in self._left.items()
                if left + (now - at) * self.per_second < self.burst
            }
        left, at = self._left.get(who, (self.burst, now))
        left = min(self.burst, left + (now - at) * self.per_second)
        if left < 1:
            self._left[who] = (left, now)
            return (1 - left) / self.per_second
        self._left[who] = (left - 1, now)
        return 0.0


class Service:
    """What the handlers share."""

    def __init__(self, store: Store, hub: HubAuth, prefix: str) -> None:
        self.store = store
        self.hub = hub
        self.prefix = prefix.rstrip("/")
        self.pool = ThreadPoolExecutor(8, thread_name_prefix="exchange")
        limits = store.course.exchange
        self.requests = Bucket(limits.requests_per_minute, limits.requests_per_minute / 60)
        self.uploads = Bucket(limits.uploads_per_hour / 2, limits.uploads_per_hour / 3600)

    def application(self) -> Application:
        """The web application."""
        place = re.escape(self.prefix)
        name = "([0-9a-f]{32})"
        routes: list[Any] = [
            (f"{place}/api/key", KeyHandler),
            # The Hub looks at the first to see whether the service stands.
            (f"{place}/(?:api/health)?", HealthHandler),
            (f"{place}/api/assignments", AssignmentsHandler),
            (f"{place}/api/submissions", SubmissionsHandler),
            (f"{place}/api/inbox", InboxHandler),
            (f"{place}/api/uploads", UploadsHandler),
            (f"{place}/api/uploads/{name}", UploadHandler),
            (f"{place}/api/uploads/{name}/complete", CompleteHandler),
            (f"{place}/api/packages/{name}", PackageHandler),
            (f"{place}/api/packages/{name}/content", ContentHandler),
            (f"{place}/api/audit", AuditHandler),
        ]
        return Application(
            routes, default_handler_class=NothingHandler, service=self, log_function=_log_request
        )

    def listen(self, port: int, address: str) -> HTTPServer:
        """Serve; returns the server."""
        server = HTTPServer(
            self.application(),
            max_body_size=CHUNK,
            max_buffer_size=4 * CHUNK,
            idle_connection_timeout=300,
            body_timeout=120,
        )
        # A whole class may knock at once.
        server.add_sockets(bind_sockets(port, address, backlog=1024))
        return server

    async def person(self, token: str) -> Person | None:
        """Whose token it is and what it allows here, by the Hub's word; None where the Hub knows none."""
        try:
            user = await self.hub.user_for_token(token, sync=False)
        except HTTPError:
            raise Refused(503, "the JupyterHub does not answer") from None
        if user is None:
            return None
        scopes = set(user.get("scopes", ()))
        if not self.hub.check_scopes(self.hub.access_scopes, user):
            return Person(_name(user), frozenset())
        course = self.store.course.id
        return Person(_name(user), frozenset(right for right in RIGHTS if scope(course, right) in scopes))


def _name(user: dict[str, Any]) -> str:
    # A service is no student, whatever it is called.
    return user["name"] if user.get("kind") == "user" else f"service:{user['name']}"


class Handler(RequestHandler):
    """A request of somebody the Hub knows."""

    action = ""
    person: Person
    _problem = ""

    @property
    def service(self) -> Service:
        """What the handlers share."""
        return self.settings["service"]

    @property
    def store(self) -> Store:
        """What the exchange has."""
        return self.service.store

    async def prepare(self) -> None:
        """Find out who asks."""
        if self.request.headers.get("Content-Encoding", "identity") != "identity":
            raise HTTPError(415, "compressed content is not accepted")
        found = re.fullmatch(
            r"(?:token|bearer) ([\x21-\x7e]{1,512})",
            self.request.headers.get("Authorization", ""),
            re.IGNORECASE,
        )
        person = await self.service.person(found[1]) if found else None
        if person is None:
            raise HTTPError(401, "the exchange needs a token of the JupyterHub")
        self.person = person
        self._within(self.service.requests)
        if not person.rights:
            raise Refused(403, "you do not take part in this course")

    def _within(self, bucket: Bucket) -> None:
        wait = bucket.take(self.person.name)
        if wait:
            raise Refused(429, "too many requests: wait a moment", retry_after=int(wait) + 1)

    def set_default_headers(self) -> None:
        """Answers are data for programs: no browser is to make anything of them."""
        self.clear_header("Server")
        self.set_header("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
        self.set_header("X-Content-Type-Options", "nosniff")
        self.set_header("Cache-Control", "no-store")

    def check_xsrf_cookie(self) -> None:
        """Cookies are never used to know somebody, so there is nothing to forge."""

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """The reason as JSON; what went wrong inside is for the log only."""
        error = kwargs.get("exc_info", (None, None, None))[1]
        if isinstance(error, Refused):
            message, facts = str(error), error.facts
        elif isinstance(error, HTTPError):
            message, facts = error.log_message or self._reason, {}
        else:
            message, facts = "the exchange has failed: tell the staff", {}
        self._problem = message
        if "retry_after" in facts:
            self.set_header("Retry-After", str(facts["retry_after"]))
        self.finish({"message": message, **facts})

    def send_error(self, status_code: int = 500, **kwargs: Any) -> None:
        """As Tornado does, with the status of a refusal."""
        error = kwargs.get("exc_info", (None, None, None))[1]
        super().send_error(error.status if isinstance(error, Refused) else status_code, **kwargs)

    def log_exception(self, typ: Any, value: Any, tb: Any) -> None:
        """Refusals are expected; anything else is a fault."""
        if not isinstance(value, Refused | HTTPError):
            super().log_exception(typ, value, tb)

    async def run(self, work: Callable[..., Result], *arguments: Any) -> Result:
        """Do blocking work in a thread."""
        return await asyncio.get_running_loop().run_in_executor(self.service.pool, work, *arguments)

    async def audited(self, package: str, work: Callable[..., Result], *arguments: Any) -> Result:
        """Do blocking work, and note it and how it ended in the audit log."""
        try:
            result = await self.run(work, *arguments)
        except Refused as refused:
            await self._note(package, f"refused: {refused}")
            raise
        await self._note(package, "done")
        return result

    async def _note(self, package: str, outcome: str) -> None:
        await self.run(
            self.store.note, self.person.name, self.request.remote_ip or "", self.action, package, outcome
        )


class NothingHandler(Handler):
    """There is nothing at this address, for anybody."""

    async def prepare(self) -> None:
        """Answer at once."""
        raise HTTPError(404, "there is nothing at this address")


class KeyHandler(Handler):
    """The public key for receipts: for everybody."""

    async def prepare(self) -> None:
        """Nobody is asked who they are."""

    def get(self) -> None:
        """The key in PEM."""
        self.set_header("Content-Type", "application/x-pem-file")
        self.finish(self.store.public_key)


class HealthHandler(Handler):
    """Whether the service stands: for everybody."""

    async def prepare(self) -> None:
        """Nobody is asked who they are."""

    async def get(self) -> None:
        """Answers once the database does."""
        with_database = self.store.engine.connect
        await self.run(lambda: with_database().close())
        self.finish({"status": "ok"})


class AssignmentsHandler(Handler):
    """The released assignments."""

    async def get(self) -> None:
        """The latest version of each."""
        self.finish({"assignments": await self.run(self.store.assignments, self.person)})


class SubmissionsHandler(Handler):
    """A student's own submissions."""

    async def get(self) -> None:
        """All versions, with receipts and feedback."""
        self.finish({"submissions": await self.run(self.store.submissions, self.person)})


class InboxHandler(Handler):
    """Everybody's submissions, for staff."""

    action = "list inbox"

    async def get(self) -> None:
        """All versions; of one assignment or student where asked."""
        assignment, student = (
            self.get_query_argument("assignment", ""),
            self.get_query_argument("student", ""),
        )
        work = (self.store.inbox, self.person, assignment, student)
        self.finish({"submissions": await self.audited("", *work)})


class UploadsHandler(Handler):
    """The beginning of an upload."""

    async def post(self) -> None:
        """Announce the files; the answer says where to go on."""
        try:
            asked = json.loads(self.request.body)
            kind, assignment, about, nonce = (
                asked[name] for name in ("kind", "assignment", "about", "nonce")
            )
            files = parse(asked["files"])
        except (ValueError, KeyError, TypeError, RecursionError):
            raise Refused(400, "an upload needs kind, assignment, about, nonce and files") from None
        except ManifestError as error:
            raise Refused(400, str(error)) from None
        if not all(
            isinstance(value, str) and len(value) <= 200 for value in (kind, assignment, about, nonce)
        ):
            raise Refused(400, "kind, assignment, about and nonce must be short texts")
        if not nonce:
            raise Refused(400, "the nonce is empty")
        self.action = f"open {kind} {assignment}"
        if kind == "submission":
            self._within(self.service.uploads)
        work = (self.store.open_upload, self.person, kind, assignment, about, files, nonce)
        self.set_status(201)
        self.finish(await self.audited(about, *work))


class UploadHandler(Handler):
    """An upload under way."""

    async def get(self, upload: str) -> None:
        """How much of it is there."""
        self.finish({"offset": await self.run(self.store.offset, self.person, upload)})

    async def patch(self, upload: str) -> None:
        """Add bytes at the place that ``Upload-Offset`` says."""
        offset = self.request.headers.get("Upload-Offset", "")
        if not re.fullmatch(r"\d{1,15}", offset, re.ASCII):
            raise Refused(400, "the header Upload-Offset must say where these bytes belong")
        end = await self.run(self.store.append, self.person, upload, int(offset), self.request.body)
        self.finish({"offset": end})


class CompleteHandler(Handler):
    """The end of an upload."""

    action = "complete"

    async def post(self, upload: str) -> None:
        """Check what arrived, keep it durably, give the receipt."""
        self.finish({"receipt": await self.audited(upload, self.store.complete, self.person, upload)})


class PackageHandler(Handler):
    """A package as a whole."""

    action = "withdraw"

    async def delete(self, package: str) -> None:
        """Take it out of every list."""
        await self.audited(package, self.store.withdraw, self.person, package)
        self.finish({})


class ContentHandler(Handler):
    """A package's bytes."""

    action = "download"

    async def get(self, package: str) -> None:
        """All of them, or those from a place on (``Range: bytes=N-``)."""
        path, size = await self.audited(package, self.store.readable, self.person, package)
        found = re.fullmatch(r"bytes=(\d{1,15})-", self.request.headers.get("Range", "bytes=0-"), re.ASCII)
        start = int(found[1]) if found else 0
        if start > size:
            raise Refused(416, f"the package has {size} bytes")
        self.set_status(206 if start else 200)
        self.set_header("Content-Type", "application/octet-stream")
        self.set_header("Content-Disposition", "attachment")
        self.set_header("Content-Length", str(size - start))
        with open(path, "rb") as file:
            file.seek(start)
            while data := await self.run(file.read, READ):
                self.write(data)
                await self.flush()
        raise Finish


class AuditHandler(Handler):
    """The audit log."""

    action = "read audit log"

    async def get(self) -> None:
        """The entries after a number."""
        after = self.get_query_argument("after", "0")
        if not re.fullmatch(r"\d{1,15}", after, re.ASCII):
            raise Refused(400, "after must be a number")
        self.finish({"entries": await self.audited("", self.store.audit, self.person, int(after))})


def _log_request(handler: RequestHandler) -> None:
    person = getattr(handler, "person", None)
    status = handler.get_status()
    level = logging.ERROR if status >= 500 else logging.INFO
    log.log(
        level,
        "%d %s %s by %s in %.0f ms %s",
        status,
        handler.request.method,
        handler.request.path,
        person.name if person else "nobody",
        1000 * handler.request.request_time(),
        getattr(handler, "_problem", ""),
    )


def port_and_address(url: str) -> tuple[int, str]:
    """Where the Hub expects the service."""
    place = urlparse(url)
    return place.port or 80, place.hostname or "127.0.0.1"
