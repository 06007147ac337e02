/**
 * A batch on its way to the hub, over as many connections as that takes (SPEC: U-24). The hub keeps for some minutes what came of one that was torn, and says how many bytes these are, and their hash: where they begin what is to be sent, the
 * rest follows. Else, and at a hub that keeps nothing, it is sent whole. Nobody believes any of it: what is joined is opened like any other batch.
 */
import { err, ok, type Clock, type Hash, type Result } from '@holdfast/base';

import { bytesToHex } from '../wire/bytes.ts';
import type { LedgerAnswer } from '../wire/protocol.ts';
import type { Answered, Transport, TransportError } from './replica.ts';

/** A batch as it goes out. */
export interface Outgoing<Sent> {
  readonly frame: Uint8Array;
  readonly sent: Sent;
}

export interface Uploads<Sent> {
  /** `name`: of what follows which entry it is. What was torn before goes on under the same name, as it was; else `encode` says what goes out. `msPerByte`: as `Transport` has it. */
  send(token: string, name: string, encode: () => Outgoing<Sent>, msPerByte?: number): Promise<Uploaded<Sent>>;
}

export interface Uploaded<Sent> {
  readonly result: UploadResult;
  readonly sent: Sent;
  /** Of what was answered where all of it went over one connection. */
  readonly whole?: { readonly bytes: number; readonly tookMs: number };
}

export type UploadResult = Result<Answered<LedgerAnswer>, TransportError>;

/** To ask what the hub has of a shorter one takes about as much as to send it again. */
const LEAST_FRAME_BYTES = 2_048;
/** Of a connection that brought less it is not at once tried again; and a batch of which less is held is made smaller. */
const LEAST_PROGRESS_BYTES = 256;

/** As after silence: no batch is made smaller for it. */
const resting = ({ isTorn: _isTorn, ...error }: TransportError): { readonly result: UploadResult; readonly isHeld: true } => ({
  result: err(error),
  isHeld: true,
});

export function createUploads<Sent>(
  { transport, hash, clock }: { readonly transport: Transport; readonly hash: Hash; readonly clock: Pick<Clock, 'monotonicMs'> },
  leastFrameBytes = LEAST_FRAME_BYTES,
): Uploads<Sent> {
  /** What is to be gone on with where the hub can be asked again; its name. */
  let torn: (Outgoing<Sent> & { readonly name: string }) | null = null;
  /** A process before this one may have been ended in the middle of a batch. */
  let isFirst = true;

  /** How much of `frame` the hub has: none, where it has something else or does not keep any. */
  async function heldOf(token: string, frame: Uint8Array): Promise<Result<number, TransportError>> {
    const answered = await transport.askTorn?.(token);
    if (answered === undefined) return ok(0);
    if (!answered.ok) return answered.error.type === 'unreachable' || answered.error.type === 'busy' ? answered : ok(0);
    const { bytes, hash: held } = answered.value;
    const isOurs = bytes > 0 && bytes <= frame.length && bytesToHex(hash.sha256(frame.subarray(0, bytes))) === held;
    return ok(isOurs ? bytes : 0);
  }

  /** `isHeld`: the hub has some of it, or may have, and the next try goes on with this very batch. */
  async function goOn(
    token: string,
    frame: Uint8Array,
    mayBeHeld: boolean,
    msPerByte: number,
  ): Promise<Pick<Uploaded<Sent>, 'result' | 'whole'> & { readonly isHeld: boolean }> {
    let from = 0;
    if (mayBeHeld) {
      const held = await heldOf(token, frame);
      if (!held.ok) return resting(held.error);
      from = held.value;
    }
    for (;;) {
      const sentMs = clock.monotonicMs();
      const result = await transport.sendLedger(token, frame, from, msPerByte);
      const whole = { bytes: frame.length, tookMs: clock.monotonicMs() - sentMs };
      if (result.ok) return { result, isHeld: false, ...(from === 0 && { whole }) };
      // It is there no more: whatever else is wrong shows with the whole.
      if (result.error.type === 'refused' && from > 0) {
        from = 0;
        continue;
      }
      if (result.error.isTorn !== true || frame.length < leastFrameBytes) return { result, isHeld: false };
      const held = await heldOf(token, frame);
      if (!held.ok) return resting(held.error);
      if (held.value < LEAST_PROGRESS_BYTES) return { result, isHeld: false };
      if (held.value < from + LEAST_PROGRESS_BYTES) return resting(result.error);
      from = held.value;
    }
  }

  return {
    send: async (token, name, encode, msPerByte = 0) => {
      const before = torn?.name === name ? torn : null;
      const { frame, sent } = before ?? encode();
      const mayBeHeld = frame.length >= leastFrameBytes && (isFirst || before !== null);
      isFirst = false;
      const { isHeld, ...uploaded } = await goOn(token, frame, mayBeHeld, msPerByte);
      torn = isHeld ? { name, frame, sent } : null;
      return { ...uploaded, sent };
    },
  };
}
