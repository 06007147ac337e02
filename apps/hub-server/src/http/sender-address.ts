/**
 * Where a request comes from: the other end of its connection, or, where that is a proxy that the configuration names (`TRUST_PROXY`), whom the proxy says that it asks for. Each proxy writes
 * whom it was asked by behind what it was told (`X-Forwarded-For`), so the header is read from its end, for as long as a proxy of ours stands there: what a stranger wrote stands before that,
 * and is nobody's word.
 */
import type { IncomingMessage } from 'node:http';
import { BlockList, isIP, isIPv6 } from 'node:net';

/** How many proxies stand before the hub, or which addresses and networks are proxies. Undefined: none, and no header is believed. */
export type TrustedProxies = number | readonly string[] | undefined;

const MOST_PROXIES = 10;
const MOST_NETWORKS = 50;

/** `1`, or `10.0.0.5,192.168.0.0/16,fd00::/8`. */
export function parseTrustedProxies(text: string): number | readonly string[] | undefined {
  if (/^\d{1,2}$/.test(text)) return Number(text) >= 1 && Number(text) <= MOST_PROXIES ? Number(text) : undefined;
  const parts = text.split(',').map((part) => part.trim());
  return parts.length <= MOST_NETWORKS && parts.every(isNetwork) ? parts : undefined;
}

function isNetwork(text: string): boolean {
  const [address = '', bits] = text.split('/', 2);
  const most = isIP(address) === 4 ? 32 : 128;
  return (
    isIP(address) !== 0 && text.split('/').length <= 2 && (bits === undefined || (/^[1-9]\d{0,2}$/.test(bits) && Number(bits) <= most))
  );
}

export type SenderOf = (request: Pick<IncomingMessage, 'headers' | 'socket'>) => string;

export function createSenderOf(trusted: TrustedProxies): SenderOf {
  if (trusted === undefined) return ({ socket }) => socket.remoteAddress ?? '';
  const isProxy = typeof trusted === 'number' ? (_address: string, nth: number): boolean => nth < trusted : inNetworks(trusted);
  return ({ headers, socket }) => {
    const said = headers['x-forwarded-for'];
    const hops = (typeof said === 'string' ? said.split(',') : []).map((hop) => hop.trim());
    let address = plain(socket.remoteAddress ?? '');
    for (let nth = 0; hops.length > 0 && isProxy(address, nth); nth += 1) {
      const next = plain(hops.pop() ?? '');
      // What is no address no proxy of ours wrote: whoever handed it on is as far as the hub sees.
      if (isIP(next) === 0) break;
      address = next;
    }
    return address;
  };
}

function inNetworks(networks: readonly string[]): (address: string) => boolean {
  const list = new BlockList();
  for (const network of networks) {
    const [address = '', bits] = network.split('/', 2);
    const family = isIPv6(address) ? 'ipv6' : 'ipv4';
    if (bits === undefined) list.addAddress(address, family);
    else list.addSubnet(address, Number(bits), family);
  }
  return (address) => isIP(address) !== 0 && list.check(address, isIPv6(address) ? 'ipv6' : 'ipv4');
}

/** Who listens on both families sees IPv4 as a part of IPv6. */
const plain = (address: string): string => address.replace(/^::ffff:(?=\d+\.)/i, '');

const senders = new WeakMap<IncomingMessage, string>();

/** Once, before anybody asks whose a request is. */
export function noteSender(request: IncomingMessage, senderOf: SenderOf): void {
  senders.set(request, senderOf(request));
}

export const senderAddress = (request: IncomingMessage): string => senders.get(request) ?? request.socket.remoteAddress ?? '';
