#!/usr/bin/env python3
"""Whether the server in this container answers: HEALTHCHECK. Its address is the one that the Hub gave it."""

import os
import sys
import urllib.error
import urllib.parse
import urllib.request

url = os.environ.get("COURSE_HEALTH") or os.environ.get("JUPYTERHUB_SERVICE_URL") or "http://127.0.0.1:8888/"
parts = urllib.parse.urlsplit(url)
host = "127.0.0.1" if parts.hostname in ("0.0.0.0", "", None) else parts.hostname
path = os.environ.get("COURSE_HEALTH_PATH") or f"{parts.path.rstrip('/')}/api"
try:
    urllib.request.urlopen(f"http://{host}:{parts.port}{path}", timeout=8).close()
except (OSError, ValueError) as problem:
    sys.exit(f"{parts.port}{path}: {problem}")
