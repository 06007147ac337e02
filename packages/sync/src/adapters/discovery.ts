/**
 * Siblings found by multicast DNS (RFC 6762, RFC 6763): each says under `_holdfast._tcp.local` where it listens, and asks who else does. It is a hint and nothing more: whoever answers
 * there has to show its certificate (SPEC: N-14). A network without multicast makes no noise: then the configured list is what there is.
 */
import { createSocket } from 'node:dgram';
import { networkInterfaces } from 'node:os';

import type { Logger, Timers } from '@holdfast/base';
import multicastDns, { type MulticastDNS, type ResponsePacket } from 'multicast-dns';

import { joinAddress } from '../lan/neighbours.ts';

export interface DiscoveryOptions {
  /** Unique among those who may be found, such as a part of the device's name: a DNS label. */
  readonly name: string;
  readonly port: number;
  /** Of this machine, by its address; absent: all of them, as they come and go. */
  readonly networkInterface?: string;
  /** This machine's addresses, one for each network that it is on; absent: as the system tells them. It may throw. */
  readonly ownAddresses?: () => readonly string[];
  readonly timers: Timers;
  readonly logger: Logger;
  /** `HOST:PORT` of each that has answered within `FORGET_MS`. */
  readonly onFound: (addresses: readonly string[]) => void;
}

/** Of multicast DNS. */
const GROUP = '224.0.0.251';
const SERVICE = '_holdfast._tcp.local';
const ASK_MS = 20_000;
/** The first questions come sooner: a lane that was just switched on wants company. */
const FIRST_ASKS_MS = [0, 1_000, 3_000] as const;
const FORGET_ASKS = 5;
/** A machine with more has them for something else. */
const MAX_NETWORKS = 16;
const TTL_S = 120;
const MAX_FOUND = 256;
/** Of one host: a machine runs a lane, or a few. Whoever tells of thousands of ports has only these dialled. */
const MAX_FOUND_OF_HOST = 16;

export interface Found {
  /** True where it was not known, and there is room for it. */
  heard(host: string, port: number): boolean;
  /** All were asked once more: who has not answered several times is forgotten. */
  asked(): void;
  addresses(): readonly string[];
}

/** Who is known is heard again, however full it is: others cannot take its place. */
export function createFound(): Found {
  /** Address → its host, and rounds of asking since it answered. */
  const found = new Map<string, { readonly host: string; readonly rounds: number }>();
  const ofHost = (host: string): number => [...found.values()].filter((known) => known.host === host).length;
  return {
    heard: (host, port) => {
      if (!Number.isInteger(port) || port < 1 || port > 65_535) return false;
      const address = joinAddress(host, port);
      const isKnown = found.has(address);
      if (!isKnown && (found.size >= MAX_FOUND || ofHost(host) >= MAX_FOUND_OF_HOST)) return false;
      found.set(address, { host, rounds: 0 });
      return !isKnown;
    },
    asked: () => {
      for (const [address, { host, rounds }] of found) {
        if (rounds >= FORGET_ASKS) found.delete(address);
        else found.set(address, { host, rounds: rounds + 1 });
      }
    },
    addresses: () => [...found.keys()].sort(),
  };
}

/** IPv4, of each network that this machine is on: the system's own choice is the way out, which a store's network need not have. */
const systemAddresses = (): readonly string[] =>
  Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .filter(({ family, internal }) => family === 'IPv4' && !internal)
    .map(({ address }) => address)
    .slice(0, MAX_NETWORKS);

interface Network {
  readonly dns: MulticastDNS;
  /** Whether an adapter that was pulled out and put back took the socket's membership along: it is another one to the system, and with the same address nothing else tells. */
  hasLeft(): boolean;
}

function openNetwork(address: string): Network {
  const socket = createSocket({ type: 'udp4', reuseAddr: true });
  let isBound = false;
  socket.once('listening', () => (isBound = true));
  const dns = multicastDns({ socket, interface: address, bind: '0.0.0.0' });
  return {
    dns,
    hasLeft: () => {
      if (!isBound) return false;
      try {
        socket.addMembership(GROUP, address);
        return true;
      } catch {
        // It is still a member, or the adapter is gone just now.
        return false;
      }
    },
  };
}

/** Answers until it is closed. */
export function startDiscovery(options: DiscoveryOptions): () => void {
  const { timers, logger, ownAddresses = systemAddresses } = options;
  const instance = `${options.name.replaceAll(/[^A-Za-z0-9-]/g, '-').slice(0, 60)}.${SERVICE}`;
  const found = createFound();
  /** By this machine's address there. */
  const networks = new Map<string, Network>();
  let asks = 0;

  function heard(packet: ResponsePacket, host: string): void {
    let isNew = false;
    for (const record of [...(packet.answers ?? []), ...(packet.additionals ?? [])]) {
      if (record.type !== 'SRV' || !record.name.endsWith(SERVICE) || record.name === instance) continue;
      isNew = found.heard(host, record.data.port) || isNew;
    }
    if (isNew) options.onFound(found.addresses());
  }

  function answer(dns: MulticastDNS): void {
    dns.respond({
      answers: [
        { name: SERVICE, type: 'PTR', ttl: TTL_S, data: instance },
        { name: instance, type: 'SRV', ttl: TTL_S, data: { port: options.port, target: `${options.name}.local`, priority: 0, weight: 0 } },
      ],
    });
  }

  function open(address: string): void {
    try {
      const network = openNetwork(address);
      const { dns } = network;
      networks.set(address, network);
      // A network that comes and goes makes errors; the next question finds out.
      dns.on('error', (error: Error) => logger.warn('multicast DNS failed', { address, error: error.message }));
      dns.on('warning', () => {});
      dns.on('response', (packet, sender) => heard(packet, sender.address));
      dns.on('query', (packet) => {
        if (packet.questions?.some(({ name, type }) => name === SERVICE && type === 'PTR') === true) answer(dns);
      });
      dns.on('ready', () => answer(dns));
    } catch (error) {
      logger.warn('no multicast DNS here: siblings are found by the configured list alone', { address, error });
    }
  }

  /** A cable that was plugged in, or an address that changed, is noticed with the next question. */
  function lookAround(): void {
    const here = options.networkInterface === undefined ? ownAddresses() : [options.networkInterface];
    for (const [address, network] of networks) {
      // A socket keeps the membership of an adapter that is gone, and may have some 20 at most: one that was put back has a new socket.
      if (here.includes(address) && !network.hasLeft()) continue;
      network.dns.destroy();
      networks.delete(address);
    }
    for (const address of here) if (!networks.has(address)) open(address);
  }

  function ask(): void {
    try {
      lookAround();
    } catch (error) {
      // Without a file descriptor left, say, the system does not tell: those that are open go on.
      logger.warn('the networks of this machine could not be read: they are looked at again', { error });
    }
    for (const { dns } of networks.values()) dns.query({ questions: [{ name: SERVICE, type: 'PTR' }] });
    found.asked();
    options.onFound(found.addresses());
    asks += 1;
    cancel = timers.after(FIRST_ASKS_MS[asks] ?? ASK_MS, ask);
  }

  let cancel = timers.after(FIRST_ASKS_MS[0], ask);
  return () => {
    cancel();
    for (const { dns } of networks.values()) dns.destroy();
    networks.clear();
  };
}
