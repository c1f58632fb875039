"""Who may do what on the Hub: the least that works, by scope.

Nobody is an administrator, no role says `inherit`, and no role reaches beyond its course. A role hangs on a group
that is made beforehand; who belongs to a group is the staff's matter, never a client's. Users cannot make tokens:
those there are belong to their servers (`server_scopes`), or are the services' own.
"""

from __future__ import annotations

from typing import Any

from autograder.config import Course
from autograder.exchange.service import RIGHTS, scope

EXCHANGE = "exchange"
PAGES = "class-pages"
CULLER = "idle-culler"
CULLER_SCOPES = ["list:users", "read:users:activity", "read:servers", "delete:servers"]


def student_group(course: Course) -> str:
    """The students, under the name that nbgrader gives the group."""
    return f"nbgrader-{course.id}"


def grader_group(course: Course) -> str:
    """The TAs, under the name that nbgrader gives the group."""
    return f"formgrade-{course.id}"


def instructor_group(course: Course) -> str:
    """The instructors."""
    return f"instructors-{course.id}"


def custom_scopes(course: Course) -> dict[str, dict[str, str]]:
    """The rights at the exchange, as scopes of the Hub."""
    words = {
        "submit": "Fetch assignments, hand in, read the feedback on one's own work",
        "release": "Release assignments and feedback, and take them back",
        "collect": "Read every student's submissions",
        "oversee": "Withdraw submissions from the exchange and read its audit log",
    }
    return {scope(course.id, right): {"description": f"{words[right]} ({course.title})"} for right in RIGHTS}


def access(service: str) -> str:
    """The scope that lets somebody use a service."""
    return f"access:services!service={service}"


def roles(course: Course) -> list[dict[str, Any]]:
    """Every role of the Hub; JupyterHub's own defaults are replaced by less."""
    return [
        {
            "name": "user",
            "description": "Start, use and stop one's own server",
            "scopes": ["read:users!user", "users:activity!user", "servers!user", "access:servers!user"],
        },
        {"name": "server", "description": "A user's server", "scopes": server_scopes(course)},
        {
            "name": f"student-{course.id}",
            "description": f"Take part in {course.title}",
            "scopes": [access(EXCHANGE), scope(course.id, "submit")],
            "groups": [student_group(course)],
        },
        {
            "name": f"grader-{course.id}",
            "description": f"Work in the course's own server: release, collect, grade {course.title}",
            "scopes": [access(course.id)],
            "groups": [grader_group(course)],
        },
        {
            "name": f"instructor-{course.id}",
            "description": f"The same, oversee the exchange of {course.title}, and read the class's pages",
            "scopes": [
                access(course.id),
                access(EXCHANGE),
                access(PAGES),
                scope(course.id, "collect"),
                scope(course.id, "oversee"),
            ],
            "groups": [instructor_group(course)],
        },
        {
            "name": f"course-{course.id}",
            "description": f"The course's own server, where {course.title} is graded",
            "scopes": _course_scopes(course),
            "services": [course.id],
        },
        {
            "name": CULLER,
            "description": "Stop servers that nobody uses",
            "scopes": CULLER_SCOPES,
            "services": [CULLER],
        },
    ]


def _course_scopes(course: Course) -> list[str]:
    return [access(EXCHANGE), scope(course.id, "release"), scope(course.id, "collect")]


def server_scopes(course: Course) -> list[str]:
    """What the token in a user's server may do: the part of this that the user may, so staff get no more."""
    return [
        "users:activity!user",
        "access:servers!server",
        access(EXCHANGE),
        scope(course.id, "submit"),
        scope(course.id, "collect"),
        scope(course.id, "oversee"),
    ]
