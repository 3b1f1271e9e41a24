/** A file as users of earlier versions have it: every table and key of theirs, in their style. */
export const EARLIER_STYLE = `# 路由配置
[server]
host = "0.0.0.0"   # 监听地址
port = 18000
allow_local_without_auth = true

[frontend]
port = 4022
api_url = "http://localhost:18000"
api_base_url = "/api"

[routing]
default_pair = "daily"
analyzer_model = "ollama/tiny"
analyzer_timeout_ms = 1500
auto_fallback_mode = "weak"
load_balance_strategy = "weighted"
channel_fallback = ["groq", "openai"]
provider_weights = { openai = 3, groq = 1 }
circuit_breaker = { enabled = true, failure_threshold = 3, cooldown_seconds = 30 }
[[routing.pairs]]
name = "daily"
strong_model = "claude/sonnet"
weak_model = "openai/mini"

[[providers]]
name = "openai"
type = "openai"
base_url = "https://api.openai.test"
api_key_env = "OPENAI_API_KEY"
[providers.settings]
timeout = 45
proxy = "http://127.0.0.1:7890"
headers = { "X-Team" = "platform" }

[[providers]]
name = "claude"
type = "claude"
api_key_env = "ANTHROPIC_API_KEY"

[[providers]]
name = "groq (cn)"
type = "groq"
api_key_env = "GROQ_CN_API_KEY"
[providers.settings]
endpoint = "/v4/chat/completions"

[[providers]]
name = "ollama"
type = "ollama"

[[providers]]
name = "vercel"
type = "openai"
base_url = "https://YOUR_VERCEL_URL.vercel.app"

[[models]]
name = "mini"
provider = "openai"
remote_identifier = "gpt-mini"
display_name = "GPT mini (免费)"
description = "便宜"
tags = ["chat", "general", "fast", "cheap"]
default_params = { temperature = 0.3 }
[models.rate_limit]
max_requests = 60
per_seconds = 60
burst_size = 90
notes = "vendor limit"
[models.config]
priority = 5
context_window = "256k"
supports_vision = true
languages = ["en", "zh"]
cost_per_1k_tokens = 0.00025
cost_per_1k_completion_tokens = 0.002

[[models]]
name = "sonnet"
provider = "claude"
tags = ["chat", "coding", "high-quality"]
config = { priority = 20, context_window = "200k", supports_tools = true }

[[models]]
name = "org/qwen3:free"
provider = "groq (cn)"
remote_identifier = "qwen/qwen3:free"
tags = ["chat", "chinese", "free"]
[models.config]
context_window = "1M"
supports_vision = false
supports_tools = false
languages = ["zh"]

[[local.models]]
name = "tiny"
provider = "ollama"
remote_identifier = "qwen3:4b"
tags = ["chat", "local", "free"]

[[api_keys]]
key_env = "LLM_ROUTER_ADMIN_KEY"
name = "管理员密钥"
is_active = true

[[api_keys]]
key = "team-a-secret"
name = "team-a"
allowed_models = ["openai/mini", "tiny"]
allowed_providers = ["openai", "ollama"]
[api_keys.parameter_limits]
max_tokens = 2000
temperature = 0.7
[api_keys.parameter_limits.custom_limits]
top_k = 40
n = { min = 1, max = 2 }

[plugins.tts.main]
base_url = "https://tts.test"
api_key_env = "TTS_KEY"

[model_updates]
enabled = false
interval_hours = 24
# BEGIN AUTO-MANAGED MODELS
# END AUTO-MANAGED MODELS
`;
