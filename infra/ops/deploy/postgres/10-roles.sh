#!/bin/sh
# Once, on an empty volume: the roles of the schema, and the login of web, worker and relay. That login is no
# superuser and owns nothing; each transaction takes the role it needs. Migrations run as the superuser.
set -eu
psql --set=ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" \
    --set=password="$NEEDLEWISE_LOGIN_PASSWORD" <<'SQL'
CREATE ROLE needlewise_owner NOLOGIN;
CREATE ROLE needlewise_app NOLOGIN;
CREATE ROLE needlewise_platform NOLOGIN BYPASSRLS;
CREATE ROLE needlewise_maintenance NOLOGIN BYPASSRLS;
CREATE ROLE needlewise_login LOGIN PASSWORD :'password';
GRANT needlewise_app, needlewise_platform TO needlewise_login;
SQL
