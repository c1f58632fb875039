#!/usr/bin/env bash
# Installs what the grader needs, once, while the image is built: Python @PYTHON@ and the packages it was exported with.
set -euo pipefail
root="${AUTOGRADER_DIR:-/autograder}"
venv="${COURSE_VENV:-/opt/course-venv}"

usable() { command -v "$1" > /dev/null && "$1" -c 'import ensurepip, venv' 2> /dev/null; }

python=python@PYTHON@
if ! usable "$python" && command -v apt-get > /dev/null; then
  export DEBIAN_FRONTEND=noninteractive
  apt-get update
  apt-get install -y "$python" "$python-venv" || apt-get install -y python3 python3-pip
fi
if ! usable "$python"; then
  # The image's own distribution has another Python: one that uv brings, where every user may run it.
  export UV_PYTHON_INSTALL_DIR=/opt/course-python
  python3 -m pip install uv==@UV@ || python3 -m pip install --break-system-packages uv==@UV@
  python3 -m uv python install @PYTHON@
  python="$(python3 -m uv python find --managed-python @PYTHON@)"
fi

"$python" -m venv "$venv"
"$venv/bin/python" -m pip install --disable-pip-version-check --no-cache-dir -r "$root/source/requirements.txt"
# Looking for fonts takes seconds: once now, not again for each submission.
export MPLCONFIGDIR="$venv/cache/course-sandbox"
mkdir -p "$MPLCONFIGDIR/ipython"
"$venv/bin/python" -c 'import matplotlib.font_manager'
