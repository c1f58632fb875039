"""What of the chart's values follows from the course: roles, groups, scopes, services. Printed as YAML.

    python docker/kubernetes/roles.py people.toml > docker/kubernetes/roles.yaml

The same `configure` as everywhere decides; this only says it in the chart's words.
"""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path
from typing import Any

import yaml
from traitlets.config import Config

from autograder.config import load_course
from autograder.hub import roles
from autograder.hub.configuration import People, Place, configure


def values(people: People) -> dict[str, Any]:
    """The chart's values for this course."""
    course = load_course()
    config = Config()
    elsewhere = frozenset({roles.EXCHANGE, course.id, roles.CULLER})
    place = Place(
        exchange_url="http://course-exchange:9201",
        course_url="http://course-grader:9202",
        student_config=Path("/etc/course/jupyter"),
        staff_config=Path("/etc/course/staff"),
        elsewhere=elsewhere,
    )
    configure(config, course, people, place)
    hub = config.JupyterHub
    # The chart brings the culler and its role itself.
    return {
        "hub": {
            "config": {
                "JupyterHub": {"custom_scopes": hub.custom_scopes, "load_groups": hub.load_groups},
                "Authenticator": {
                    "allow_all": False,
                    "allowed_users": sorted(config.Authenticator.allowed_users),
                },
                "Spawner": {"server_token_scopes": config.Spawner.server_token_scopes},
            },
            "loadRoles": {role["name"]: role for role in hub.load_roles if role["name"] != roles.CULLER},
            "services": {
                service["name"]: service for service in hub.services if service["name"] != roles.CULLER
            },
        },
        "singleuser": {"extraEnv": dict(config.Spawner.environment)},
    }


def main() -> None:
    """Print them."""
    if len(sys.argv) != 2:
        sys.exit("usage: roles.py people.toml")
    people = People(**tomllib.loads(Path(sys.argv[1]).read_text()))
    print("# Derived from course_config.py and people.toml by docker/kubernetes/roles.py: change those.")
    print(yaml.safe_dump(values(people), sort_keys=False, width=110), end="")


if __name__ == "__main__":
    main()
