"""The warm parent of all jobs: confines itself, imports the scientific stack once, and forks a child a submission.

Started as a script by `autograder.sandbox`, with its settings as JSON in the only argument, or forked by a `Nursery`
that has done the imports. It runs no student's code and holds no secret. A child is confined further (see
`become_a_job`) before it sees a student's code.
"""

from __future__ import annotations

import contextlib
import importlib.util
import json
import os
import resource
import signal
import socket
import struct
import sys
from pathlib import Path
from typing import Any

CONTROL = 3
HOME = "/home/student"


def main() -> None:
    """Serve until the control socket closes."""
    settings = json.loads(sys.argv[1])
    _load_package()
    sys.path[:] = settings["path"]
    sys.argv = ["notebook"]
    from notebook_runner import kernel

    kernel.prctl(kernel.PR_SET_PDEATHSIG, signal.SIGTERM)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    control = socket.socket(fileno=settings["control"])
    if "nursery" in settings:
        Nursery(control, settings["nursery"]).serve()
    else:
        begin(settings, control)
        _warm_up(settings["preload"], real_otter=settings["real_otter"])
        Zygote(settings, control).serve()


def begin(settings: dict[str, Any], control: socket.socket) -> None:
    """Become what forks jobs: enter the namespaces, where they are wanted."""
    from notebook_runner import kernel

    if settings["namespaces"]:
        enter_namespaces(settings)
        if os.getuid():
            _become_first(control)
    else:
        kernel.prctl(kernel.PR_SET_CHILD_SUBREAPER, 1)


def _load_package() -> None:
    """Make `notebook_runner` importable from its own folder, and nothing that lies beside it."""
    folder = Path(__file__).resolve().parent
    spec = importlib.util.spec_from_file_location(
        "notebook_runner", folder / "__init__.py", submodule_search_locations=[str(folder)]
    )
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["notebook_runner"] = module
    spec.loader.exec_module(module)


def enter_namespaces(settings: dict[str, Any]) -> None:
    """Enter fresh namespaces, without a network, and a root that holds only what a notebook needs to read."""
    from notebook_runner import kernel

    uid, gid = os.getuid(), os.getgid()
    flags = kernel.CLONE_NEWNS | kernel.CLONE_NEWNET | kernel.CLONE_NEWIPC | kernel.CLONE_NEWUTS
    kernel.unshare(flags | (kernel.CLONE_NEWUSER | kernel.CLONE_NEWPID if uid else 0))
    if uid:
        Path("/proc/self/uid_map").write_text(f"{uid} {uid} 1")
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/gid_map").write_text(f"{gid} {gid} 1")
    kernel.mount("none", "/", None, kernel.MS_REC | kernel.MS_PRIVATE)
    root = settings["root"]
    kernel.mount("tmpfs", root, "tmpfs", kernel.MS_NOSUID | kernel.MS_NODEV, "size=4m,mode=0755")
    for path in settings["readable"]:
        _show(path, root)
    for name in ("null", "zero", "random", "urandom"):
        _bind(f"/dev/{name}", f"{root}/dev/{name}", read_only=False)
    for folder in (HOME, "/dev/shm", "/proc", "/.old"):
        os.makedirs(root + folder, exist_ok=True)
    if not os.path.lexists(f"{root}/tmp"):  # the runner or the packages may themselves lie below /tmp
        os.symlink(f"{HOME}/tmp", f"{root}/tmp")
    os.environ["TMPDIR"] = f"{HOME}/tmp"
    # Room for the warm parent's own temporary files; a job's home is mounted over it.
    kernel.mount("tmpfs", root + HOME, "tmpfs", kernel.MS_NOSUID | kernel.MS_NODEV, "size=4m,mode=0700")
    os.mkdir(f"{root}{HOME}/tmp")
    _bind("/proc", f"{root}/proc", read_only=True)
    kernel.pivot_root(root, f"{root}/.old")
    os.chdir("/")
    kernel.unmount("/.old")
    os.rmdir("/.old")
    kernel.mount(None, "/", None, kernel.MS_REMOUNT | kernel.MS_BIND | kernel.MS_RDONLY | kernel.MS_NOSUID)


def _become_first(control: socket.socket) -> None:
    """Go on as the first process of a PID namespace; this one waits for its end.

    Without root, one may come back only to a PID namespace that belongs to one's own user namespace: `fork`
    does so after each job. When the first process ends, the kernel ends all others in it.
    """
    from notebook_runner import kernel

    pid = os.fork()
    if pid:
        control.close()
        os._exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) & 0xFF)
    kernel.prctl(kernel.PR_SET_PDEATHSIG, signal.SIGKILL)


