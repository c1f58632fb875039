#!/bin/sh
# Everything that cannot be made again, into a folder named by the time: three databases, the exchange's files, the course's
# data with its secret. The databases come first: what is not in the exchange's is no submission, and its files stay.
set -eu
umask 077
now=$(date -u +%Y-%m-%dT%H%M%SZ)
folder=/backups/$now.unfinished
mkdir "$folder"
host=${COURSE_DATABASE_HOST:-database}
for name in hub exchange gradebook; do
  PGPASSWORD=$(cat "/run/secrets/${name}_db_password") pg_dump --format=custom --host="$host" \
    --port="${COURSE_DATABASE_PORT:-5432}" --username="$name" --file="$folder/$name.dump" "$name"
done
tar --create --file="$folder/exchange.tar" --directory=/exchange .
tar --create --file="$folder/data.tar" --directory=/data .
(cd "$folder" && sha256sum -- *.dump *.tar > SHA256SUMS)
sync
mv "$folder" "/backups/$now"
echo "$now"
