"""What runs in the staff's containers: ``python docker/serve.py hub|exchange|grader [COMMAND...]``.

With a command, that is run with the same databases, tokens and configuration:
``serve.py grader course grade week1_bayes``.

Tokens and passwords come from files (/run/secrets) and go into the environment of that one program, where JupyterHub's
own parts look for them.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from autograder.config import Course, load_course
from autograder.hub import roles
from autograder.hub.configuration import Place, write_nbgrader_configs

SECRETS = Path("/run/secrets")


def secret(name: str) -> str:
    """A secret's text, from its file."""
    try:
        return (SECRETS / name).read_text().strip()
    except OSError as problem:
        sys.exit(f"serve: the secret {name} cannot be read: {problem}. See docs/containers.md, 'Secrets'")


def main() -> None:
    """Set up the environment and become the program."""
    programs = {"hub": _hub, "exchange": _exchange, "grader": _grader}
    if len(sys.argv) < 2 or sys.argv[1] not in programs:
        sys.exit(f"usage: serve.py {'|'.join(programs)} [COMMAND...]")
    command = programs[sys.argv[1]](load_course())
    command = sys.argv[2:] or command
    os.execvp(command[0], command)


def _hub(course: Course) -> list[str]:
    return ["jupyterhub", "--config", str(Path(__file__).parent / "jupyterhub_config.py")]


def _exchange(course: Course) -> list[str]:
    _service(roles.EXCHANGE, "COURSE_EXCHANGE_PORT", 9201, secret("exchange_token"))
    if "COURSE_EXCHANGE_DB" not in os.environ:
        os.environ["COURSE_EXCHANGE_DB"] = database("exchange")
    return [sys.executable, "-m", "autograder.exchange", "--folder", "/exchange"]


def _grader(course: Course) -> list[str]:
    _service(course.id, "COURSE_GRADER_PORT", 9202, secret("course_token"))
    if "COURSE_GRADEBOOK" not in os.environ:
        os.environ["COURSE_GRADEBOOK"] = database("gradebook")
    exchange = f"http://{_host('exchange')}:{os.environ.get('COURSE_EXCHANGE_PORT', '9201')}"
    config = Path("/tmp/course-config")
    students, staff = config / "students", config / "staff"
    place = Place(exchange_url=exchange, course_url="", student_config=students, staff_config=staff)
    write_nbgrader_configs(course, place)
    os.environ |= {
        "COURSE_ID": course.id,
        "COURSE_EXCHANGE_URL": f"{exchange}/services/{roles.EXCHANGE}/",
        "JUPYTER_CONFIG_PATH": str(place.staff_config),
        "JUPYTERHUB_DEFAULT_URL": "/formgrader",
        "HOME": str(course.data / "home"),
    }
    (course.data / "home").mkdir(parents=True, exist_ok=True)
    os.chdir(course.data)
    return ["jupyterhub-singleuser", f"--ServerApp.root_dir={course.data}"]


def _service(name: str, port_name: str, port: int, token: str) -> None:
    """What the Hub tells services that it starts itself."""
    prefix = f"/services/{name}/"
    access = json.dumps([roles.access(name)])
    os.environ |= {
        "JUPYTERHUB_SERVICE_NAME": name,
        "JUPYTERHUB_SERVICE_PREFIX": prefix,
        "JUPYTERHUB_SERVICE_URL": (
            f"http://{os.environ.get('COURSE_LISTEN', '0.0.0.0')}:{os.environ.get(port_name, port)}{prefix}"
        ),
        "JUPYTERHUB_API_TOKEN": token,
        "JUPYTERHUB_API_URL": f"http://{_host('hub')}:{os.environ.get('COURSE_HUB_PORT', '8081')}/hub/api",
        "JUPYTERHUB_BASE_URL": "/",
        "JUPYTERHUB_HOST": os.environ.get("COURSE_PUBLIC_HOST", ""),
        "JUPYTERHUB_CLIENT_ID": f"service-{name}",
        "JUPYTERHUB_OAUTH_CALLBACK_URL": f"{prefix}oauth_callback",
        "JUPYTERHUB_OAUTH_ACCESS_SCOPES": access,
        "JUPYTERHUB_OAUTH_SCOPES": access,
        "JUPYTERHUB_OAUTH_CLIENT_ALLOWED_SCOPES": "[]",
        "JUPYTERHUB_USER": "",
        "JUPYTERHUB_SERVER_NAME": "",
    }


def database(name: str) -> str:
    """The address of one of the three databases, each with an owner and a password of its own."""
    port = os.environ.get("COURSE_DATABASE_PORT", "5432")
    return f"postgresql+psycopg://{name}:{secret(f'{name}_db_password')}@{_host('database')}:{port}/{name}"


def _host(name: str) -> str:
    return os.environ.get(f"COURSE_{name.upper()}_HOST", name)


if __name__ == "__main__":
    main()
