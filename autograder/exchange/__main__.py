"""Start the exchange service: JupyterHub does, with the addresses and the token in the environment."""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import signal
import sys
from pathlib import Path

from jupyterhub.services.auth import HubAuth

from autograder.config import CourseError, load_course
from autograder.exchange.service import Service, log, port_and_address
from autograder.exchange.store import Store

CLEAN_EVERY = 3600


async def serve(service: Service, url: str) -> None:
    """Serve until the process is told to end; what is under way is finished."""
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, ended.set)
    server = service.listen(*port_and_address(url))
    log.warning("the exchange of %s listens on %s", service.store.course.id, url)
    while not ended.is_set():
        forgotten = await loop.run_in_executor(service.pool, service.store.clean)
        if forgotten:
            log.warning("forgot %d uploads that were not finished for a day", forgotten)
        try:
            await asyncio.wait_for(ended.wait(), CLEAN_EVERY)
        except TimeoutError:
            continue
    server.stop()
    await server.close_all_connections()
    service.pool.shutdown()
    service.store.close()


def main() -> None:
    """Read the command line and the environment, then serve."""
    parser = argparse.ArgumentParser(
        prog="python -m autograder.exchange",
        description=__doc__,
        epilog="Example, as JupyterHub calls it: JUPYTERHUB_SERVICE_URL=http://127.0.0.1:9201 "
        "JUPYTERHUB_API_TOKEN=... python -m autograder.exchange. "
        "Exit codes: 0 ended by a signal; 1 it could not start, and says why; 2 an argument is wrong.",
    )
    parser.add_argument("--folder", type=Path, help="where packages are kept; exchange/ in the course's data")
    parser.add_argument("--config", type=Path, help="the course_config.py; this repository's by default")
    given = parser.parse_args()
    url = os.environ.get("JUPYTERHUB_SERVICE_URL")
    if not url or not os.environ.get("JUPYTERHUB_API_TOKEN"):
        sys.exit(
            "exchange: JUPYTERHUB_SERVICE_URL or JUPYTERHUB_API_TOKEN is not set: "
            "let JupyterHub start it as a service (docs/hub.md)"
        )
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    logging.getLogger("tornado.access").setLevel(logging.WARNING)
    try:
        course = load_course(given.config)
        store = Store(course, given.folder or course.data / "exchange", os.environ.get("COURSE_EXCHANGE_DB"))
    except (CourseError, OSError, ValueError) as error:
        sys.exit(f"exchange: {error}")
    # What the Hub says of a token is believed for a few seconds: a student who was removed is soon refused.
    hub = HubAuth(cache_max_age=10)
    prefix = os.environ.get("JUPYTERHUB_SERVICE_PREFIX", "/services/exchange/")
    asyncio.run(serve(Service(store, hub, prefix), url))


if __name__ == "__main__":
    main()
