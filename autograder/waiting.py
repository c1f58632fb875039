"""Who is waiting to be graded: what ``course grade`` would do, without doing any of it."""

from __future__ import annotations

from collections.abc import Sequence

from autograder.batch import Parts, submitted_students
from autograder.config import Course, CourseError
from autograder.keys import course_secret, submission_key
from autograder.store import read_marker, read_stored, report_key, report_path


def waiting(
    course: Course,
    week: str,
    students: Sequence[str] | None = None,
    *,
    force: bool = False,
    parts: Parts | None = None,
) -> dict[str, str]:
    """What would become of each student's submission, by id; "grade" begins what would be graded.

    Raises CourseError where the course secret cannot be used.
    """
    environment = (parts or Parts()).environment(course, week)
    submitted = submitted_students(course, week)
    secret = None
    if course.secret.exists():  # reading it would make one
        try:
            secret = course_secret(course.secret)
        except (PermissionError, ValueError) as error:
            raise CourseError(str(error)) from None
    found = {}
    for name in submitted if students is None else sorted(set(students)):
        stored = read_stored(report_path(course, week, name))
        if name not in submitted:
            found[name] = "nothing: no submission"
        elif stored is None or secret is None:
            found[name] = "grade: it has no report"
        elif force:
            found[name] = "grade again, by --force"
        else:
            folder = course.step("submitted") / name / week
            report, digest = stored
            if report.key != report_key(environment, folder, submission_key(secret, name, week)):
                found[name] = "grade again: the submission or the graders have changed"
            elif read_marker(course, week, name).report != digest:
                found[name] = "record what was graded already"
            else:
                found[name] = "nothing: up to date"
    return found
