# attacks = "the limits, by raising them"
# cells = ["ok"]
# %% own
import resource
for name in ("RLIMIT_AS", "RLIMIT_FSIZE", "RLIMIT_NPROC", "RLIMIT_NOFILE", "RLIMIT_CPU"):
    what = getattr(resource, name)
    try:
        resource.setrlimit(what, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        print("ATTACK SUCCEEDED", name)
    except (OSError, ValueError):
        pass
