"""nbgrader's configuration: derived from course_config.py, so that the stock commands work here."""

from autograder.config import load_course
from autograder.nbgrader.config import configure

configure(get_config(), load_course())  # noqa: F821
