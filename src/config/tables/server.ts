import { boolean, inactive, integer, list, number, optional, table, text } from '../shape.ts';

/** `[server]` */
export const SERVER = table({
  host: optional(text({ isBlankAbsent: true }), 'Address to listen on'),
  port: optional(integer({ min: 1, max: 65_535 }), 'Port to listen on'),
  data_dir: optional(text({ isBlankAbsent: true }), 'Directory of the databases'),
  allow_local_without_auth: optional(boolean, 'Whether callers from the same machine need no key'),
  allow_unauthenticated: optional(boolean, 'Serve everybody, even on a public address without any key'),
  allowed_hosts: optional(list(text()), 'Host names that requests may carry, beside the loopback ones'),
  max_body_bytes: optional(integer({ min: 1024, max: 1_073_741_824 }), 'Longest request body'),
  drain_seconds: optional(number({ min: 0, max: 3600 }), 'How long running requests may finish at shutdown'),
  trusted_proxies: inactive(list(text()), 'Proxies whose forwarding headers count'),
  allow_query_credentials: inactive(boolean, 'Whether a key may stand in the URL'),
  stream_heartbeat_ms: optional(
    integer({ min: 0, max: 3_600_000 }),
    'Silence after which a streaming client gets a heartbeat; 0: none',
  ),
});
