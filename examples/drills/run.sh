#!/usr/bin/env bash
# Shows what becomes of calls whose providers fail. Needs the configuration beside it.
set -euo pipefail
url="${ROUTER_URL:-http://127.0.0.1:8000}/v1/chat/completions"

ask() {
  echo "--- $1"
  curl -sS -D - "$url" -H 'content-type: application/json' \
    -d "{\"model\": \"$1\", \"stream\": $2, \"messages\": [{\"role\": \"user\", \"content\": \"Hello\"}]}" |
    grep -iE '^(HTTP/|x-router-(model|attempts)|retry-after:|data: \{"error")|"error"' || true
}

# The first call is within the limit. The second one goes on to the next model, which says nothing, and to the third.
ask tag:work false
ask tag:work false
# The same model again helps here, or its fallback does.
ask mock/recovering false
# A stream that breaks after three words: what was said, then one error, and no end marker.
ask mock/fault-reset-midstream-after-3 true
# Nobody stands in for a model that was asked for by name: the error says what happened, and when to come back.
ask mock/fault-status-429-after-60 false
