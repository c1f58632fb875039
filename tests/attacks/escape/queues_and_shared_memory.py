# attacks = "other jobs and the grader, by System V memory, semaphores and queues, and POSIX queues"
# cells = ["ok"]
# %% own
import ctypes, errno, platform
libc = ctypes.CDLL(None, use_errno=True)
column = 0 if platform.machine() == "x86_64" else 1
calls = {
    "shmget": ((29, 194), (0, 4096, 0o1666)), "shmat": ((30, 196), (0, 0, 0)), "shmctl": ((31, 195), (0, 14, 0)),
    "semget": ((64, 190), (0, 1, 0o1666)), "semop": ((65, 193), (0, 0, 0)), "semctl": ((66, 191), (0, 0, 16)),
    "msgget": ((68, 186), (0, 0o1666)), "msgsnd": ((69, 189), (0, 0, 0, 0)), "msgrcv": ((70, 188), (0, 0, 0, 0)),
    "msgctl": ((71, 187), (0, 12, 0)), "mq_open": ((240, 180), (b"left", 0o102, 0o666, 0)),
    "mq_unlink": ((241, 181), (b"left",)),
}
for name, (numbers, arguments) in calls.items():
    ctypes.set_errno(0)
    if libc.syscall(numbers[column], *arguments) != -1 or ctypes.get_errno() != errno.EPERM:
        print("ATTACK " + "SUCCEEDED", name, ctypes.get_errno())
