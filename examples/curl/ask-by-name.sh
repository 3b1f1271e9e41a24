#!/usr/bin/env bash
# One model by its path: /models/{provider}/{model}/invoke.
set -euo pipefail
curl -fsS "${ROUTER_URL:-http://127.0.0.1:8000}/models/mock/echo/invoke" -H 'content-type: application/json' -d '{
  "prompt": "Name three rivers."
}'
