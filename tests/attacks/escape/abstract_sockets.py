# attacks = "other programs, by sockets without a file, by name and by a pair's address"
# cells = ["ok"]
# %% own
import ctypes, socket
libc = ctypes.CDLL(None)
for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_SEQPACKET):
    try:
        end = socket.socket(socket.AF_UNIX, kind)
        end.bind("\0left-for-others")
        print("ATTACK " + "SUCCEEDED", kind)
    except OSError:
        pass
ours, theirs = socket.socketpair()
for act in (lambda: ours.connect("\0left-for-others"), lambda: ours.connect("/run/dbus/system_bus_socket")):
    try:
        act()
        print("ATTACK " + "SUCCEEDED")
    except OSError:
        pass
