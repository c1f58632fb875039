# attacks = "whoever counts its files, by folders that hide what lies in them"
# %% own
import os, time
os.mkdir("hidden", 0o300)
try:
    for number in range(64):
        with open(f"hidden/part{number}", "wb") as file:
            file.write(bytes(2**20))
    time.sleep(0.6)
    print("ATTACK " + "SUCCEEDED")
except OSError:
    pass
