#!/bin/sh
# One backup back into empty volumes or over what is there: restore.sh NAME, with hub, exchange and grader stopped.
set -eu
folder=/backups/${1:?"name a backup: one of $(ls /backups)"}
(cd "$folder" && sha256sum --check --quiet SHA256SUMS)
host=${COURSE_DATABASE_HOST:-database}
for name in hub exchange gradebook; do
  PGPASSWORD=$(cat "/run/secrets/${name}_db_password") pg_restore --clean --if-exists --no-owner --single-transaction \
    --host="$host" --port="${COURSE_DATABASE_PORT:-5432}" --username="$name" --dbname="$name" "$folder/$name.dump"
done
for name in exchange data; do
  find "/$name" -mindepth 1 -delete
  tar --extract --preserve-permissions --file="$folder/$name.tar" --directory="/$name"
done
echo "restored $1"
