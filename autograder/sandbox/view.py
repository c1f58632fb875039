"""What a student's process may read: the interpreter, the packages, the runner, and nothing of the course."""

from __future__ import annotations

import os
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path

import notebook_runner

HIDDEN = {"autograder", "reference", "course_config.py", "nbgrader_config.py"}
SYSTEM = (
    "/usr/lib",
    "/usr/lib64",
    "/usr/bin",
    "/usr/share/fonts",
    "/usr/share/zoneinfo",
    "/usr/local/lib",
    "/lib",
    "/lib64",
    "/bin",
    "/etc/ld.so.cache",
    "/etc/fonts",
    "/etc/localtime",
    "/sys/devices/system/cpu",
)


def runner_folder() -> Path:
    """The folder of the package that runs beside a student's code."""
    return Path(notebook_runner.__file__).resolve().parent


def import_path() -> list[str]:
    """``sys.path`` of a student's process: the standard library and the installed packages."""
    paths = sysconfig.get_paths()
    standard = [paths["stdlib"], paths["platstdlib"], str(Path(paths["stdlib"]) / "lib-dynload")]
    version = f"python{sys.version_info.major}{sys.version_info.minor}.zip"
    standard.insert(0, str(Path(paths["stdlib"]).parent / version))
    packages = [paths["purelib"], paths["platlib"]]
    system = [path for path in sys.path if path.endswith("dist-packages")]
    return list(dict.fromkeys([*standard, *packages, *system]))


def readable() -> list[str]:
    """Paths that a student's process may read, below which nothing of the course lies."""
    paths = sysconfig.get_paths()
    base = Path(sys.base_prefix)
    wanted = [*SYSTEM, paths["stdlib"], paths["platstdlib"], str(base / "lib")]
    wanted += [str(runner_folder()), *_interpreter()]
    for folder in {paths["purelib"], paths["platlib"]}:
        wanted += _without_course(Path(folder))
    wanted += [path for path in sys.path if path.endswith("dist-packages")]
    return list(dict.fromkeys(path for path in wanted if os.path.lexists(path)))


def _interpreter() -> Iterator[str]:
    """The interpreter as ``sys.executable`` names it, each link on the way, and its environment's settings."""
    path = sys.executable
    while os.path.islink(path):
        yield path
        path = os.path.join(os.path.dirname(path), os.readlink(path))
    yield os.path.realpath(path)
    yield str(Path(sys.prefix) / "pyvenv.cfg")


def _without_course(folder: Path) -> Iterator[str]:
    """A package folder; where the course itself is installed in it, its other entries one by one."""
    names = set(os.listdir(folder)) if folder.is_dir() else set()
    if names & HIDDEN:
        yield from (str(folder / name) for name in sorted(names - HIDDEN))
    else:
        yield str(folder)


def readable_by_others(path: str) -> bool:
    """Whether another user could reach a path: every folder above it may be entered."""
    return all(parent.stat().st_mode & 0o001 for parent in Path(path).resolve().parents)
