# attacks = "the disk, by one large file"
# cells = ["error"]
# %% own
with open("zeros", "wb") as file:
    for _ in range(1000):
        file.write(bytes(2**20))
