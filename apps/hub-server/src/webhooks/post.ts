/**
 * One message to one address, signed as Standard Webhooks (HMAC-SHA256 over `id.timestamp.body`). The address is somebody's wish, so the hub sees where it leads: to no host of its own network (after its name was looked up), to no
 * other place than the one named (redirects are refusals), for a bounded time, and of what is answered nothing but its status is read.
 */
import { createHmac } from 'node:crypto';
import { lookup } from 'node:dns';
import { request as requestPlain } from 'node:http';
import { request as requestSecured } from 'node:https';
import { BlockList, isIP, type LookupFunction } from 'node:net';

import { err, ok, type Result } from '@holdfast/base';

export interface WebhookPost {
  readonly id: string;
  readonly url: string;
  readonly body: string;
  readonly sentAtMs: number;
  /** Each signs: the one in use, and the one before it while it still counts. */
  readonly secrets: readonly Uint8Array[];
}

export interface PostFault {
  readonly type: 'webhookFailed';
  readonly detail: string;
  /** `never`: whoever answered wants no more (410). */
  readonly retry: 'never' | 'later';
}

export interface HostRules {
  /** Hosts that may lie in the hub's own network, and may be asked without TLS. */
  readonly privateHosts: ReadonlySet<string>;
  /** Beside these the only ones, in small letters; one that begins with a dot is whatever lies beneath it. Absent: any in public networks. */
  readonly onlyHosts?: readonly string[] | undefined;
}

export interface PostRules extends HostRules {
  readonly patienceMs: number;
}

export const SECRET_BYTES = 32;
export const secretText = (secret: Uint8Array): string => `whsec_${Buffer.from(secret).toString('base64')}`;

const SECOND_MS = 1_000;
const GONE = 410;
const MOST_URL = 1_000;

function signatureOf({ id, sentAtMs, body, secrets }: Omit<WebhookPost, 'url'>): string {
  const signed = `${id}.${Math.floor(sentAtMs / SECOND_MS)}.${body}`;
  return secrets.map((secret) => `v1,${createHmac('sha256', secret).update(signed).digest('base64')}`).join(' ');
}

/** Networks that are nobody's in particular (IANA's registries of special-purpose addresses): of IPv4 what is listed, of IPv6 what is not global unicast, or leads to an IPv4. */
const SPECIAL = new BlockList();
for (const [network, bits] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
] as const)
  SPECIAL.addSubnet(network, bits, 'ipv4');
const GLOBAL6 = new BlockList();
GLOBAL6.addSubnet('2000::', 3, 'ipv6');
const SPECIAL6 = new BlockList();
for (const [network, bits] of [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
] as const)
  SPECIAL6.addSubnet(network, bits, 'ipv6');

function isPublicAddress(address: string): boolean {
  const kind = isIP(address);
  if (kind === 4) return !SPECIAL.check(address, 'ipv4');
  return kind === 6 && GLOBAL6.check(address, 'ipv6') && !SPECIAL6.check(address, 'ipv6');
}

const hostOf = ({ hostname }: URL): string => hostname.replace(/^\[|\]$/g, '').toLowerCase();

/** Why nothing is sent there; undefined: an address that may be tried. */
export function urlProblem(text: string, { privateHosts, onlyHosts }: HostRules): string | undefined {
  const url = text.length <= MOST_URL && URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined) return 'is a URL of at most 1000 characters';
  if (url.username !== '' || url.password !== '') return 'holds no user and no password';
  const host = hostOf(url);
  if (privateHosts.has(host)) return /^https?:$/.test(url.protocol) ? undefined : 'begins with https:// or http://';
  if (url.protocol !== 'https:') return 'begins with https://';
  if (isIP(host) !== 0 && !isPublicAddress(host)) return 'lies in a network of its own: name its host in WEBHOOK_PRIVATE_HOSTS if it may';
  return onlyHosts === undefined || onlyHosts.some((named) => (named.startsWith('.') ? host.endsWith(named) : host === named))
    ? undefined
    : 'leads to none of the hosts that WEBHOOK_HOSTS names';
}

const guarded: LookupFunction = (host, options, done) => {
  lookup(host, { ...options, all: true }, (error, found) => {
    const [first] = found ?? [];
    if (error !== null || first === undefined) return done(error ?? new Error(`${host} has no address`), '');
    // One of many would do for whoever names both: all of them are looked at.
    if (!found.every(({ address }) => isPublicAddress(address))) return done(new Error('its name leads into a network of its own'), '');
    return options.all === true ? done(null, found) : done(null, first.address, first.family);
  });
};

export async function postWebhook(post: WebhookPost, rules: PostRules, stopped: AbortSignal): Promise<Result<void, PostFault>> {
  const problem = urlProblem(post.url, rules);
  if (problem !== undefined) return err({ type: 'webhookFailed', detail: `its address ${problem}`, retry: 'later' });
  try {
    const status = await statusOf(post, rules, stopped);
    if (status >= 200 && status < 300) return ok(undefined);
    const detail = status >= 300 && status < 400 ? `answered ${status}: nobody follows it elsewhere` : `answered ${status}`;
    return err({ type: 'webhookFailed', detail, retry: status === GONE ? 'never' : 'later' });
  } catch (error) {
    return err({ type: 'webhookFailed', detail: reasonOf(error, rules.patienceMs), retry: 'later' });
  }
}

const reasonOf = (error: unknown, patienceMs: number): string => {
  if (!(error instanceof Error)) return 'could not be reached';
  if (error.name === 'TimeoutError' || error.name === 'AbortError') return `did not answer within ${patienceMs / SECOND_MS} seconds`;
  return error.message.slice(0, 300);
};

async function statusOf(
  { url: text, ...post }: WebhookPost,
  { privateHosts, patienceMs }: PostRules,
  stopped: AbortSignal,
): Promise<number> {
  const url = new URL(text);
  const body = Buffer.from(post.body);
  const signal = AbortSignal.any([stopped, AbortSignal.timeout(patienceMs)]);
  return new Promise((resolve, reject) => {
    const sent = (url.protocol === 'https:' ? requestSecured : requestPlain)(url, {
      method: 'POST',
      agent: false,
      signal,
      headers: {
        'content-type': 'application/json; charset=utf-8',
        'content-length': body.length,
        'user-agent': 'Holdfast',
        'webhook-id': post.id,
        'webhook-timestamp': String(Math.floor(post.sentAtMs / SECOND_MS)),
        'webhook-signature': signatureOf(post),
      },
      ...(!privateHosts.has(hostOf(url)) && { lookup: guarded }),
    });
    sent.on('error', (error) => reject(signal.aborted && signal.reason instanceof Error ? signal.reason : error));
    sent.on('response', (response) => {
      response.on('error', () => undefined);
      resolve(response.statusCode ?? 0);
      // Whatever else it says is nobody's business, and may have no end.
      response.destroy();
    });
    sent.end(body);
  });
}
