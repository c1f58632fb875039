"""nbgrader's configuration, derived from the course: for `nbgrader_config.py` and for the engine itself."""

from __future__ import annotations

from traitlets.config import Config

from autograder.config import Course


def configure(config: Config, course: Course) -> None:
    """Fill nbgrader's configuration for the course.

    ``source_directory`` is a build folder among the course's data, never ``assignments/``: nbgrader copies
    whatever lies beside a source notebook.
    """
    from autograder.nbgrader.plugin import plug_in

    folders = config.CourseDirectory
    folders.course_id = course.id
    folders.root = str(course.data)
    folders.source_directory = "source"
    folders.release_directory = str(course.release)
    folders.db_url = course.gradebook_url
    folders.ignore = [
        ".ipynb_checkpoints",
        "*.pyc",
        "__pycache__",
        ".OTTER_LOG",
        "feedback",
    ]
    config.ClearSolutions.begin_solution_delimeter = "BEGIN SOLUTION"
    config.ClearSolutions.end_solution_delimeter = "END SOLUTION"
    config.NbGrader.logfile = ""
    plug_in(config, course)
