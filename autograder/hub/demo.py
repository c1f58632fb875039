"""``make hub``: a JupyterHub with the course on this machine, for looking around. Everything ends with it."""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from autograder.config import REPOSITORY, Course, CourseError, load_course
from autograder.hub.configuration import People, Place, write_nbgrader_configs
from autograder.hub.roles import EXCHANGE, PAGES
from course_exchange.client import ExchangeClient, ExchangeRefused
from course_exchange.manifest import of_folder

PEOPLE = People(students=("ada", "bo"), graders=("tara",), instructors=("ines",))
RELEASED = ("week1_bayes", "week2_mle", "week3_sampling", "week4_gmm")
PROXY = REPOSITORY / ".venv" / "proxy" / "node_modules" / ".bin" / "configurable-http-proxy"
MARK = "COURSE_HUB_DEMO"
"""An environment variable by which the demonstration's processes are found when it ends."""
START_SECONDS = 120

CONFIG = """\
# Written by `make hub`: a demonstration on one machine.
from autograder.hub.demo import configure_hub

configure_hub(get_config(), {folder!r})
"""


@dataclass(frozen=True)
class Demo:
    """What a running demonstration is made of; kept in a file that only its owner reads."""

    folder: Path
    ports: dict[str, int]
    passwords: dict[str, str]
    token: str
    mark: str

    @property
    def url(self) -> str:
        """Where a browser finds the Hub."""
        return f"http://127.0.0.1:{self.ports['public']}"

    @property
    def course(self) -> Course:
        """The course with its data in the demonstration's folder."""
        course = load_course().at(self.folder / "data")
        return dataclasses.replace(course, release_folder=self.folder / "release")

    @property
    def place(self) -> Place:
        """Where the services listen."""
        return Place(
            exchange_url=f"http://127.0.0.1:{self.ports['exchange']}",
            course_url=f"http://127.0.0.1:{self.ports['course']}",
            pages_url=f"http://127.0.0.1:{self.ports['pages']}",
            student_config=self.folder / "config" / "students",
            staff_config=self.folder / "config" / "staff",
            tokens={self.course.id: self.token},
            environment={MARK: self.mark, "PYTHONPATH": _python_path()},
        )

    @property
    def exchange_url(self) -> str:
        """The exchange's address for clients."""
        return f"{self.place.exchange_url}/services/{EXCHANGE}/"


def configure_hub(config: object, folder: str) -> None:
    """The demonstration's `jupyterhub_config.py`: the course's part, and a login and servers for one machine."""
    from traitlets.config import Config

    from autograder.hub.authenticator import DemoAuthenticator
    from autograder.hub.configuration import configure

    assert isinstance(config, Config)
    demo = load(Path(folder))
    configure(config, demo.course, PEOPLE, demo.place)
    hub = config.JupyterHub
    hub.bind_url = demo.url
    hub.hub_bind_url = f"http://127.0.0.1:{demo.ports['hub']}"
    hub.db_url = f"sqlite:///{demo.folder / 'jupyterhub.sqlite'}"
    hub.cookie_secret_file = str(demo.folder / "cookie_secret")
    hub.log_level = "WARN"
    config.ConfigurableHTTPProxy.api_url = f"http://127.0.0.1:{demo.ports['proxy']}"
    config.ConfigurableHTTPProxy.command = [_proxy()]
    config.ConfigurableHTTPProxy.pid_file = str(demo.folder / "proxy.pid")
    hub.authenticator_class = DemoAuthenticator
    config.DemoAuthenticator.passwords = demo.passwords
    # Everybody's server runs as whoever started this: folders keep people apart here, not uids.
    hub.spawner_class = "simple"
    config.SimpleLocalProcessSpawner.home_dir_template = str(demo.folder / "homes" / "{username}")
    config.Spawner.args = ["--allow-root"] if os.geteuid() == 0 else []
    config.Spawner.default_url = "/lab"
    config.Spawner.http_timeout = config.Spawner.start_timeout = START_SECONDS
    config.Spawner.environment |= {MARK: demo.mark, "PYTHONPATH": _python_path()}


def load(folder: Path) -> Demo:
    """The demonstration that lives in a folder."""
    facts = json.loads((folder / "demo.json").read_text())
    return Demo(**{**facts, "folder": folder})


def prepare(folder: Path, released: tuple[str, ...]) -> Demo:
    """Make the folder anew: the students, the weeks (those to release and one more), the configurations."""
    from autograder.build import build
    from autograder.nbgrader.gradebook import add_students

    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True, mode=0o700)
    demo = Demo(
        folder=folder,
        ports=dict(
            zip(("public", "proxy", "hub", "exchange", "course", "pages"), _free_ports(6), strict=True)
        ),
        passwords={name: secrets.token_urlsafe(9) for name in sorted(PEOPLE.everybody)},
        token=secrets.token_hex(32),
        mark=secrets.token_hex(16),
    )
    facts = {name: value for name, value in dataclasses.asdict(demo).items() if name != "folder"}
    path = folder / "demo.json"
    path.touch(mode=0o600)
    path.write_text(json.dumps(facts))
    course = demo.course
    names = [week.name for week in course.weeks]
    for name in names[: max(map(names.index, released), default=-1) + 2]:
        build(course, name)
    known = [{"id": name, "first_name": name.title(), "last_name": "Demo"} for name in PEOPLE.students]
    add_students(course, known)
    write_nbgrader_configs(course, demo.place, demo.folder / "release")
    for name in PEOPLE.everybody:
        (folder / "homes" / name).mkdir(parents=True)
    (folder / "jupyterhub_config.py").write_text(CONFIG.format(folder=str(folder)))
    return demo


