# attacks = "secrets in environment variables, its own and as the kernel keeps them"
# cells = ["ok"]
# %% own
import os
print(dict(os.environ))
try:
    print(open("/proc/self/environ").read())
except OSError:
    pass
