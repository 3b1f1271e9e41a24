import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isAllowedHost, isLocalCaller, isLoopbackAddress } from '../../../src/access/local-trust.ts';

const clean = { remoteAddress: '127.0.0.1', isLoopbackOnly: true, headers: { host: 'localhost:8000' } };

test.each(['127.0.0.1', '127.8.9.10', '::1', '::ffff:127.0.0.1', '::FFFF:127.0.0.1'])('%s is loopback', (address) => {
  expect(isLoopbackAddress(address)).toBe(true);
});

test.each([undefined, '', '10.0.0.1', '::ffff:10.0.0.1', '1127.0.0.1', '127.0.0.1.evil.example', '::2', 'localhost'])(
  '%s is not loopback',
  (address) => {
    expect(isLoopbackAddress(address)).toBe(false);
  },
);

test('a clean loopback connection is local', () => {
  expect(isLocalCaller(clean)).toBe(true);
  expect(isLocalCaller({ ...clean, headers: { ...clean.headers, origin: 'http://localhost:8000' } })).toBe(true);
  expect(isLocalCaller({ ...clean, headers: { ...clean.headers, 'sec-fetch-site': 'same-origin' } })).toBe(true);
});

describe('nobody is local', () => {
  test('on a listener for the network', () => {
    expect(isLocalCaller({ ...clean, isLoopbackOnly: false })).toBe(false);
  });

  test.each(['10.1.2.3', '192.168.1.5', '::ffff:10.0.0.1', undefined])('from %s', (remoteAddress) => {
    expect(isLocalCaller({ ...clean, remoteAddress })).toBe(false);
  });

  test.each([
    'x-forwarded-for',
    'x-forwarded-host',
    'x-forwarded-proto',
    'x-forwarded-port',
    'x-forwarded-user',
    'forwarded',
    'via',
    'x-real-ip',
    'cf-connecting-ip',
    'cf-ray',
    'true-client-ip',
  ])('behind a proxy that sends %s, whatever it says', (name) => {
    fc.assert(
      fc.property(fc.string(), (value) => {
        expect(isLocalCaller({ ...clean, headers: { ...clean.headers, [name]: value } })).toBe(false);
      }),
    );
  });

  test.each(['https://evil.example', 'null', 'http://localhost:3000', 'http://localhost.evil.example:8000'])(
    'for a page of %s',
    (origin) => {
      expect(isLocalCaller({ ...clean, headers: { ...clean.headers, origin } })).toBe(false);
    },
  );

  test.each(['cross-site', 'same-site'])('for a fetch that is %s', (site) => {
    expect(isLocalCaller({ ...clean, headers: { ...clean.headers, 'sec-fetch-site': site } })).toBe(false);
  });
});

describe('the Host header', () => {
  test.each([
    'localhost',
    'localhost:8000',
    'LOCALHOST:80',
    '127.0.0.1:8000',
    '[::1]:8000',
    '[::1]',
    'router.lan:8000',
  ])('%s passes', (host) => {
    expect(isAllowedHost(host, ['router.lan'], true)).toBe(true);
  });

  test.each([
    undefined,
    '',
    'evil.example',
    'evil.example:8000',
    'localhost.',
    'localhost.evil.example',
    'user@localhost',
    'localhost:8000@evil.example',
    'localhost, evil.example',
    'localhost:123456',
    '[::1',
    '10.0.0.1',
  ])('%s does not pass', (host) => {
    expect(isAllowedHost(host, ['router.lan'], true)).toBe(false);
  });

  test('a listener for the network takes any well-formed host unless hosts are named', () => {
    expect(isAllowedHost('router.internal:8000', [], false)).toBe(true);
    expect(isAllowedHost('router.internal:8000', ['other.internal'], false)).toBe(false);
    expect(isAllowedHost('not a host', [], false)).toBe(false);
  });
});