@contextlib.contextmanager
def running(demo: Demo, released: tuple[str, ...]) -> Iterator[subprocess.Popen[bytes]]:
    """The Hub with all its services, the weeks released; at the end nothing of it is left running."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("JUPYTER")}
    environment |= {MARK: demo.mark, "PYTHONPATH": _python_path(), "PYTHONWARNINGS": "ignore"}
    environment["PATH"] = f"{Path(sys.executable).parent}:{environment['PATH']}"
    with open(demo.folder / "jupyterhub.log", "ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "jupyterhub", "--config", str(demo.folder / "jupyterhub_config.py")],
            cwd=demo.folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            # Ctrl-C is for us: we end the Hub, and the Hub its servers.
            start_new_session=True,
        )
    try:
        for url in (
            f"http://127.0.0.1:{demo.ports['hub']}/hub/api/",
            f"{demo.url}/hub/api/",
            f"{demo.exchange_url}api/health",
            f"{demo.place.course_url}/services/{demo.course.id}/api",
            f"{demo.place.pages_url}/services/{PAGES}/api/health",
        ):
            _wait_for(url, process, demo.folder / "jupyterhub.log")
        with ExchangeClient(demo.exchange_url, demo.token) as client:
            for week in released:
                folder = demo.course.release / week
                client.upload("assignment", week, folder, of_folder(folder))
        yield process
    finally:
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(30)
        _end_all(demo.mark)
        process.wait()


def _end_all(mark: str) -> None:
    """End what is left: processes that carry the demonstration's mark, and no others."""
    wanted = f"{MARK}={mark}".encode()
    for path in Path("/proc").glob("[0-9]*/environ"):
        with contextlib.suppress(OSError):
            if wanted in path.read_bytes().split(b"\0") and int(path.parent.name) != os.getpid():
                os.kill(int(path.parent.name), signal.SIGKILL)


def _wait_for(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + START_SECONDS
    while True:
        with contextlib.suppress(OSError):
            try:
                urllib.request.urlopen(url, timeout=5).close()
                return
            except urllib.error.HTTPError as answer:
                answer.close()
        if process.poll() is not None or time.monotonic() > until:
            words = log.read_text(errors="replace").splitlines()[-15:]
            raise CourseError("the Hub did not start:\n" + "\n".join(words))
        time.sleep(0.2)


def _python_path() -> str:
    return os.pathsep.join(filter(None, (str(REPOSITORY), os.environ.get("PYTHONPATH"))))


def _free_ports(number: int) -> list[int]:
    """Ports of the loopback that nobody uses, all different."""
    probes = [socket.socket() for _ in range(number)]
    for probe in probes:
        probe.bind(("127.0.0.1", 0))
    ports = [probe.getsockname()[1] for probe in probes]
    for probe in probes:
        probe.close()
    return ports


def _proxy() -> str:
    found = os.environ.get("CONFIGURABLE_HTTP_PROXY") or shutil.which("configurable-http-proxy")
    if not found and not PROXY.exists():
        raise CourseError("JupyterHub's proxy is not installed: start the demonstration with 'make hub'")
    return found or str(PROXY)


def greeting(demo: Demo) -> str:
    """What is printed once it runs."""
    course = demo.course
    kinds = {
        **dict.fromkeys(PEOPLE.students, "student"),
        **dict.fromkeys(PEOPLE.graders, "TA"),
        **dict.fromkeys(PEOPLE.instructors, "instructor"),
    }
    logins = [f"    {kind:<10} {name:<6} {demo.passwords[name]}" for name, kind in kinds.items()]
    return "\n".join(
        [
            f"\n{course.title} on JupyterHub: {demo.url}",
            "",
            "    who        name   password",
            *logins,
            "",
            "Students: Start My Server, then the Assignment List in the nbgrader menu.",
            f"Staff: {demo.url}/services/{course.id}/formgrader",
            f"Instructors, once 'course report' has been run there: {demo.url}/services/{PAGES}/",
            "",
            "THIS IS A DEMONSTRATION. Every server runs as the user who started it, so a student who opens a",
            "terminal can read everything here, the solutions too. Do not let anybody in whom you do not trust.",
            "It is reachable from this machine only, and everything ends with it. Ctrl-C ends it.",
        ]
    )


def main() -> None:
    """Prepare, start, print, wait."""
    parser = argparse.ArgumentParser(prog="make hub", description=__doc__)
    parser.add_argument("--folder", type=Path, default=Path("build/hub"), help="emptied first")
    parser.add_argument(
        "--release", nargs="*", default=list(RELEASED), metavar="WEEK", help="weeks to release"
    )
    given = parser.parse_args()
    ended = threading.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda *_: ended.set())
    try:
        _proxy()
        course = load_course()
        released = tuple(course.week(name).name for name in given.release)
        print("making the weeks of the demonstration…", flush=True)
        demo = prepare(given.folder.resolve(), released)
        if ended.is_set():
            return
        with running(demo, released) as process:
            print(greeting(demo), flush=True)
            while not ended.wait(1):
                if process.poll() is not None:
                    raise CourseError(f"the Hub has ended: see {demo.folder / 'jupyterhub.log'}")
            print("ending…", flush=True)
    except (CourseError, ExchangeRefused) as problem:
        sys.exit(f"course: {problem}")


if __name__ == "__main__":
    main()
