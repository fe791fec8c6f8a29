#!/bin/sh
# Writes the list of logins from the environment, where only PgBouncer can read it, and becomes PgBouncer.
set -eu
umask 077
: "${PGBOUNCER_PASSWORD:?the password of needlewise_login}"
printf '"needlewise_login" "%s"\n' "$PGBOUNCER_PASSWORD" > /run/pgbouncer/userlist.txt
exec pgbouncer /etc/pgbouncer/needlewise.ini
