# attacks = "the kernel, by system calls with a history of holes or a way around the other layers: each must be refused, not merely fail for its arguments"
# cells = ["ok"]
# %% own
import ctypes, errno, platform
libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long
column = 0 if platform.machine() == "x86_64" else 1
calls = {
    "io_uring_setup": (425, 425), "io_uring_enter": (426, 426), "io_uring_register": (427, 427),
    "bpf": (321, 280), "perf_event_open": (298, 241), "userfaultfd": (323, 282), "kcmp": (312, 272),
    "add_key": (248, 217), "request_key": (249, 218), "keyctl": (250, 219), "pidfd_getfd": (438, 438),
    "memfd_create": (319, 279), "memfd_secret": (447, 447), "ptrace": (101, 117),
    "process_vm_readv": (310, 270), "process_vm_writev": (311, 271), "process_madvise": (440, 440),
    "name_to_handle_at": (303, 264), "open_by_handle_at": (304, 265), "fanotify_init": (300, 262),
    "inotify_add_watch": (254, 27), "open_tree": (428, 428), "move_mount": (429, 429), "fsopen": (430, 430),
    "mount_setattr": (442, 442), "setns": (308, 268), "unshare": (272, 97), "chroot": (161, 51),
    "quotactl": (179, 60), "quotactl_fd": (443, 443), "personality": (135, 92), "init_module": (175, 105),
    "finit_module": (313, 273), "kexec_load": (246, 104), "syslog": (103, 116),
}
for name, numbers in calls.items():
    ctypes.set_errno(0)
    if libc.syscall(numbers[column], -1, -1, -1, -1, -1) != -1 or ctypes.get_errno() != errno.EPERM:
        print("ATTACK " + "SUCCEEDED", name, ctypes.get_errno())
