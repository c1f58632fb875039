"""A control group for the jobs of one sandbox: memory and number of processes, on cgroup v1 and v2."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from pathlib import Path

ROOT = Path("/sys/fs/cgroup")
REMOVE_SECONDS = 5.0


class ControlGroup:
    """Limits for the jobs of one warm parent; where the host lets us make none, `available` is False.

    The warm parent itself is put into the group: what it forks is born there, and moving a process costs the kernel
    ten milliseconds. `processes` is what one job may have: its own limit holds it there. The group's leaves room for
    a second job beside it, so that no job can keep the next one from being forked.
    """

    def __init__(self, name: str, memory_bytes: int, processes: int, warm_bytes: int) -> None:
        self.folders: list[Path] = []
        limit = str(memory_bytes + warm_bytes)
        processes = 2 * processes + 10
        if (ROOT / "cgroup.controllers").exists():
            self._make(ROOT / name, {"memory.max": limit, "memory.swap.max": "0", "pids.max": str(processes)})
        else:
            self._make(ROOT / "memory" / name, {"memory.limit_in_bytes": limit})
            self._make(ROOT / "pids" / name, {"pids.max": str(processes)})

    @property
    def available(self) -> bool:
        """Whether any limit is in force."""
        return bool(self.folders)

    def _make(self, folder: Path, settings: dict[str, str]) -> None:
        try:
            folder.mkdir()
        except OSError:
            return
        try:
            for name, value in settings.items():
                if (folder / name).exists() or name != "memory.swap.max":
                    (folder / name).write_text(value)
            self.folders.append(folder)
        except OSError:
            folder.rmdir()

    def add(self, pid: int) -> None:
        """Put the warm parent into the group; raises OSError where that is refused."""
        for folder in self.folders:
            (folder / "cgroup.procs").write_text(str(pid))

    def out_of_memory(self) -> int:
        """How often the kernel killed a process of the group for its memory, so far."""
        for folder in self.folders:
            for name in ("memory.events", "memory.oom_control"):
                if (folder / name).exists():
                    facts = dict(line.split() for line in (folder / name).read_text().splitlines())
                    return int(facts.get("oom_kill", 0))
        return 0

    @classmethod
    def remove_leftover(cls, name: str) -> None:
        """Remove the group of a sandbox that was killed, with what still runs in it."""
        group = cls.__new__(cls)
        group.folders = [
            path for path in (ROOT / name, ROOT / "memory" / name, ROOT / "pids" / name) if path.is_dir()
        ]
        group.remove()

    def remove(self) -> None:
        """End what still runs in the group and remove it; gives up after some seconds."""
        end = time.monotonic() + REMOVE_SECONDS
        for folder in self.folders:
            while time.monotonic() < end:
                try:
                    folder.rmdir()
                    break
                except OSError:
                    self._end_processes(folder)
                    time.sleep(0.005)
        self.folders = []

    @staticmethod
    def _end_processes(folder: Path) -> None:
        with contextlib.suppress(OSError):
            for pid in (folder / "cgroup.procs").read_text().split():
                with contextlib.suppress(ProcessLookupError):
                    os.kill(int(pid), signal.SIGKILL)
