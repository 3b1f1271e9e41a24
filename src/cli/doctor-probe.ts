import { lookup } from 'node:dns/promises';
import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import type { Environment } from '../config/environment.ts';
import type { ProviderInstance } from '../providers/spec.ts';
import type { Finding } from './doctor-finding.ts';

const CONNECT_MS = 5_000;

/** Where the connection goes first. */
interface Target {
  /** The provider's own host, or a proxy before it. */
  readonly what: 'host' | 'proxy';
  readonly host: string;
  readonly port: number;
  readonly isTls: boolean;
}

/** Finds the name, connects and shakes hands, as a call would, but sends nothing. */
export async function probeHost(provider: ProviderInstance, env: Environment): Promise<Finding> {
  const target = targetOf(provider);
  const place = `${target.host}:${target.port}`;
  const startedAt = performance.now();
  try {
    const { address } = await within(lookup(target.host), `finding the name took longer than ${CONNECT_MS / 1000} s`);
    const protocol = await shakeHands(target);
    const ms = Math.round(performance.now() - startedAt);
    return { check: target.what, verdict: 'ok', detail: `${place} (${address}) in ${ms} ms, ${protocol}` };
  } catch (thrown) {
    const { code, message } = thrown as NodeJS.ErrnoException;
    const advice = adviceFor(code ?? '', target, env);
    return { check: target.what, verdict: 'problem', detail: `${place}: ${message}`, advice };
  }
}

function targetOf({ baseUrl, proxyUrl }: ProviderInstance): Target {
  const { hostname, port, protocol } = new URL(proxyUrl ?? baseUrl);
  const isTls = protocol === 'https:';
  return {
    what: proxyUrl === undefined ? 'host' : 'proxy',
    host: hostname.replace(/^\[|\]$/g, ''),
    port: port === '' ? defaultPort(isTls) : Number(port),
    isTls,
  };
}

function defaultPort(isTls: boolean): number {
  return isTls ? 443 : 80;
}

/** Resolves with what is spoken on the connection, which is closed again. */
function shakeHands({ host, port, isTls }: Target): Promise<string> {
  const socket = isTls
    ? connectTls({ host, port, ...(isIP(host) === 0 ? { servername: host } : {}) })
    : connectTcp({ host, port });
  return new Promise<string>((resolve, reject) => {
    socket.setTimeout(CONNECT_MS, () => reject(timeoutError(`no connection within ${CONNECT_MS / 1000} s`)));
    socket.once('error', reject);
    socket.once(isTls ? 'secureConnect' : 'connect', () => resolve(protocolOf(socket)));
  }).finally(() => socket.destroy());
}

function protocolOf(socket: Socket | TLSSocket): string {
  return 'getProtocol' in socket ? (socket.getProtocol() ?? 'TLS') : 'no TLS';
}

async function within<Value>(work: Promise<Value>, message: string): Promise<Value> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(timeoutError(message)), CONNECT_MS);
  });
  return Promise.race([work, timeout]).finally(() => clearTimeout(timer));
}

function timeoutError(message: string): Error {
  return Object.assign(new Error(message), { code: 'ETIMEDOUT' });
}

const NAME_CODES = new Set(['ENOTFOUND', 'EAI_AGAIN', 'EAI_FAIL', 'EAI_NODATA', 'EAI_NONAME']);
const CERTIFICATE_CODES = new Set([
  'CERT_HAS_EXPIRED',
  'CERT_NOT_YET_VALID',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'ERR_TLS_CERT_ALTNAME_INVALID',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
]);

function adviceFor(code: string, { what, host, port, isTls }: Target, env: Environment): string {
  const setting = what === 'proxy' ? 'settings.proxy' : 'base_url';
  if (NAME_CODES.has(code)) return `check the spelling of ${host} in ${setting}, and the name service of this machine`;
  if (code === 'ECONNREFUSED')
    return `nothing listens at port ${port} of ${host}: start the server, or correct ${setting}`;
  if (CERTIFICATE_CODES.has(code)) {
    return (
      'the certificate is not trusted: set NODE_EXTRA_CA_CERTS to the authority that signed it, check the name in ' +
      `${setting} and the clock of this machine`
    );
  }
  if (isTls && (code === 'EPROTO' || code.startsWith('ERR_SSL'))) {
    return `port ${port} does not speak TLS: write http:// in ${setting} if that is meant`;
  }
  return unreachableAdvice(what, env);
}

/** The router takes no proxy from the environment, which people expect. */
function unreachableAdvice(what: Target['what'], env: Environment): string {
  const proxy = ['HTTPS_PROXY', 'https_proxy', 'ALL_PROXY', 'all_proxy'].find((name) => env[name]);
  if (what === 'proxy' || proxy === undefined) return 'check the network and the firewall between this machine and it';
  return `the router does not read ${proxy}: write settings = { proxy = "…" } into the provider's entry`;
}
