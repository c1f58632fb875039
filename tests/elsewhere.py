"""Tests run again where the host gives less: as an ordinary user, and in an unprivileged container."""

from __future__ import annotations

import io
import os
import shlex
import shutil
import subprocess
import sys
import sysconfig
import tarfile
from collections.abc import Mapping, Sequence
from pathlib import Path

NOBODY = 65534
ROOT = Path(__file__).resolve().parents[1]
IMAGE = "course-empty-test"


def as_ordinary_user(
    tests: Sequence[str], home: Path, seconds: float, environment: Mapping[str, str] = {}
) -> subprocess.CompletedProcess[str]:
    """Run tests as nobody, from root; `home` is a folder of nobody's."""
    command = [sys.executable, "-B", "-m", "pytest", *tests, "-p", "no:cacheprovider", "-q", "-rs"]
    command += ["--basetemp", str(home / "tmp")]
    script = [
        "set -e",
        "mount --make-rprivate /",
        *_reachable(os.path.realpath(sys.executable)),
        f"cd {shlex.quote(str(ROOT))}",
        f"exec setpriv --reuid {NOBODY} --regid {NOBODY} --clear-groups --inh-caps=-all "
        + shlex.join(command),
    ]
    own = {"HOME": str(home), "TMPDIR": str(home), "XDG_CACHE_HOME": str(home / "cache")}
    return subprocess.run(
        ["unshare", "--mount", "sh", "-c", "\n".join(script)],
        env={**os.environ, **own, **environment},
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
    )


def _reachable(path: str) -> list[str]:
    """Shell commands that let others through to a path whose upper folders only root may enter.

    In a mount namespace of its own, each such folder is covered by one that shows nothing but the way on.
    """
    folders = [folder for folder in [*Path(path).parents][::-1] if not folder.stat().st_mode & 0o001]
    if not folders:
        return []
    closed = folders[0]
    inner = closed / Path(path).relative_to(closed).parts[0]
    return [
        "held=$(mktemp -d)",
        f"mount --bind {shlex.quote(str(inner))} $held",
        f"mount -t tmpfs -o mode=0755 tmpfs {shlex.quote(str(closed))}",
        f"mkdir {shlex.quote(str(inner))}",
        f"mount --move $held {shlex.quote(str(inner))}",
        "rmdir $held",
    ]


def no_engine() -> str:
    """Why no container can be run here; empty where one can."""
    if shutil.which("docker") is None:
        return "no container engine is installed"
    done = subprocess.run(["docker", "info"], capture_output=True, timeout=30, check=False)
    return "" if done.returncode == 0 else "no container engine answers"


def in_container(
    tests: Sequence[str], seconds: float, environment: Mapping[str, str] = {}
) -> subprocess.CompletedProcess[str]:
    """Run tests in a container without network, capabilities, new privileges or root, on this host's files.

    The image is empty: programs and packages are this host's own, mounted read-only.
    """
    # The host's own links (/bin to /usr/bin) are the image's only content.
    shown = ["/usr", "/etc", str(ROOT), sys.prefix, sys.base_prefix, sysconfig.get_paths()["stdlib"]]
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        for name in ("bin", "lib", "lib64"):
            if os.path.islink(f"/{name}"):
                link = tarfile.TarInfo(name)
                link.type, link.linkname = tarfile.SYMTYPE, os.readlink(f"/{name}")
                archive.addfile(link)
            elif os.path.isdir(f"/{name}"):
                shown.append(f"/{name}")
    subprocess.run(["docker", "import", "-", IMAGE], input=packed.getvalue(), check=True, capture_output=True)
    outermost = [p for p in shown if not any(p != q and Path(p).is_relative_to(q) for q in shown)]
    mounts = [part for path in dict.fromkeys(outermost) for part in ("--volume", f"{path}:{path}:ro")]
    own = {"HOME": "/tmp", "PATH": os.environ["PATH"], **environment}
    variables = [part for name, value in own.items() for part in ("--env", f"{name}={value}")]
    command = [sys.executable, "-B", "-m", "pytest", *tests, "-p", "no:cacheprovider", "-q", "-rs"]
    walls = ["--network=none", "--cap-drop=ALL", "--security-opt=no-new-privileges", "--read-only"]
    walls += [f"--user={NOBODY}:{NOBODY}", "--pids-limit=512", "--memory=3g", "--tmpfs=/tmp:exec,size=1g"]
    try:
        return subprocess.run(
            [
                "docker",
                "run",
                "--rm",
                "--init",
                *walls,
                *mounts,
                *variables,
                f"--workdir={ROOT}",
                IMAGE,
                *command,
            ],
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )
    finally:
        subprocess.run(["docker", "image", "rm", "--force", IMAGE], capture_output=True, check=False)