def _show(path: str, root: str) -> None:
    """Show a path below the new root, read-only; a symbolic link stays one."""
    target = root + path
    os.makedirs(os.path.dirname(target), exist_ok=True)
    if os.path.lexists(target):
        return
    if os.path.islink(path):
        os.symlink(os.readlink(path), target)
    elif os.path.exists(path):
        _bind(path, target, read_only=True)


def _bind(path: str, target: str, *, read_only: bool) -> None:
    from notebook_runner import kernel

    if os.path.isdir(path):
        os.makedirs(target, exist_ok=True)
    else:
        os.makedirs(os.path.dirname(target), exist_ok=True)
        os.close(os.open(target, os.O_CREAT | os.O_WRONLY, 0o644))
    kernel.mount(path, target, None, kernel.MS_BIND | kernel.MS_REC)
    # In a user namespace the flags that the mount has already may not be taken away.
    facts = os.statvfs(target).f_flag
    kept = facts & (kernel.MS_NOSUID | kernel.MS_NODEV | kernel.MS_NOEXEC | kernel.MS_RDONLY | 1024 | 2048)
    flags = kernel.MS_REMOUNT | kernel.MS_BIND | kernel.MS_NOSUID | kept
    kernel.mount(None, target, None, flags | (kernel.MS_RDONLY if read_only else 0))


def _warm_up(preload: list[str], *, real_otter: bool) -> None:
    """Import what notebooks import, draw one figure, and make the shell: all that a child then has for free."""
    import gc
    import threading
    import warnings

    from notebook_runner import cells, otter_shim

    if not real_otter:
        otter_shim.install()
    shell = cells.new_shell()
    filters = warnings.filters[:]
    modules = ["numpy", "scipy.stats", "scipy.special", "scipy.linalg", "scipy.optimize", "scipy.integrate"]
    modules += ["sympy", "pandas", "matplotlib.pyplot", "matplotlib.patches", "sklearn.datasets"]
    modules += ["sklearn.mixture", "sklearn.cluster", "sklearn.decomposition", "sklearn.linear_model"]
    modules += ["sklearn.naive_bayes", "sklearn.metrics", "sklearn.model_selection", "sklearn.preprocessing"]
    modules += ["statsmodels.datasets", "notebook_runner.job"]
    for module in [*modules, *preload]:
        try:
            importlib.import_module(module)
        except ModuleNotFoundError:
            if module in preload:
                raise
    cells.OUTPUTS.room = 2**20
    code = "import matplotlib.pyplot as _plt; _plt.plot([0, 1]); _plt.title('$x$'); None"
    shell.run_cell(code, store_history=False)
    shell.run_cell(
        "import sympy as _sp; (_sp.Symbol('x') + 1).subs({'x': 1.5}).evalf(); del _sp, _plt",
        store_history=False,
    )
    _draw_figures_once()
    if "torch" in sys.modules:
        _warm_torch()
    cells.OUTPUTS.begin()
    warnings.filters[:] = filters  # type: ignore[index]
    if threading.active_count() > 1:
        raise RuntimeError(f"threads are running before the fork: {threading.enumerate()}")
    gc.collect()
    gc.freeze()


def _draw_figures_once() -> None:
    """Leave out the drawing after each cell that only a window would show: the picture is drawn when it is taken."""
    import matplotlib.pyplot

    matplotlib.pyplot.uninstall_repl_displayhook()


def _warm_torch() -> None:
    """One tiny training step: the first one costs most, and more than one thread would hang the child."""
    import torch

    torch.set_num_threads(1)
    layer = torch.nn.Linear(2, 2)
    optimiser = torch.optim.Adam(layer.parameters())
    layer(torch.ones(1, 2)).sum().backward()
    optimiser.step()


