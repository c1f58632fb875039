"""The Linux calls that confine a process and that Python's library lacks: namespaces, mounts, Landlock, seccomp.

Everything is by number through ``libc.syscall``, for x86-64 and 64-bit Arm. A call that fails raises OSError.
"""

from __future__ import annotations

import ctypes
import os
import platform
import struct
from collections.abc import Iterable

libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long

CLONE_NEWNS = 0x00020000
CLONE_NEWCGROUP = 0x02000000
CLONE_NEWUTS = 0x04000000
CLONE_NEWIPC = 0x08000000
CLONE_NEWUSER = 0x10000000
CLONE_NEWPID = 0x20000000
CLONE_NEWNET = 0x40000000

MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC = 1, 2, 4, 8
MS_REMOUNT, MS_BIND, MS_REC, MS_PRIVATE = 32, 4096, 16384, 1 << 18
MNT_DETACH = 2

PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_SET_NO_NEW_PRIVS, PR_SET_CHILD_SUBREAPER = 1, 4, 38, 36
PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 22, 2

MACHINE = platform.machine()
X86_64 = MACHINE == "x86_64"
AUDIT = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
"""The word by which a system-call filter is told the architecture; a call of any other one ends the process."""

# name: (x86-64, 64-bit Arm); None where the architecture has no such call.
SYSCALLS: dict[str, tuple[int | None, int | None]] = {
    "pivot_root": (155, 41),
    "capset": (126, 91),
    "landlock_create_ruleset": (444, 444),
    "landlock_add_rule": (445, 445),
    "landlock_restrict_self": (446, 446),
}

# What a student's process may not ask the kernel for: EPERM.
DENIED: dict[str, tuple[int | None, int | None]] = {
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "process_madvise": (440, 440),
    "kcmp": (312, 272),
    "pidfd_getfd": (438, 438),
    "mount": (165, 40),
    "umount2": (166, 39),
    "pivot_root": (155, 41),
    "chroot": (161, 51),
    "open_tree": (428, 428),
    "move_mount": (429, 429),
    "fsopen": (430, 430),
    "fsconfig": (431, 431),
    "fsmount": (432, 432),
    "fspick": (433, 433),
    "mount_setattr": (442, 442),
    "unshare": (272, 97),
    "setns": (308, 268),
    "socket": (41, 198),
    "bpf": (321, 280),
    "perf_event_open": (298, 241),
    "userfaultfd": (323, 282),
    "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
    "add_key": (248, 217),
    "request_key": (249, 218),
    "keyctl": (250, 219),
    "init_module": (175, 105),
    "finit_module": (313, 273),
    "delete_module": (176, 106),
    "kexec_load": (246, 104),
    "kexec_file_load": (320, 294),
    "reboot": (169, 142),
    "swapon": (167, 224),
    "swapoff": (168, 225),
    "acct": (163, 89),
    "quotactl": (179, 60),
    "quotactl_fd": (443, 443),
    "syslog": (103, 116),
    "sethostname": (170, 161),
    "setdomainname": (171, 162),
    "settimeofday": (164, 170),
    "clock_settime": (227, 112),
    "clock_adjtime": (305, 266),
    "adjtimex": (159, 171),
    "iopl": (172, None),
    "ioperm": (173, None),
    "modify_ldt": (154, None),
    "personality": (135, 92),
    "vhangup": (153, 58),
    "name_to_handle_at": (303, 264),
    "open_by_handle_at": (304, 265),
    "fanotify_init": (300, 262),
    "lookup_dcookie": (212, 18),
    "shmget": (29, 194),
    "shmat": (30, 196),
    "shmctl": (31, 195),
    "semget": (64, 190),
    "semop": (65, 193),
    "semtimedop": (220, 192),
    "semctl": (66, 191),
    "msgget": (68, 186),
    "msgsnd": (69, 189),
    "msgrcv": (70, 188),
    "msgctl": (71, 187),
    "mq_open": (240, 180),
    "mq_unlink": (241, 181),
    # Landlock does not govern it, and the events of a folder name its files.
    "inotify_add_watch": (254, 27),
    # Files in memory count against no limit of a process until they are mapped.
    "memfd_create": (319, 279),
    "memfd_secret": (447, 447),
    "mknod": (133, None),
    "mknodat": (259, 33),
}
# Where no PID namespace holds a job together, its processes must stay in one group.
GROUP: dict[str, tuple[int | None, int | None]] = {"setsid": (112, 157), "setpgid": (109, 154)}
# Landlock says nothing about modes, owners, times and attributes: without read-only mounts, a job that has the
# grader's uid could change those of any file of the grader's.
METADATA: dict[str, tuple[int | None, int | None]] = {
    "chmod": (90, None),
    "fchmod": (91, 52),
    "fchmodat": (268, 53),
    "fchmodat2": (452, 452),
    "chown": (92, None),
    "fchown": (93, 55),
    "lchown": (94, None),
    "fchownat": (260, 54),
    "utime": (132, None),
    "utimes": (235, None),
    "futimesat": (261, None),
    "utimensat": (280, 88),
    "setxattr": (188, 5),
    "lsetxattr": (189, 6),
    "fsetxattr": (190, 7),
    "removexattr": (197, 14),
    "lremovexattr": (198, 15),
    "fremovexattr": (199, 16),
    "setxattrat": (463, 463),
    "removexattrat": (466, 466),
    "file_setattr": (469, 469),
}
# A descriptor under way in a socket is in no process's table, so that nobody could count the file behind it.
UNDER_WAY: dict[str, tuple[int | None, int | None]] = {"sendmsg": (46, 211), "sendmmsg": (307, 269)}
# Whoever has the grader's uid could make the grader wait behind everything else, for ever.
PRIORITY: dict[str, tuple[int | None, int | None]] = {
    "setpriority": (141, 140),
    "sched_setparam": (142, 118),
    "sched_setscheduler": (144, 119),
    "sched_setattr": (314, 274),
    "ioprio_set": (251, 30),
}
# The owner of a descriptor is sent a signal, of any number, when something happens on it: a kill by other means.
FCNTL, IOCTL = (72, 25), (16, 29)
OWNERS = ((FCNTL, (8, 15)), (IOCTL, (0x8901, 0x8902)))
CLONE = (56, 220)
CLONE3 = (435, 435)
KILLS: dict[str, tuple[int | None, int | None]] = {
    "kill": (62, 129),
    "tgkill": (234, 131),
    "tkill": (200, 130),
    "pidfd_send_signal": (424, 424),
    "pidfd_open": (434, 434),
    "rt_sigqueueinfo": (129, 138),
    "sched_setaffinity": (203, 122),
    "prlimit64": (302, 261),
}


