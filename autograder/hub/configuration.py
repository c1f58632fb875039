"""JupyterHub's configuration for the course: roles, groups, the exchange, the course's own server, the culler.

What differs between sites (the login, how servers are started, the address) stays in their `jupyterhub_config.py`,
which calls `configure`.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from autograder.config import REPOSITORY, Course
from autograder.hub import roles

IDLE_SECONDS = 3600


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where the course's services listen, and where nbgrader's configurations lie."""

    exchange_url: str
    """Where the exchange listens, as the Hub, the servers and the proxy reach it: ``http://127.0.0.1:9201``."""
    course_url: str
    """Where the course's own server listens."""
    student_config: Path
    """A folder with students' `nbgrader_config.py`."""
    staff_config: Path
    """A folder with the staff's `nbgrader_config.py`."""
    pages_url: str = ""
    """Where the service with the class's pages listens; none is offered where this is empty."""
    tokens: dict[str, str] = field(default_factory=dict)
    """Tokens of services by name, where somebody else must know them; the Hub makes the others."""
    environment: dict[str, str] = field(default_factory=dict)
    """More of the services' environment."""
    elsewhere: frozenset[str] = frozenset()
    """Services that the Hub does not start itself, because each has a container of its own."""


@dataclass(frozen=True, kw_only=True)
class People:
    """Who takes part."""

    students: Sequence[str]
    graders: Sequence[str]
    instructors: Sequence[str]

    @property
    def everybody(self) -> set[str]:
        """All names."""
        return {*self.students, *self.graders, *self.instructors}


def configure(config: Any, course: Course, people: People, place: Place) -> None:
    """Fill a `jupyterhub_config.py`; what it leaves open (login, spawner, address) is the site's."""
    hub = config.JupyterHub
    hub.custom_scopes = roles.custom_scopes(course)
    hub.load_groups = {
        roles.student_group(course): {"users": sorted(people.students)},
        roles.grader_group(course): {"users": sorted(people.graders)},
        roles.instructor_group(course): {"users": sorted(people.instructors)},
    }
    hub.load_roles = roles.roles(course)
    hub.services = [
        {key: value for key, value in service.items() if not _started(key) or name not in place.elsewhere}
        | ({"api_token": place.tokens[name]} if name in place.tokens else {})
        for service in _services(course, place)
        for name in [service["name"]]
        if name != roles.PAGES or place.pages_url
    ]
    config.Authenticator.allow_all = False
    config.Authenticator.allowed_users = people.everybody
    config.Authenticator.admin_users = set()
    config.Spawner.server_token_scopes = roles.server_scopes(course)
    config.Spawner.environment = {
        "COURSE_ID": course.id,
        "COURSE_EXCHANGE_URL": f"{place.exchange_url}/services/{roles.EXCHANGE}/",
        "JUPYTER_CONFIG_PATH": str(place.student_config),
    }


def _started(key: str) -> bool:
    """Whether the entry of a service says how the Hub starts it."""
    return key in ("command", "cwd", "environment")


def _services(course: Course, place: Place) -> list[dict[str, Any]]:
    root = ["--allow-root"] if os.geteuid() == 0 else []
    data = {**place.environment, "COURSE_DATA": str(course.data)}
    return [
        {
            "name": roles.EXCHANGE,
            "url": place.exchange_url,
            "command": [sys.executable, "-m", "autograder.exchange"],
            "cwd": str(REPOSITORY),
            "environment": data,
            "display": False,
        },
        {
            "name": course.id,
            "url": place.course_url,
            # The Hub gives its services the home of whoever runs it; the course's server has one of its own.
            "command": [
                "env",
                f"HOME={course.data / 'home'}",
                "jupyterhub-singleuser",
                f"--ServerApp.root_dir={course.data}",
                *root,
            ],
            "cwd": str(course.data),
            "environment": {
                **data,
                "COURSE_ID": course.id,
                "COURSE_EXCHANGE_URL": f"{place.exchange_url}/services/{roles.EXCHANGE}/",
                "JUPYTER_CONFIG_PATH": str(place.staff_config),
                "JUPYTERHUB_DEFAULT_URL": "/formgrader",
                "PYTHONPATH": os.environ.get("PYTHONPATH", str(REPOSITORY)),
            },
            "oauth_no_confirm": True,
        },
        {
            "name": roles.PAGES,
            "url": place.pages_url,
            "command": [sys.executable, "-m", "autograder.hub.pages"],
            "cwd": str(REPOSITORY),
            "environment": data,
            "oauth_no_confirm": True,
        },
        {
            "name": roles.CULLER,
            "command": [sys.executable, "-m", "jupyterhub_idle_culler", f"--timeout={IDLE_SECONDS}"],
            "environment": place.environment,
        },
    ]


def write_nbgrader_configs(course: Course, place: Place, releases: Path | None = None) -> None:
    """Write both `nbgrader_config.py` and what of nbgrader's extensions each side sees."""
    _write(
        place.student_config / "nbgrader_config.py",
        "from course_exchange import configure\n\nconfigure(get_config())\n",
    )
    _write(
        place.staff_config / "nbgrader_config.py",
        "import dataclasses\nfrom pathlib import Path\n\n"
        "from autograder.config import load_course\n"
        "from autograder.nbgrader.config import configure\n"
        "from course_exchange import configure as use_exchange\n\n"
        "course = load_course()\n"
        + (
            f"course = dataclasses.replace(course, release_folder=Path({str(releases)!r}))\n"
            if releases
            else ""
        )
        + "configure(get_config(), course)\nuse_exchange(get_config(), course.id)\n",
    )
    _extensions(
        place.student_config,
        {"formgrader", "course_list"},
        {"formgrader", "create-assignment", "course-list"},
    )
    _extensions(place.staff_config, {"assignment_list", "course_list"}, {"assignment-list", "course-list"})


def _extensions(folder: Path, servers: set[str], labs: set[str]) -> None:
    off = {f"nbgrader.server_extensions.{name}": False for name in sorted(servers)}
    _write(
        folder / "jupyter_server_config.json",
        json.dumps({"ServerApp": {"jpserver_extensions": off}}, indent=1),
    )
    disabled = {f"@jupyter/nbgrader:{name}": True for name in sorted(labs)}
    _write(folder / "labconfig" / "page_config.json", json.dumps({"disabledExtensions": disabled}, indent=1))
    # No question about news from elsewhere, and none of its servers asked.
    quiet = {"@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": False}}
    _write(folder / "labconfig" / "default_setting_overrides.json", json.dumps(quiet, indent=1))


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
