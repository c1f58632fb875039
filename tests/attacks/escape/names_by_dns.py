# attacks = "the network, by looking up a name"
# cells = ["ok"]
# %% own
import socket
try:
    socket.getaddrinfo("example.org", 80)
    print("ATTACK SUCCEEDED")
except OSError:
    pass