def _number(numbers: tuple[int | None, int | None]) -> int | None:
    return numbers[0] if X86_64 else numbers[1]


def _check(result: int, what: str) -> int:
    if result < 0:
        error = ctypes.get_errno()
        raise OSError(error, f"{what}: {os.strerror(error)}")
    return result


def _syscall(name: str, *arguments: object) -> int:
    number = _number(SYSCALLS[name])
    return _check(libc.syscall(ctypes.c_long(number or 0), *arguments), name)


def unshare(flags: int) -> None:
    """Move this process (its children, for a PID namespace) into new namespaces."""
    _check(libc.unshare(flags), "unshare")


def setns(descriptor: int, kind: int) -> None:
    """Move this process into the namespace behind a descriptor."""
    _check(libc.setns(descriptor, kind), "setns")


def mount(source: str | None, target: str, kind: str | None, flags: int, data: str | None = None) -> None:
    """Mount, bind or remount."""
    encoded = [None if text is None else os.fsencode(text) for text in (source, target, kind)]
    options = None if data is None else data.encode()
    _check(libc.mount(*encoded, ctypes.c_ulong(flags), options), f"mount {target}")


def unmount(target: str) -> None:
    """Detach a mount."""
    _check(libc.umount2(os.fsencode(target), MNT_DETACH), f"unmount {target}")


def pivot_root(new: str, old: str) -> None:
    """Make `new` the root; the old one is then at `old`."""
    _syscall("pivot_root", ctypes.c_char_p(os.fsencode(new)), ctypes.c_char_p(os.fsencode(old)))


def prctl(option: int, value: int) -> None:
    """Set one attribute of this process."""
    _check(libc.prctl(option, ctypes.c_ulong(value), 0, 0, 0), f"prctl {option}")


def drop_capabilities() -> None:
    """Give up every capability, in a user namespace too."""
    header = struct.pack("<Ii", 0x20080522, 0)
    _syscall("capset", ctypes.c_char_p(header), ctypes.c_char_p(bytes(24)))


# Landlock

READ_FILE, READ_DIR, EXECUTE, WRITE_FILE = 1 << 2, 1 << 3, 1 << 0, 1 << 1
TRUNCATE, IOCTL_DEV = 1 << 14, 1 << 15
RULE_PATH_BENEATH = 1


def landlock_version() -> int:
    """Version of the kernel's Landlock interface; 0 where it has none."""
    try:
        return _syscall("landlock_create_ruleset", None, ctypes.c_size_t(0), ctypes.c_uint(1))
    except OSError:
        return 0


class Landlock:
    """An allow-list of files, for this process and all that it starts."""

    def __init__(self) -> None:
        version = landlock_version()
        if not version:
            raise OSError("this kernel has no Landlock")
        bits = 13 + (version >= 2) + (version >= 3) + (version >= 5)
        # Versions add: 2 REFER (bit 13), 3 TRUNCATE (14), 4 TCP, 5 IOCTL_DEV (15), 6 scopes.
        self.handled = (1 << bits) - 1
        net = 3 if version >= 4 else 0
        scoped = 3 if version >= 6 else 0
        self.signals_scoped = version >= 6
        size = 8 if version < 4 else 16 if version < 6 else 24
        attributes = struct.pack("<QQQ", self.handled, net, scoped)[:size]
        self.ruleset = _syscall(
            "landlock_create_ruleset", ctypes.c_char_p(attributes), ctypes.c_size_t(size), ctypes.c_uint(0)
        )

    def allow(self, path: str, access: int) -> None:
        """Allow access at and below a path; a path that does not exist is passed over."""
        try:
            descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
        except OSError:
            return
        try:
            if not os.path.isdir(path):
                access &= READ_FILE | EXECUTE | WRITE_FILE | TRUNCATE | IOCTL_DEV
            rule = struct.pack("<Qi", access & self.handled, descriptor)
            _syscall(
                "landlock_add_rule",
                ctypes.c_int(self.ruleset),
                ctypes.c_int(RULE_PATH_BENEATH),
                ctypes.c_char_p(rule),
                ctypes.c_uint(0),
            )
        finally:
            os.close(descriptor)

    def read(self, paths: Iterable[str]) -> None:
        """Allow reading and executing below the paths."""
        for path in paths:
            self.allow(path, READ_FILE | READ_DIR | EXECUTE)

    def enforce(self) -> None:
        """Confine this process from now on; needs no_new_privs."""
        _syscall("landlock_restrict_self", ctypes.c_int(self.ruleset), ctypes.c_uint(0))
        os.close(self.ruleset)


