#!/bin/sh
# Run once by PostgreSQL's image, on an empty volume: three databases, each with an owner and a password of its own.
set -eu
for name in hub exchange gradebook; do
  password=$(cat "/run/secrets/${name}_db_password")
  psql --quiet --username postgres --set ON_ERROR_STOP=1 --set name="$name" --set password="$password" <<'SQL'
CREATE ROLE :"name" LOGIN PASSWORD :'password';
CREATE DATABASE :"name" OWNER :"name" ENCODING 'UTF8' TEMPLATE template0;
REVOKE CONNECT ON DATABASE :"name" FROM PUBLIC;
SQL
done
