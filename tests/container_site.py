"""compose.yaml brought up without compose: each service as `docker run` would start it, on the host's loopback.

No bridge can be made where these tests run, so networks become the host's, and every port one of our own. All
else (images, users, limits, walls, secrets, volumes, commands) is what the file says.
"""

from __future__ import annotations

import os
import re
import secrets
import shutil
import subprocess
from pathlib import Path
from typing import Any

import requests
import yaml
from container_engine import Engine, free_port, wait_for

ROOT = Path(__file__).parents[1]
COMPOSE = ROOT / "docker" / "compose.yaml"
STUDENTS = ("ada", "bo")
PASSWORDS = {name: secrets.token_hex(8) for name in (*STUDENTS, "tara", "ines")}

DATABASE = """\
FROM course-base
RUN apt-get update && apt-get install --yes --no-install-recommends postgresql && rm -rf /var/lib/apt/lists/* \\
 && useradd --uid 1000 --gid users course && mkdir -p /var/lib/postgresql/data /docker-entrypoint-initdb.d \\
 && chmod 1777 /var/lib/postgresql/data /var/run/postgresql
COPY entry.sh /entry.sh
ENTRYPOINT ["sh", "/entry.sh"]
"""
ENTRY = """\
# As PostgreSQL's own image: a new data folder with the password from a file, its scripts run once, then the server.
set -eu
export PATH=$(echo /usr/lib/postgresql/*/bin):$PATH PGPORT=$COURSE_DATABASE_PORT PGHOST=/var/run/postgresql
if [ ! -s "$PGDATA/PG_VERSION" ]; then
  initdb --username=postgres --pwfile="$POSTGRES_PASSWORD_FILE" --auth-local=trust --auth-host=scram-sha-256 --no-sync
  pg_ctl -w -o "-c listen_addresses='' -p $PGPORT" start
  for script in /docker-entrypoint-initdb.d/*.sh; do sh "$script"; done
  pg_ctl -w stop
fi
exec postgres -c listen_addresses=127.0.0.1 -p "$PGPORT"
"""