# seccomp

_LOAD, _EQUAL, _AND_SET, _RETURN = 0x20, 0x15, 0x45, 0x06
_ALLOW, _ERRNO, _KILL = 0x7FFF0000, 0x00050000, 0x80000000
_EPERM, _ENOSYS = 1, 38
_NAMESPACES = 0x7E020080
# prctl's option that hides a process's descriptors, and so its files, from who has the same uid.
PRCTL = (157, 167)


def known_machine() -> bool:
    """Whether the filter knows this machine's system calls by their numbers."""
    return MACHINE in AUDIT


def filter_program(*, grouped: bool, process: int) -> list[tuple[int, int, int, int]]:
    """The filter that `seccomp` installs for a process: lines of code, jump if true, jump if false, value."""
    code: list[tuple[int, int, int, int]] = [
        (_LOAD, 0, 0, 4),
        (_EQUAL, 1, 0, AUDIT.get(MACHINE, 0)),
        (_RETURN, 0, 0, _KILL),
        (_LOAD, 0, 0, 0),
    ]
    if X86_64:
        # The x32 calls have a bit of their own and would slip past the numbers below.
        code += [(_AND_SET, 0, 1, 0x40000000), (_RETURN, 0, 0, _KILL)]
    denied = [
        *DENIED.values(),
        *((*GROUP.values(), *METADATA.values(), *PRIORITY.values(), *UNDER_WAY.values()) if grouped else ()),
    ]
    for number in map(_number, denied):
        if number is not None:
            code += [(_EQUAL, 0, 1, number), (_RETURN, 0, 0, _ERRNO | _EPERM)]
    if grouped:
        for number in map(_number, KILLS.values()):
            # 0 is the caller itself for prlimit64 and sched_setaffinity, and its own group for kill.
            code += [
                (_EQUAL, 0, 5, number or 0),
                (_LOAD, 0, 0, 16),
                (_EQUAL, 2, 0, 0),
                (_EQUAL, 1, 0, process),
                (_RETURN, 0, 0, _ERRNO | _EPERM),
                (_RETURN, 0, 0, _ALLOW),
            ]
        code += [
            (_EQUAL, 0, 3, _number(PRCTL) or 0),
            (_LOAD, 0, 0, 16),
            (_EQUAL, 0, 1, PR_SET_DUMPABLE),
            (_RETURN, 0, 0, _ERRNO | _EPERM),
            (_LOAD, 0, 0, 0),
        ]
        for numbers, (one, other) in OWNERS:
            code += [
                (_EQUAL, 0, 5, _number(numbers) or 0),
                (_LOAD, 0, 0, 24),
                (_EQUAL, 1, 0, one),
                (_EQUAL, 0, 1, other),
                (_RETURN, 0, 0, _ERRNO | _EPERM),
                (_RETURN, 0, 0, _ALLOW),
            ]
    code += [(_EQUAL, 0, 1, CLONE3[0]), (_RETURN, 0, 0, _ERRNO | _ENOSYS)]
    code += [
        (_EQUAL, 0, 3, _number(CLONE) or 0),
        (_LOAD, 0, 0, 16),
        (_AND_SET, 0, 1, _NAMESPACES),
        (_RETURN, 0, 0, _ERRNO | _EPERM),
    ]
    code.append((_RETURN, 0, 0, _ALLOW))
    return code


def seccomp(*, grouped: bool) -> None:
    """Refuse, from now on, the calls that a student's code has no use for.

    `grouped` also keeps every process of the job in one process group and lets it signal only itself, keeps
    files' modes, owners and times as they are, and every open file in some process's table: for hosts without
    namespaces. Needs no_new_privs.
    """
    code = filter_program(grouped=grouped, process=os.getpid())
    program = b"".join(struct.pack("<HBBI", *line) for line in code)
    buffer = ctypes.create_string_buffer(program)
    header = struct.pack("<HxxxxxxQ", len(code), ctypes.addressof(buffer))
    _check(
        libc.prctl(PR_SET_SECCOMP, ctypes.c_ulong(SECCOMP_MODE_FILTER), ctypes.c_char_p(header), 0, 0),
        "seccomp",
    )
