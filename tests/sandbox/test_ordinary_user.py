"""The sandbox as an instructor without root has it: the same contract, with user namespaces and without."""

import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

NOBODY = 65534
ROOT = Path(__file__).resolve().parents[2]


def reachable(path: str) -> list[str]:
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


@pytest.fixture
def home() -> Iterator[Path]:
    """A folder of the user's own; pytest's temporary folders are for the one who made them."""
    with tempfile.TemporaryDirectory(dir="/var/tmp") as name:
        os.chown(name, NOBODY, NOBODY)
        yield Path(name)


@pytest.mark.skipif(os.getuid() != 0, reason="this user is an ordinary one: the other tests here run as such")
@pytest.mark.skipif(not shutil.which("setpriv"), reason="setpriv (util-linux) is not installed")
def test_the_contract_holds_for_an_ordinary_user(home):
    tests = [str(ROOT / "tests/sandbox/test_sandbox.py"), "-p", "no:cacheprovider", "-q", "-rs"]
    command = [sys.executable, "-B", "-m", "pytest", *tests, "--basetemp", str(home / "tmp")]
    script = [
        "set -e",
        "mount --make-rprivate /",
        *reachable(os.path.realpath(sys.executable)),
        f"cd {shlex.quote(str(ROOT))}",
        f"exec setpriv --reuid {NOBODY} --regid {NOBODY} --clear-groups --inh-caps=-all "
        + shlex.join(command),
    ]
    done = subprocess.run(
        ["unshare", "--mount", "sh", "-c", "\n".join(script)],
        env={**os.environ, "HOME": str(home), "TMPDIR": str(home), "XDG_CACHE_HOME": str(home / "cache")},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    print(done.stdout[-600:])
