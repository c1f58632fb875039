# attacks = "root, by setuid programs and setuid calls"
# cells = ["ok"]
# %% own
import os, subprocess
own = os.getuid()
for program in (["/usr/bin/su", "-c", "id -u"], ["/usr/bin/sudo", "-n", "id", "-u"], ["/bin/mount", "-t", "tmpfs", "x", "/tmp"]):
    try:
        done = subprocess.run(program, capture_output=True, text=True, timeout=0.3)
        if own and done.stdout.strip() == "0" or done.returncode == 0:
            print("ATTACK SUCCEEDED", program)
    except (OSError, subprocess.SubprocessError):
        pass
try:
    if own:
        os.setuid(0)
        print("ATTACK SUCCEEDED")
except OSError:
    pass
