# The site's own part of JupyterHub's configuration: read last, so it may change anything. Its login belongs here.
# This one gives everybody a password from a file, which is enough for a trial and for nothing else.
import tomllib
from pathlib import Path

from autograder.hub.authenticator import DemoAuthenticator

c.JupyterHub.authenticator_class = DemoAuthenticator
c.DemoAuthenticator.passwords = tomllib.loads(Path("/etc/course/site/passwords.toml").read_text())
