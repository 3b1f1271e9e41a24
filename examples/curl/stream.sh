#!/usr/bin/env bash
# The same stream twice: JSON lines, then server-sent events.
set -euo pipefail
url="${ROUTER_URL:-http://127.0.0.1:8000}/route/invoke"
body='{"tags": ["chat"], "prompt": "Name three rivers.", "stream": true}'
curl -fsSN "$url" -H 'content-type: application/json' -d "$body"
curl -fsSN "$url" -H 'content-type: application/json' -H 'accept: text/event-stream' -d "$body"
