# attacks = "the environment, command line and memory map of the engine and of the warm parent"
# cells = ["ok"]
# %% own
for pid in ("<<ENGINE>>", "<<ZYGOTE>>"):
    for name in ("environ", "maps", "mem", "cwd", "root/etc/passwd", "fd"):
        try:
            with open(f"/proc/{pid}/{name}", "rb") as file:
                file.read(100)
            print("ATTACK SUCCEEDED", pid, name)
        except OSError:
            pass
