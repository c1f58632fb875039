# attacks = "the report, by endless printing"
# shows = ["too large"]
# %% own
text = "x" * 100_000
for _ in range(2000):
    print(text)
