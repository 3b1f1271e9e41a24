/** What serves where no `router.toml` is found: the built-in provider, so that every client can be tried without a key. */
export const EMBEDDED_ROUTER_TOML = `
[[providers]]
name = "mock"
type = "mock"

[[models]]
name = "echo"
provider = "mock"
remote_identifier = "mock-echo"
tags = ["chat", "general", "fast", "free", "local"]
`;
