"""A container engine of the tests' own: a private socket and data root, no bridge, ended and removed afterwards."""

from __future__ import annotations

import contextlib
import importlib.metadata
import os
import shutil
import socket
import subprocess
import sys
import tarfile
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
FREE_BYTES = 25 * 2**30
SUITE, PYTHON = "bookworm", "3.11"
AUTHORITIES = ("PIP_CERT", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE")
"""Where a host behind a private certificate authority names its certificates."""
CLIENTS = ("/usr/bin/docker", "docker")
"""Debian's client first: BuildKit is built into it, and a plugin elsewhere."""


def missing() -> str:
    """Why no engine can run here; empty where one can."""
    if not sys.platform.startswith("linux") or os.getuid() != 0:
        return "a container engine is started by root on Linux only"
    programs = {"dockerd": "docker.io", "docker": "docker.io", "debootstrap": "debootstrap"}
    absent = sorted({package for program, package in programs.items() if shutil.which(program) is None})
    if absent:
        return f"run 'sudo apt install {' '.join(absent)}': not installed"
    if shutil.disk_usage("/var/tmp").free < FREE_BYTES:
        return f"images need {FREE_BYTES // 2**30} GB free in /var/tmp"
    return ""


class Engine:
    """The running engine, and the images that were built with it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.socket = folder / "docker.sock"
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("DOCKER")},
            "DOCKER_HOST": f"unix://{self.socket}",
            "DOCKER_BUILDKIT": "1",
            "DOCKER_CONFIG": str(folder / "config"),
        }
        self.client = next(found for name in CLIENTS if (found := shutil.which(name)))
        self.built: set[str] = set()

    def run(self, *words: object, seconds: float = 300, **options: Any) -> subprocess.CompletedProcess[str]:
        """A command of Docker's client; its words are shown where it fails."""
        check = options.pop("check", True)
        done = subprocess.run(
            [self.client, *map(str, words)],
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
            **options,
        )
        if check:
            assert done.returncode == 0, f"docker {' '.join(map(str, words))}:\n{done.stdout}{done.stderr}"
        return done

    def start(self, *words: object) -> subprocess.Popen[str]:
        """A command of Docker's client that is waited for later."""
        return subprocess.Popen(
            [self.client, *map(str, words)],
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def out(self, *words: object, **options: Any) -> str:
        return self.run(*words, **options).stdout.strip()

    def image(self, target: str) -> str:
        """One of the images, built at first need."""
        name = f"course-{target}"
        if target not in self.built:
            words: list[object] = ["build", "--network=host", "--file", ROOT / "docker" / "Dockerfile"]
            words += ["--build-arg", "BASE=course-base", "--target", target, "--tag", name]
            for file in [os.environ[name] for name in AUTHORITIES if os.environ.get(name)][:1]:
                words += ["--secret", f"id=ca,src={file}"]
            self.run(*words, ROOT, seconds=3000)
            self.built.add(target)
        return name

    def files(self, image: str) -> Iterator[tuple[tarfile.TarInfo, bytes]]:
        """Everything in an image's file system, with the files' contents."""
        container = self.out("create", image)
        try:
            words = [self.client, "export", container]
            with subprocess.Popen(words, env=self.environment, stdout=subprocess.PIPE) as exported:
                with tarfile.open(fileobj=exported.stdout, mode="r|") as archive:
                    for entry in archive:
                        file = archive.extractfile(entry) if entry.isreg() else None
                        yield entry, b"" if file is None else file.read()
                assert exported.stdout is not None
                exported.stdout.read()
            assert exported.returncode == 0
        finally:
            self.run("rm", container)

    def base(self) -> None:
        """The smallest Debian, from Debian's own packages."""
        if self.run("image", "inspect", "course-base", check=False).returncode == 0:
            return
        folder = self.folder / "base"
        done = subprocess.run(
            ["debootstrap", "--variant=minbase", SUITE, str(folder)],
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            pytest.skip(
                f"debootstrap cannot make the base here: {(done.stdout + done.stderr).splitlines()[-1]}"
            )
        with subprocess.Popen(["tar", "-C", str(folder), "-c", "."], stdout=subprocess.PIPE) as packed:
            self.run("import", "-", "course-base", stdin=packed.stdout)
        shutil.rmtree(folder)


@contextlib.contextmanager
def _daemon(folder: Path, engine: Engine) -> Iterator[None]:
    words = ["dockerd", "--bridge=none", "--iptables=false", "--ip-forward=false", "--ip-masq=false"]
    words += [f"--host=unix://{engine.socket}", f"--pidfile={folder / 'docker.pid'}"]
    words += [f"--data-root={folder / 'data'}", f"--exec-root={folder / 'exec'}"]
    with open(folder / "dockerd.log", "ab") as log:
        daemon = subprocess.Popen(
            words, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
        )
    try:
        wait_for(lambda: engine.run("info", check=False).returncode == 0 or daemon.poll() is not None, 60)
        if daemon.poll() is not None:
            words_ = (folder / "dockerd.log").read_text(errors="replace").splitlines()
            pytest.skip(f"the engine does not start here: {words_[-1] if words_ else 'it says nothing'}")
        yield
    finally:
        daemon.terminate()
        try:
            daemon.wait(60)
        except subprocess.TimeoutExpired:
            daemon.kill()
            daemon.wait()


@contextlib.contextmanager
def _wheels() -> Iterator[None]:
    """PyTorch in the build that pip gets on this host, for CPUs and in the place of the one for GPUs.

    An index's default carries CUDA and gigabytes of libraries; what is looked at in that image does not need them.
    """
    version = importlib.metadata.version("torch")
    folders = [ROOT / "docker" / "wheels" / kind for kind in ("cpu", "gpu")]
    before = {path for folder in folders for path in folder.glob("*.whl")}
    with tempfile.TemporaryDirectory(dir="/var/tmp") as downloads:
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", downloads]
        # For the base's own Python, which may not be this one.
        pip += ["--only-binary=:all:", "--python-version", PYTHON, f"torch=={version}"]
        done = subprocess.run(pip, capture_output=True, text=True, check=False)
        if done.returncode:
            pytest.skip(f"no wheel of torch {version} for the images: {done.stderr.strip().splitlines()[-1]}")
        for folder in folders:
            for wheel in Path(downloads).glob("*.whl"):
                if not (folder / wheel.name).exists():
                    shutil.copy(wheel, folder)
    try:
        yield
    finally:
        for folder in folders:
            for wheel in set(folder.glob("*.whl")) - before:
                wheel.unlink()


def free_port() -> int:
    """A port of the loopback that nobody uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(condition: Any, seconds: float) -> None:
    """Look again until something is so; fail after a time in which it should long have been."""
    until, pause = time.monotonic() + seconds, threading.Event()
    while not condition():
        assert time.monotonic() < until, "it did not come to pass"
        pause.wait(0.2)


@contextlib.contextmanager
def running() -> Iterator[Engine]:
    """CONTAINERS_FOLDER keeps engine data (base and images) from one run to the next."""
    kept = os.environ.get("CONTAINERS_FOLDER")
    folder = Path(kept or tempfile.mkdtemp(prefix="course-containers-", dir="/var/tmp"))
    folder.mkdir(parents=True, exist_ok=True)
    engine = Engine(folder)
    try:
        with _daemon(folder, engine), _wheels():
            engine.base()
            yield engine
            for container in engine.out("ps", "--all", "--quiet").split():
                engine.run("rm", "--force", "--volumes", container)
            for volume in engine.out("volume", "ls", "--quiet").split():
                engine.run("volume", "rm", "--force", volume)
    finally:
        _unmount(folder)
        if not kept:
            shutil.rmtree(folder)


def _unmount(folder: Path) -> None:
    """What an engine that was killed has left mounted below its folder, the innermost first."""
    points = [line.split()[1] for line in Path("/proc/self/mounts").read_text().splitlines()]
    for point in sorted(points, reverse=True):
        if Path(point).is_relative_to(folder):
            subprocess.run(["umount", point], check=False)
