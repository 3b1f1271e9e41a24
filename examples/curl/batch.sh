#!/usr/bin/env bash
# Items run side by side; each is routed and recorded for itself.
set -euo pipefail
curl -fsS "${ROUTER_URL:-http://127.0.0.1:8000}/route/invoke" -H 'content-type: application/json' -d '{
  "query": {"tags": ["chat"]},
  "request": {"batch": [{"prompt": "Name a river."}, {"prompt": "Name a mountain."}]}
}'
