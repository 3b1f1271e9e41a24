#!/usr/bin/env bash
# Which models would serve this, best first, and which rule excludes each of the others.
set -euo pipefail
curl -fsS "${ROUTER_URL:-http://127.0.0.1:8000}/route/explain" -H 'content-type: application/json' -d '{
  "tags": ["chat"], "not_tags": ["slow"], "prefer": ["fast"]
}'
