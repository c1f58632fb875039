"""Two jobs of one sandbox at the same time: what one may do to the other, which may have the same user id."""

from autograder.grading.student import Student

VICTIM = """
import os, tempfile
open("mine.txt", "w").write("a victim's words")
secret = os.environ["SECRET"] = "a victim's environment"
def still():
    return [open("mine.txt").read(), sorted(os.listdir())]
"""
ATTACKER = """
import ctypes, os, signal
done = []
def attempt(name, act):
    try:
        result = act()
    except OSError:
        return
    if result != -1:
        done.append((name, str(result)))
def raw(pid, folder):
    libc = ctypes.CDLL(None, use_errno=True)
    room = ctypes.create_string_buffer(64)
    vector = (ctypes.c_size_t * 2)(ctypes.addressof(room), 64)
    for number in (0, signal.SIGSTOP, signal.SIGKILL):
        attempt("kill", lambda: os.kill(pid, number))
        attempt("killpg", lambda: os.killpg(pid, number))
        attempt("kill group", lambda: os.kill(-pid, number))
        attempt("tgkill", lambda: libc.tgkill(pid, pid, number))
    attempt("pidfd", lambda: os.pidfd_open(pid))
    attempt("ptrace", lambda: libc.ptrace(16, pid, 0, 0))
    attempt("ptrace seize", lambda: libc.ptrace(0x4206, pid, 0, 0))
    attempt("process_vm_readv", lambda: libc.process_vm_readv(pid, vector, 1, vector, 1, 0))
    attempt("process_vm_writev", lambda: libc.process_vm_writev(pid, vector, 1, vector, 1, 0))
    for name in ("mem", "environ", "maps", "auxv", "oom_score_adj", "root/etc/passwd", "cwd/mine.txt", "fd/3"):
        attempt(name, lambda: open(f"/proc/{pid}/{name}", "rb").read(1))
    for name in ("fd", "task", "cwd", "root", "map_files"):
        attempt("list " + name, lambda: os.listdir(f"/proc/{pid}/{name}"))
    attempt("priority", lambda: os.setpriority(os.PRIO_PROCESS, pid, 19))
    attempt("affinity", lambda: os.sched_setaffinity(pid, {0}))
    attempt("scheduler", lambda: os.sched_setscheduler(pid, os.SCHED_IDLE, os.sched_param(0)))
    attempt("limits", lambda: __import__("resource").prlimit(pid, 7, (1, 1)))
    attempt("robust list", lambda: libc.syscall(274 if os.uname().machine == "x86_64" else 100, pid, room, vector))
    attempt("its folder", lambda: os.listdir(folder))
    attempt("its file", lambda: open(folder + "/mine.txt").read())
    attempt("a new file", lambda: open(folder + "/new.txt", "w"))
    attempt("its file's mode", lambda: os.chmod(folder + "/mine.txt", 0))
    attempt("its file's time", lambda: os.utime(folder + "/mine.txt", (0, 0)))
    attempt("its file's name", lambda: os.rename(folder + "/mine.txt", folder + "/other.txt"))
    attempt("its file gone", lambda: os.unlink(folder + "/mine.txt"))
    attempt("its file's length", lambda: os.truncate(folder + "/mine.txt", 0))
    attempt("its file linked", lambda: os.link(folder + "/mine.txt", "theirs.txt"))
    attempt("its folder's events", lambda: libc.inotify_add_watch(libc.inotify_init(), folder.encode(), 0xFFF))
    attempt("shared memory", lambda: libc.shmget(77, 4096, 0o1666))
    attempt("a semaphore", lambda: libc.semget(77, 1, 0o1666))
    attempt("a queue", lambda: libc.msgget(77, 0o1666))
    attempt("its /dev/shm", lambda: open("/dev/shm/left-by-the-victim").read())
    return done
def attacks(pid, folder):
    return raw(pid, folder)
"""


def test_one_can_do_nothing_to_the_other(sandbox):
    victim, attacker = sandbox.open({}), sandbox.open({})
    try:
        assert victim.run_cell("a", VICTIM, 10).status == "ok"
        victim.run_cell("b", "open('/dev/shm/left-by-the-victim', 'w').write('x')", 10)
        assert attacker.run_cell("a", ATTACKER, 10).status == "ok"
        folder = f"{victim._scratch or '/nowhere'}/work"
        pid = victim._pid if victim._scratch else max(victim._pid, attacker._pid) + 1
        assert Student(attacker).within(10).attacks(pid, folder) == []
        assert Student(victim).still() == ["a victim's words", ["mine.txt"]]
        assert victim.alive and attacker.alive
    finally:
        attacker.close()
        victim.close()


def test_one_that_ends_by_itself_leaves_the_other_and_its_own_account(sandbox):
    first, second = sandbox.open({}), sandbox.open({})
    assert first.run_cell("a", "import os\nif os.fork() == 0:\n    os._exit(0)", 10).status == "ok"
    second.run_cell("a", "import subprocess; subprocess.Popen(['sleep', '0'])", 10)
    first._channel.close()  # it ends, and waits to be accounted for while the other is
    assert second.run_cell("b", "import time; time.sleep(0.2)", 10).status == "ok"
    second.close()
    usage = first.close()
    assert usage.memory_kb > 1000
    third = sandbox.open({})
    assert third.run_cell("a", "1 + 1", 10).status == "ok"
    third.close()


def test_what_one_leaves_in_shared_places_is_not_there_for_the_next(sandbox):
    places = "('/dev/shm', '/tmp', os.environ['HOME'], '.')"
    leave = f"import os\nfor place in {places}:\n    try: open(place + '/left', 'w').close()\n    except OSError: pass"
    find = f"[place for place in {places} if os.path.exists(place + '/left')]"
    first = sandbox.open({})
    first.run_cell("a", leave, 10)
    for _ in range(2):
        second = sandbox.open({})
        result = second.run_cell("a", f"import os\n{find}", 10)
        assert result.outputs[-1]["data"]["text/plain"] == "[]"
        second.close()
        first.close()
