# attacks = "text left in memory by the warm parent"
# cells = ["ok"]
# %% own
import re
found = 0
needle = re.compile(rb"CANARY[-]7f3a9c")
try:
    regions = open("/proc/self/maps").read().splitlines()
    memory = open("/proc/self/mem", "rb", buffering=0)
except OSError:
    regions = []
for line in regions[:150]:
    area = line.split()[0].split("-")
    start, end = (int(part, 16) for part in area)
    if "[heap]" not in line and "rw" not in line or end - start > 2**24:
        continue
    try:
        memory.seek(start)
        data = memory.read(end - start)
    except (OSError, ValueError, OverflowError):
        continue
    found += needle.search(data) is not None
if found:
    print("ATTACK SUCCEEDED", found)
