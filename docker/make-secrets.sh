#!/bin/sh
# Make the secrets that are missing, in secrets/ beside this file: 32 random bytes each, readable by their owner only, who is
# the user of the images (uid 1000). Run as root, or as that user.
set -eu
cd "$(dirname "$0")"
umask 077
mkdir -p secrets backups
for name in database_password hub_db_password exchange_db_password gradebook_db_password \
  proxy_token cookie_secret exchange_token course_token; do
  [ -s "secrets/$name" ] || od -An -v -tx1 -N32 /dev/urandom | tr -d ' \n' > "secrets/$name"
done
if [ "$(id -u)" = 0 ]; then chown -R 1000:100 secrets backups; fi
chmod 0400 secrets/*
