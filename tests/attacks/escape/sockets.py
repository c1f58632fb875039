# attacks = "the network and other programs, by sockets of every family"
# cells = ["ok"]
# %% own
import socket
for family in (socket.AF_INET, socket.AF_INET6, socket.AF_UNIX, socket.AF_NETLINK, socket.AF_PACKET, 38, 40):
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_RAW):
        try:
            socket.socket(family, kind)
            print("ATTACK SUCCEEDED", family, kind)
        except OSError:
            pass
