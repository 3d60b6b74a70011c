#!/bin/sh
# Makes deploy/compose/.env, readable by its owner alone, with a secret for each that needs one. Never writes over one that is there.
set -eu
cd "$(dirname "$0")"
[ ! -e .env ] || { echo "deploy/compose/.env is there already"; exit 1; }
random() { od -An -N24 -tx1 /dev/urandom | tr -d ' \n'; }
umask 077
{
  # 32 bytes in base64url.
  echo "ODNIX_SECRET=$(head -c 32 /dev/urandom | base64 | tr '+/' '-_' | tr -d '=\n')"
  for name in NATS_ROUTES_PASSWORD POSTGRES_PASSWORD GRAFANA_PASSWORD NATS_PASSWORD_ADMIN NATS_PASSWORD_GATEWAY; do
    echo "$name=$(random)"
  done
  for app in API COMMAND_HANDLER TIMELINE PROJECTOR QUERY_HANDLER; do
    echo "NATS_PASSWORD_$app=$(random)"
    echo "DATABASE_PASSWORD_$app=$(random)"
  done
} > .env
echo "made deploy/compose/.env"
