#!/usr/bin/env bash
# The router picks the best model that has all of these tags.
set -euo pipefail
curl -fsS "${ROUTER_URL:-http://127.0.0.1:8000}/route/invoke" -H 'content-type: application/json' -d '{
  "tags": ["chat", "fast"],
  "messages": [{"role": "user", "content": "Name three rivers."}],
  "parameters": {"max_tokens": 200}
}'
