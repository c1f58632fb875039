# attacks = "the pages of all, by a picture whose file is not attached: nbconvert ends with an error at it"
# %% why
![plot](attachment:not-there.png)
