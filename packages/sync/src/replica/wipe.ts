/**
 * The order by which headquarters has a device erase itself (SPEC: S-9). It names the device, and is signed by the hub that the device pinned: nobody on the way can give it, and none given to one device counts for another.
 */
import type { Result, Signer, Verifier } from '@holdfast/base';

import { bytesToHex, hexToBytes } from '../wire/bytes.ts';
import { encodeCbor } from '../wire/cbor.ts';
import { count, epoch, hex, list, object, parsing, refuse, type Check, type ProtocolError } from '../wire/json-checks.ts';
import { isDevice } from './ledger.ts';

export interface WipeOrder {
  readonly device: string;
  readonly orderedAtMs: number;
  /** Nothing that is still going on at the device is waited for. */
  readonly isStolen: boolean;
  /** Ed25519 by the hub over `wipeMessage`, hex. */
  readonly signature: string;
}

/** What the device had, to its end, before it erases itself. */
export interface WipeHead {
  readonly epoch: string;
  readonly seq: number;
  /** Hex. */
  readonly hash: string;
}

export interface WipeReport {
  readonly orderedAtMs: number;
  /** Of each epoch that has an entry. */
  readonly heads: readonly WipeHead[];
}

/** Of a manifest's answer, and of a refusal: there is an order for this device. */
export const WIPE_HEADER = 'Holdfast-Wipe';

const MAX_EPOCHS = 10_000;

export const wipeMessage = (tenant: string, { device, orderedAtMs, isStolen }: Omit<WipeOrder, 'signature'>): Uint8Array =>
  encodeCbor(['holdfast wipe 1', tenant, device, orderedAtMs, isStolen]);

export const signWipe = (signer: Signer, tenant: string, order: Omit<WipeOrder, 'signature'>): WipeOrder => ({
  ...order,
  signature: bytesToHex(signer.sign(wipeMessage(tenant, order))),
});

/** `identity`: of the device that is to obey. */
export const verifyWipe = (
  verifier: Verifier,
  { tenant, device, hubPublicKey }: { readonly tenant: string; readonly device: string; readonly hubPublicKey: string },
  order: WipeOrder,
): boolean => order.device === device && verifier.verify(hexToBytes(hubPublicKey), wipeMessage(tenant, order), hexToBytes(order.signature));

export const parseWipeOrder = (value: unknown): Result<WipeOrder, ProtocolError> =>
  parsing('wipe order', value, (json) => ({
    device: isDevice(json['device']) ? json['device'] : refuse('device'),
    orderedAtMs: count(json['orderedAtMs'], 'orderedAtMs'),
    isStolen: typeof json['isStolen'] === 'boolean' ? json['isStolen'] : refuse('isStolen'),
    signature: hex(64)(json['signature'], 'signature'),
  }));

const head: Check<WipeHead> = (value, at) => {
  const json = object(value, at);
  return { epoch: epoch(json['epoch'], `${at}.epoch`), seq: count(json['seq'], `${at}.seq`), hash: hex(32)(json['hash'], `${at}.hash`) };
};

export const parseWipeReport = (value: unknown): Result<WipeReport, ProtocolError> =>
  parsing('wipe report', value, (json) => ({
    orderedAtMs: count(json['orderedAtMs'], 'orderedAtMs'),
    heads: list(head, MAX_EPOCHS)(json['heads'], 'heads'),
  }));
