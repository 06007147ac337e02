/**
 * What listens on the port of printers in the network that this machine stands in. Somebody has asked for it; it is bounded and polite: private addresses alone, the 254 nearest of each network,
 * one connection each, a few at a time, and nothing is sent, because an office printer would print it. What it is, a person says who can see it.
 */
import { networkInterfaces } from 'node:os';

import type { Link } from '../link/link.ts';
import { tcpLink } from '../link/tcp-link.ts';
import type { AttachedDevice } from './find-attached.ts';

export interface NetworkSearch {
  readonly hosts?: readonly string[];
  readonly port?: number;
  /** What opens a connection; the network's own by default. */
  readonly linkTo?: (host: string, port: number) => Pick<Link, 'open'>;
}

export interface OwnAddress {
  readonly address: string;
  readonly netmask: string;
  readonly internal: boolean;
}

const PRINTER_PORT = 9_100;
const ANSWERS_WITHIN_MS = 600;
const AT_A_TIME = 32;
const MOST_NETWORKS = 3;
/** Of a larger network only the addresses that begin as ours does are tried. */
const LEAST_PREFIX_MASK = 0xff_ff_ff_00;

const numberOf = (address: string): number => address.split('.').reduce((number, part) => (number * 256 + Number(part)) >>> 0, 0);
const textOf = (number: number): string => [24, 16, 8, 0].map((shift) => (number >>> shift) & 0xff).join('.');

const PRIVATE: readonly (readonly [network: string, mask: number])[] = [
  ['10.0.0.0', 0xff_00_00_00],
  ['172.16.0.0', 0xff_f0_00_00],
  ['192.168.0.0', 0xff_ff_00_00],
  ['169.254.0.0', 0xff_ff_00_00],
];
const isPrivate = (number: number): boolean => PRIVATE.some(([network, mask]) => (number & mask) >>> 0 === numberOf(network));

/** The other addresses of each network, its own and its last one left out. */
export function hostsBeside(own: readonly OwnAddress[]): readonly string[] {
  const networks = new Map<number, number>();
  for (const { address, netmask, internal } of own) {
    const number = numberOf(address);
    if (internal || !isPrivate(number)) continue;
    const mask = (numberOf(netmask) | LEAST_PREFIX_MASK) >>> 0;
    networks.set((number & mask) >>> 0, mask);
  }
  const ours = new Set(own.map(({ address }) => address));
  return [...networks].slice(0, MOST_NETWORKS).flatMap(([network, mask]) => {
    const size = (~mask >>> 0) + 1;
    return Array.from({ length: Math.max(size - 2, 0) }, (_, index) => textOf(network + index + 1)).filter((host) => !ours.has(host));
  });
}

const ownAddresses = (): readonly OwnAddress[] =>
  Object.values(networkInterfaces()).flatMap((addresses = []) => addresses.filter(({ family }) => family === 'IPv4'));

export async function findNetworked({
  hosts = hostsBeside(ownAddresses()),
  port = PRINTER_PORT,
  linkTo = tcpLink,
}: NetworkSearch = {}): Promise<readonly AttachedDevice[]> {
  const found = new Set<string>();
  const left = [...hosts].toReversed();
  const work = async (): Promise<void> => {
    for (let host = left.pop(); host !== undefined; host = left.pop()) {
      const opened = await linkTo(host, port).open(ANSWERS_WITHIN_MS);
      if (!opened.ok) continue;
      opened.value.close();
      found.add(host);
    }
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, work));
  return hosts.filter((host) => found.has(host)).map((host) => ({ address: `tcp://${host}:${port}`, name: `${host}:${port}` }));
}
