"""The class's pages on the Hub, for instructors: a service that shows what ``course report`` has written.

The Hub decides who may: whoever's role has no access to this service is refused, whatever is asked. Only pages are
served, those in ``reports/`` and the feedback pages they link to, and nothing is made or changed here.
"""

from __future__ import annotations

import asyncio
import logging
import os
import re
import signal
import sys
from pathlib import Path
from typing import Any

from jupyterhub.services.auth import HubOAuthCallbackHandler, HubOAuthenticated
from tornado.httpserver import HTTPServer
from tornado.web import Application, HTTPError, RedirectHandler, RequestHandler, authenticated

from autograder.config import Course, CourseError, load_course
from autograder.exchange.service import port_and_address

log = logging.getLogger("course.pages")

INDEX = "reports/index.html"
PAGES = re.compile(
    r"reports/[\w-]+\.html|reports/pages/[\w-]+/[\w.@-]+\.html|feedback/[\w.@-]+/[\w-]+/[\w-]+\.html"
)


class PageHandler(HubOAuthenticated, RequestHandler):
    """A page, for who has access to this service."""

    def set_default_headers(self) -> None:
        """Nothing of this is kept, framed, or taken for anything but a page."""
        self.clear_header("Server")
        self.set_header("Cache-Control", "no-store")
        self.set_header(
            "Content-Security-Policy", "frame-ancestors 'none'; object-src 'none'; base-uri 'none'"
        )
        self.set_header("Referrer-Policy", "no-referrer")
        self.set_header("X-Content-Type-Options", "nosniff")

    @authenticated
    async def get(self, address: str) -> None:
        """The page at an address below the course's data."""
        data: Path = self.settings["data"]
        if not PAGES.fullmatch(address) or ".." in address:
            raise HTTPError(404)
        path = data / address
        # What lies elsewhere is no page of the course, whatever a link here says.
        if not path.is_file() or not path.resolve().is_relative_to(data.resolve()):
            if address == INDEX:
                raise HTTPError(404, reason="No pages yet: run course report")
            raise HTTPError(404)
        self.finish(await asyncio.to_thread(path.read_bytes))


class HealthHandler(RequestHandler):
    """Whether the service stands: for everybody."""

    def get(self) -> None:
        """Say so."""
        self.finish({"status": "ok"})


def application(course: Course, prefix: str, **settings: Any) -> Application:
    """The web application below the service's prefix."""
    place = prefix.rstrip("/")
    pattern = re.escape(place)
    return Application(
        [
            (f"{pattern}/oauth_callback", HubOAuthCallbackHandler),
            (f"{pattern}/api/health", HealthHandler),
            (f"{pattern}/?", RedirectHandler, {"url": f"{place}/{INDEX}", "permanent": False}),
            (f"{pattern}/(.+)", PageHandler),
        ],
        data=course.data,
        cookie_secret=os.urandom(32),
        **settings,
    )


async def serve(course: Course, url: str, prefix: str) -> None:
    """Serve until the process is told to end."""
    ended = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, ended.set)
    server = HTTPServer(application(course, prefix))
    server.listen(*port_and_address(url))
    log.warning("the pages of %s are at %s", course.id, url)
    await ended.wait()
    server.stop()
    await server.close_all_connections()


def main() -> None:
    """Read the environment, then serve."""
    url = os.environ.get("JUPYTERHUB_SERVICE_URL")
    prefix = os.environ.get("JUPYTERHUB_SERVICE_PREFIX")
    if not url or not prefix or not os.environ.get("JUPYTERHUB_API_TOKEN"):
        sys.exit(
            "pages: JUPYTERHUB_SERVICE_URL or JUPYTERHUB_API_TOKEN is not set: let JupyterHub start it (docs/hub.md)"
        )
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    # Its log would name every student whose page was opened.
    logging.getLogger("tornado.access").setLevel(logging.ERROR)
    try:
        course = load_course()
    except CourseError as error:
        sys.exit(f"pages: {error}")
    asyncio.run(serve(course, url, prefix))


if __name__ == "__main__":
    main()