class Site:
    """A running course: its folder takes the place of docker/ on a host."""

    def __init__(self, engine: Engine, folder: Path) -> None:
        self.engine, self.folder = engine, folder
        self.compose = yaml.safe_load(COMPOSE.read_text())
        names = ("public", "proxy", "hub", "exchange", "grader", "database")
        self.ports = {name: free_port() for name in names}
        self.url = f"http://127.0.0.1:{self.ports['public']}"
        images = {"COURSE_DATABASE_IMAGE": "course-test-database"}
        self.variables = {**images, "DOCKER_GID": str(os.stat(engine.socket).st_gid)}
        for target in ("student", "grader", "hub"):
            engine.image(target)
        self._database_image()
        for name in ("make-secrets.sh", "init-databases.sh"):
            shutil.copy(ROOT / "docker" / name, folder)
        subprocess.run(["sh", folder / "make-secrets.sh"], check=True)
        # Where the tests' folders lie only root may pass; the engine mounts for others all the same.
        (folder / "site").mkdir()
        people = {"students": list(STUDENTS), "graders": ["tara"], "instructors": ["ines"]}
        text = "".join(f"{group} = {names}\n".replace("'", '"') for group, names in people.items())
        (folder / "site" / "people.toml").write_text(text)
        (folder / "site" / "site.py").write_text(
            "from autograder.hub.authenticator import DemoAuthenticator\n"
            "c.JupyterHub.authenticator_class = DemoAuthenticator\n"
            f"c.DemoAuthenticator.passwords = {PASSWORDS!r}\n"
        )

    def _database_image(self) -> None:
        folder = self.folder / "database-image"
        folder.mkdir()
        (folder / "Dockerfile").write_text(DATABASE)
        (folder / "entry.sh").write_text(ENTRY)
        self.engine.run("build", "--network=host", "--tag", "course-test-database", folder, seconds=900)

    def text(self, value: object) -> str:
        """A value of compose.yaml with its variables put in."""
        return re.sub(
            r"\$\{(\w+):-([^}]*)\}", lambda found: self.variables.get(found[1], found[2]), str(value)
        )

    def words(self, name: str, *command: str) -> list[str]:
        """A service as words of `docker run`."""
        service = self.compose["services"][name]
        words = [f"--name=course-{name}", "--network=host"]
        for key, option in (("mem_limit", "memory"), ("cpus", "cpus"), ("pids_limit", "pids-limit")):
            words.append(f"--{option}={self.text(service[key])}")
        for key, option in (("user", "user"), ("shm_size", "shm-size")):
            words += [f"--{option}={service[key]}"] if key in service else []
        words += ["--read-only"] * service.get("read_only", False)
        words += [f"--cap-drop={right}" for right in service.get("cap_drop", [])]
        words += [f"--security-opt={option}" for option in service.get("security_opt", [])]
        words += [f"--tmpfs={mount}" for mount in service.get("tmpfs", [])]
        words += [f"--group-add={self.text(group)}" for group in service.get("group_add", [])]
        for volume in service.get("volumes", []):
            source, target, *mode = volume.split(":")
            if source == "/var/run/docker.sock":
                source = str(self.engine.socket)
            elif source.startswith("./"):
                source = str(self.folder / source[2:])
            words.append(f"--volume={':'.join([source, target, *mode])}")
        for secret in service.get("secrets", []):
            file = self.folder / self.compose["secrets"][secret]["file"]
            words.append(f"--volume={file}:/run/secrets/{secret}:ro")
        environment = {key: self.text(value) for key, value in service.get("environment", {}).items()}
        for key, value in {**environment, **self.here(name)}.items():
            words.append(f"--env={key}={value}")
        own = service.get("command", [])
        if "entrypoint" in service:
            entry, *rest = service["entrypoint"]
            words.append(f"--entrypoint={entry}")
            own = rest
        return [*words, self.text(service["image"]), *own, *command]

    def here(self, name: str) -> dict[str, str]:
        """What differs where all share one network: hosts and ports."""
        hosts = {f"COURSE_{name}_HOST": "127.0.0.1" for name in ("HUB", "EXCHANGE", "GRADER", "DATABASE")}
        ports = {f"COURSE_{name.upper()}_PORT": str(port) for name, port in self.ports.items()}
        return {
            **hosts,
            **ports,
            "COURSE_LISTEN": "127.0.0.1",
            "COURSE_BIND_URL": self.url,
            "COURSE_STUDENT_NETWORK": "host",
            "COURSE_STUDENT_MEMORY": "2G",
            "COURSE_STUDENT_CPUS": "1",
            **({"COURSE_HEALTH": f"http://127.0.0.1:{self.ports[name]}"} if name in self.ports else {}),
        }

    def start(self, *names: str) -> None:
        """Start services, in the order of what they need, and wait until they answer."""
        for name in names:
            self.engine.run("run", "--detach", *self.words(name))
            wait_for(lambda name=name: self._ready(name), 120)

    def stop(self, *names: str) -> None:
        for name in names:
            self.engine.run("rm", "--force", f"course-{name}")

    def _ready(self, name: str) -> bool:
        if name == "database":
            check = ["exec", "course-database", "pg_isready", "--quiet", "--host=127.0.0.1"]
            return not self.engine.run(*check, f"--port={self.ports[name]}", check=False).returncode
        paths = {
            "hub": "hub/health",
            "exchange": "services/exchange/api/health",
            "grader": "services/generative-models/api",
        }
        return self._answers(f"http://127.0.0.1:{self.ports[name]}/{paths[name]}", name)

    def _answers(self, url: str, name: str) -> bool:
        state = self.engine.out("inspect", "--format", "{{.State.Status}}", f"course-{name}")
        assert state == "running", self.logs(name)
        try:
            return requests.get(url, timeout=5).ok
        except requests.RequestException:
            return False

    def logs(self, name: str) -> str:
        done = self.engine.run("logs", "--tail", "60", f"course-{name}", check=False)
        return done.stdout + done.stderr

    def staff(self, *command: str, seconds: float = 600) -> str:
        """A command in the grader's container, with its configuration."""
        words = ("exec", "course-grader", "python", "/srv/course/docker/serve.py", "grader", *command)
        done = self.engine.run(*words, seconds=seconds)
        return done.stdout + done.stderr

    def student(self, name: str, *command: str, check: bool = True, **options: Any) -> str:
        """A command in a student's server."""
        done = self.engine.run("exec", "--interactive", f"course-{name}", *command, check=check, **options)
        return done.stdout + done.stderr

    def login(self, name: str) -> requests.Session:
        session = requests.Session()
        session.trust_env = False
        session.get(f"{self.url}/hub/login", timeout=30)
        form = {"username": name, "password": PASSWORDS[name]}
        form["_xsrf"] = session.cookies.get("_xsrf", path="/hub/") or ""
        answer = session.post(f"{self.url}/hub/login", data=form, timeout=30)
        assert answer.status_code == 200, answer.text
        return session

    def start_server(self, name: str) -> None:
        """As the button on the Hub's page does it."""
        with self.login(name) as session:
            token = session.cookies.get("_xsrf", path="/hub/") or ""
            headers = {"X-XSRFToken": token, "Referer": f"{self.url}/hub/home"}
            api = f"{self.url}/hub/api/users/{name}"
            answer = session.post(f"{api}/server", headers=headers, timeout=120)
            assert answer.status_code in (201, 202), answer.text + self.logs("hub")

            def ready() -> bool:
                progress = session.get(f"{api}/server/progress", headers=headers, timeout=120).text
                assert '"failed": true' not in progress, progress + self.logs("hub")
                return '"ready": true' in progress

            wait_for(ready, 180)