class Nursery:
    """Has imported what notebooks import, and forks a warm parent for each sandbox that asks.

    What one sandbox wants besides (PyTorch, say) is imported in a fork of this process, for all that want the same.
    """

    def __init__(self, requests: socket.socket, preload: list[str]) -> None:
        self.requests = requests
        self.preload = preload
        self.others: dict[tuple[str, ...], socket.socket] = {}

    def serve(self) -> None:
        """Warm up, then answer until nobody is left who could ask."""
        _warm_up(self.preload, real_otter=False)
        # Nobody waits for the forks: each ends with its own sandbox.
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)
        while True:
            message, descriptors, _, _ = socket.recv_fds(self.requests, 65536, 1)
            if not message:
                return
            if descriptors:
                self._answer(message, descriptors[0])
                os.close(descriptors[0])

    def _answer(self, message: bytes, descriptor: int) -> None:
        settings = json.loads(message)
        preload = tuple(settings["preload"])
        if not set(self.preload) <= set(preload):
            return  # It would have what it did not ask for; whoever hears nothing starts a warm parent by itself.
        if preload == tuple(self.preload):
            if self._forked():
                _branch(settings, socket.socket(fileno=descriptor))
            return
        try:
            socket.send_fds(self._other(preload, descriptor), [message], [descriptor])
        except OSError:
            # It has ended: its modules could not be imported. Who asks finds out that nobody answers.
            self.others.pop(preload).close()

    def _other(self, preload: tuple[str, ...], descriptor: int) -> socket.socket:
        """The way to the nursery that has these modules, too; it must not hold the asker's socket open."""
        if preload not in self.others:
            ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            if self._forked():
                ours.close()
                os.close(descriptor)
                try:
                    Nursery(theirs, list(preload)).serve()
                finally:
                    os._exit(1)
            theirs.close()
            self.others[preload] = ours
        return self.others[preload]

    def _forked(self) -> bool:
        """Fork; whether this is the child, which dies with its parent and hears none of its requests."""
        from notebook_runner import kernel

        parent = os.getpid()
        if os.fork():
            return False
        kernel.prctl(kernel.PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:
            os._exit(1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        self.requests.close()
        for other in self.others.values():
            other.close()
        return True


def _branch(settings: dict[str, Any], control: socket.socket) -> None:
    """In a fork of the nursery: confine this process and serve one sandbox. Never returns."""
    try:
        begin(settings, control)
        Zygote(settings, control).serve()
    finally:
        os._exit(1)


class Zygote:
    """Answers the control socket: forks jobs, kills and reaps them."""

    def __init__(self, settings: dict[str, Any], control: socket.socket) -> None:
        self.settings = settings
        self.control = control
        self.own_pids = os.open("/proc/self/ns/pid", os.O_RDONLY | os.O_CLOEXEC)
        self.jobs: set[int] = set()
        self.ended: dict[int, tuple[int, resource.struct_rusage]] = {}
        signal.signal(signal.SIGTERM, self._end)

    def serve(self) -> None:
        """Say that all is ready, then answer until the other side closes."""
        self._send({"ready": True})
        while True:
            try:
                message, descriptors, _, _ = socket.recv_fds(self.control, 65536, 1)
            except OSError:
                break
            if not message:
                break
            request = json.loads(message)
            forking = request["op"] == "fork"
            answer = self.fork(request, descriptors[0]) if forking else self.reap(request["pid"])
            self._send(answer)
        self._end()

    def _send(self, answer: dict[str, Any]) -> None:
        """Send an answer; the kernel adds which process it is about, by its number on the other side."""
        from notebook_runner import framing

        body = json.dumps(answer).encode()
        ancillary = []
        if self.settings["namespaces"]:
            about = struct.pack("3i", answer.get("pid") or os.getpid(), os.getuid(), os.getgid())
            ancillary = [(socket.SOL_SOCKET, socket.SCM_CREDENTIALS, about)]
        self.control.sendmsg([framing.HEAD.pack(len(body)) + body], ancillary)

    def _end(self, *_: object) -> None:
        """The worker has gone or wants an end: no process of any job may outlive this one."""
        for pid in self.jobs:
            with contextlib.suppress(OSError):
                os.killpg(pid, signal.SIGKILL)
            with contextlib.suppress(OSError):
                os.kill(pid, signal.SIGKILL)
        os._exit(0)

    def fork(self, request: dict[str, Any], channel: int) -> dict[str, Any]:
        """Fork one job; `channel` is its end of the socket to the grader."""
        from notebook_runner import kernel

        namespaces = self.settings["namespaces"]
        try:
            if namespaces:
                kernel.unshare(kernel.CLONE_NEWPID)
            pid = os.fork()
        except OSError as error:
            return {"error": str(error)}
        if pid == 0:
            become_a_job(self.settings, request, channel)
        if namespaces:
            kernel.setns(self.own_pids, kernel.CLONE_NEWPID)
        os.close(channel)
        self.jobs.add(pid)
        return {"pid": pid}

    def reap(self, pid: int) -> dict[str, Any]:
        """Kill a job with all its processes, and account for it."""
        try:
            os.killpg(pid, signal.SIGKILL)
        except OSError:
            with contextlib.suppress(OSError):
                os.kill(pid, signal.SIGKILL)
        status, usage = self.ended.pop(pid) if pid in self.ended else os.wait4(pid, 0)[1:]
        self.jobs.discard(pid)
        while not self.settings["namespaces"]:
            # Orphans of the job come to this subreaper; they are in the job's group and have been killed.
            try:
                other, its_status, its_usage = os.wait4(-1, os.WNOHANG)
            except ChildProcessError:
                break
            if other == 0:
                break
            if other in self.jobs:  # another job has ended by itself: whoever opened it will ask
                self.ended[other] = its_status, its_usage
        return {"status": status, "cpu": usage.ru_utime + usage.ru_stime, "memory_kb": usage.ru_maxrss}


def become_a_job(settings: dict[str, Any], request: dict[str, Any], channel: int) -> None:
    """In the forked child: take every confinement, then serve the grader. Never returns."""
    try:
        status = 0
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        os.dup2(channel, CONTROL)
        os.closerange(CONTROL + 1, 65536)
        _confine(settings, request)
        _silence()
        from notebook_runner import job

        job.serve(socket.socket(fileno=CONTROL), request["output_bytes"])
    except BaseException:
        import traceback

        status = 99
        traceback.print_exc()
    finally:
        os._exit(status)


def _confine(settings: dict[str, Any], request: dict[str, Any]) -> None:
    import tempfile

    from notebook_runner import kernel

    os.setsid()
    kernel.prctl(kernel.PR_SET_PDEATHSIG, signal.SIGKILL)
    uid, namespaces = request["uid"], settings["namespaces"]
    if namespaces:
        kernel.unshare(kernel.CLONE_NEWNS | kernel.CLONE_NEWIPC)
        _own_proc()
        owner = os.getuid() if uid is None else uid
        group = os.getgid() if uid is None else uid
        room = f"size={request['scratch_bytes']},nr_inodes={request['scratch_files']},mode=0700,uid={owner},gid={group}"
        kernel.mount("tmpfs", HOME, "tmpfs", kernel.MS_NOSUID | kernel.MS_NODEV, room)
        kernel.mount("tmpfs", "/dev/shm", "tmpfs", kernel.MS_NOSUID | kernel.MS_NODEV, room)
    home = HOME if namespaces else request["scratch"]
    _limit(resource.RLIMIT_CORE, 0)
    _limit(resource.RLIMIT_FSIZE, request["scratch_bytes"])
    _limit(resource.RLIMIT_NOFILE, 512)
    _limit(resource.RLIMIT_CPU, request["cpu_seconds"])
    _limit(resource.RLIMIT_NPROC, request["processes"])
    _limit(resource.RLIMIT_MEMLOCK, 0)
    _limit(resource.RLIMIT_AS, _address_space() + request["memory_bytes"])
    if uid is not None:
        os.setgroups([])
        os.setresgid(uid, uid, uid)
        os.setresuid(uid, uid, uid)
    if uid is None:
        kernel.drop_capabilities()
    kernel.prctl(kernel.PR_SET_PDEATHSIG, signal.SIGKILL)
    kernel.prctl(kernel.PR_SET_NO_NEW_PRIVS, 1)
    for folder in ("work", "tmp"):
        os.makedirs(f"{home}/{folder}", mode=0o700, exist_ok=True)
    os.chdir(f"{home}/work")
    os.environ.update(HOME=home, TMPDIR=f"{home}/tmp", PWD=f"{home}/work")
    tempfile.tempdir = f"{home}/tmp"
    if settings["landlock"]:
        rules = kernel.Landlock()
        rules.read(settings["readable"])
        everything = rules.handled
        rules.allow(home, everything & ~kernel.IOCTL_DEV)
        if namespaces:
            rules.allow("/dev/shm", everything & ~kernel.IOCTL_DEV)
            rules.allow("/proc", kernel.READ_FILE | kernel.READ_DIR)
        else:
            rules.allow(f"/proc/{os.getpid()}", kernel.READ_FILE | kernel.READ_DIR)
        for device in ("null", "zero", "random", "urandom"):
            rules.allow(f"/dev/{device}", kernel.READ_FILE | kernel.WRITE_FILE)
        rules.enforce()
    kernel.seccomp(grouped=not namespaces)


def _silence() -> None:
    """Nobody reads what a job's programs print past Python; a file here would be one that all jobs share."""
    null = os.open("/dev/null", os.O_WRONLY)
    os.dup2(null, 1)
    os.dup2(null, 2)
    os.close(null)


def _own_proc() -> None:
    """A /proc that shows the job's own processes only, or none where the host does not allow one."""
    from notebook_runner import kernel

    flags = kernel.MS_NOSUID | kernel.MS_NODEV | kernel.MS_NOEXEC
    try:
        kernel.mount("proc", "/proc", "proc", flags)
    except OSError:
        kernel.mount("tmpfs", "/proc", "tmpfs", flags | kernel.MS_RDONLY, "size=4k")


def _limit(what: int, value: int) -> None:
    hard = resource.getrlimit(what)[1]
    if hard != resource.RLIM_INFINITY:
        value = min(value, hard)
    resource.setrlimit(what, (value, value))


def _address_space() -> int:
    """Bytes of address space that the warm parent had already."""
    try:
        with open("/proc/self/statm") as file:
            return int(file.read().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return 4 * 2**30


if __name__ == "__main__":
    main()
