"""JupyterHub in containers: what differs from `make hub` is the login, how servers are started, and where things are.

A site's own matters lie in /etc/course/site (docker/site/ on the host): `people.toml`, and `site.py`, which
chooses the login and may change anything that is set here.
"""

import os
import tomllib
from pathlib import Path

from autograder.config import load_course
from autograder.hub import roles
from autograder.hub.configuration import People, Place, configure
from autograder.hub.containers import CourseSpawner

SITE = Path(os.environ.get("COURSE_SITE", "/etc/course/site"))
SECRETS = Path("/run/secrets")


def secret(name: str) -> str:
    """A secret's text, from its file."""
    return (SECRETS / name).read_text().strip()


def number(name: str, default: int) -> int:
    """A port: another one where several Hubs share a host's network."""
    return int(os.environ.get(name, default))


host = {
    name: os.environ.get(f"COURSE_{name.upper()}_HOST", name)
    for name in ("hub", "exchange", "grader", "database")
}
exchange_port, course_port = number("COURSE_EXCHANGE_PORT", 9201), number("COURSE_GRADER_PORT", 9202)
hub_port, proxy_port = number("COURSE_HUB_PORT", 8081), number("COURSE_PROXY_PORT", 8001)
course = load_course()
people = People(**tomllib.loads((SITE / "people.toml").read_text()))
place = Place(
    exchange_url=f"http://{host['exchange']}:{exchange_port}",
    course_url=f"http://{host['grader']}:{course_port}",
    # In the students' image; the staff's is the grader's matter.
    student_config=Path("/etc/course/jupyter"),
    staff_config=Path("/etc/course/staff"),
    tokens={roles.EXCHANGE: secret("exchange_token"), course.id: secret("course_token")},
    elsewhere=frozenset({roles.EXCHANGE, course.id}),
)

c = get_config()
configure(c, course, people, place)

c.JupyterHub.bind_url = os.environ.get("COURSE_BIND_URL", "http://0.0.0.0:8000")
# Students' servers and the other containers reach the Hub under its name; the proxy stands beside it.
c.JupyterHub.hub_bind_url = f"http://{os.environ.get('COURSE_LISTEN', '0.0.0.0')}:{hub_port}"
c.JupyterHub.hub_connect_url = f"http://{host['hub']}:{hub_port}"
c.ConfigurableHTTPProxy.api_url = f"http://127.0.0.1:{proxy_port}"
c.ConfigurableHTTPProxy.auth_token = secret("proxy_token")
c.ConfigurableHTTPProxy.command = ["configurable-http-proxy"]
c.ConfigurableHTTPProxy.pid_file = "/tmp/jupyterhub-proxy.pid"
c.JupyterHub.cookie_secret_file = str(SECRETS / "cookie_secret")
c.JupyterHub.db_url = (
    f"postgresql+psycopg://hub:{secret('hub_db_password')}"
    f"@{host['database']}:{number('COURSE_DATABASE_PORT', 5432)}/hub"
)
# Students keep working while the Hub is renewed.
c.JupyterHub.cleanup_servers = False

c.JupyterHub.spawner_class = CourseSpawner
c.CourseSpawner.cpu_image = os.environ.get("COURSE_STUDENT_IMAGE", "course-student")
c.CourseSpawner.gpu_image = os.environ.get("COURSE_STUDENT_GPU_IMAGE", "course-student-gpu")
c.CourseSpawner.gpu_devices = os.environ.get("COURSE_GPUS", "").replace(",", " ").split()
c.CourseSpawner.network_name = os.environ.get("COURSE_STUDENT_NETWORK", "course-students")
c.CourseSpawner.use_internal_ip = True
c.CourseSpawner.prefix = os.environ.get("COURSE_PREFIX", "course")
c.CourseSpawner.volumes = {os.environ.get("COURSE_PREFIX", "course") + "-home-{username}": "/home/jovyan"}
c.CourseSpawner.remove = True
c.CourseSpawner.mem_limit = os.environ.get("COURSE_STUDENT_MEMORY", "4G")
c.CourseSpawner.cpu_limit = float(os.environ.get("COURSE_STUDENT_CPUS", "2"))
c.Spawner.default_url = "/lab"
c.Spawner.http_timeout = c.Spawner.start_timeout = 120
if c.CourseSpawner.network_name == "host":
    c.Spawner.ip = "127.0.0.1"

load_subconfig(str(SITE / "site.py"))
