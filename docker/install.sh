#!/bin/sh
# pip for the images' environment, during a build: wheels that were laid beside come first, and a private authority is trusted
# where the build was given one.
set -eu
# Kept between builds, beside the image: a mount of the Dockerfile.
export PIP_CACHE_DIR=/var/cache/pip
if [ -f /run/secrets/ca ]; then export PIP_CERT=/run/secrets/ca; fi
if [ -n "${TORCH_INDEX:-}" ]; then export PIP_EXTRA_INDEX_URL="$TORCH_INDEX"; fi
if [ -d /docker/wheels ]; then export PIP_FIND_LINKS=/docker/wheels; fi
exec /opt/course/bin/python -m pip install --disable-pip-version-check --quiet --no-input "$@"
