# attacks = "the machine's accelerators, which are for nobody while a submission is graded"
# cells = ["ok"]
# %% own
import glob
for path in [*glob.glob("/dev/nvidia*"), *glob.glob("/dev/dri/*"), "/dev/nvidiactl", "/dev/kfd", "/dev/kvm", "/dev/fuse"]:
    try:
        open(path, "rb").close()
    except OSError:
        continue
    print("ATTACK" + " SUCCEEDED", path)
