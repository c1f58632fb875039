# attacks = "the warm parent, by the less known signalling calls"
# cells = ["ok"]
# %% own
import ctypes
libc = ctypes.CDLL(None)
info = ctypes.create_string_buffer(128)
for pid in (int("<<ZYGOTE>>"), int("<<ENGINE>>")):
    for number, arguments in ((62, (pid, 19)), (129, (pid, 19, info)), (200, (pid, 19)), (234, (pid, pid, 19)),
                              (297, (pid, pid, 19, info)), (424, (pid, 19, None, 0)), (434, (pid, 0))):
        if libc.syscall(number, *arguments) >= 0:
            print("ATTACK SUCCEEDED", pid, number)
