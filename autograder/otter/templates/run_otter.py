"""Grade the one submission in Gradescope's container, or in one laid out like it."""

import os
import sys
from pathlib import Path

root = Path(os.environ.get("AUTOGRADER_DIR", "/autograder")).resolve()
# `otter grade` copies the content of every files* folder into source/files.
folders = (root / "source" / "files_course", root / "source" / "files")
course = next((folder for folder in folders if (folder / "course_config.py").is_file()), folders[0])
sys.dont_write_bytecode = True
sys.path.insert(0, str(course))

from autograder.otter.gradescope import main  # noqa: E402 - found where the line before points

main(root, course)
