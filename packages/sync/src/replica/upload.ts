/**
 * A batch on its way to the hub, over as many connections as that takes (SPEC: U-24). The hub keeps for some minutes what came of one that was torn, and says how many bytes these are, their hash, and how many entries it was to have: where they
 * begin what is to be sent, the rest follows. Else, and at a hub that keeps nothing, it is sent whole; where it had arrived, and only its answer was torn, the hub says so. Nobody believes any of it: what is joined is opened like any other batch.
 */
import { err, ok, type Clock, type Hash, type Result } from '@holdfast/base';

import { bytesToHex } from '../wire/bytes.ts';
import type { LedgerAnswer, TornBatch } from '../wire/protocol.ts';
import type { Answered, Transport, TransportError } from './replica.ts';

/** A batch as it goes out. */
export interface Outgoing<Sent> {
  readonly frame: Uint8Array;
  readonly sent: Sent;
}

/** What is to be sent. */
export interface Sending<Sent> {
  /** Of what follows which entry it is: what was torn before goes on under the same name, as it was. */
  readonly name: string;
  /** What goes out else. `entries`: so many, as a process before this one may have sent them; absent: what this one would. */
  readonly encode: (entries?: number) => Outgoing<Sent>;
  /** What the hub holds is news here: it counts as answered to this, which was not sent. Null: it is none. */
  readonly newsOf: (ledger: LedgerAnswer) => Sent | null;
  /** As `Transport` has it. */
  readonly msPerByte?: number;
}

export interface Uploads<Sent> {
  send(token: string, what: Sending<Sent>): Promise<Uploaded<Sent>>;
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
const resting = ({ isTorn: _isTorn, ...error }: TransportError): { readonly ok: false; readonly error: TransportError } => err(error);

/** What is known of what the hub keeps where nothing was asked, or it does not say. */
const NOTHING: TornBatch = { bytes: 0, hash: '' };

export function createUploads<Sent>(
  { transport, hash, clock }: { readonly transport: Transport; readonly hash: Hash; readonly clock: Pick<Clock, 'monotonicMs'> },
  leastFrameBytes = LEAST_FRAME_BYTES,
): Uploads<Sent> {
  /** What is to be gone on with where the hub can be asked again; its name. */
  let torn: (Outgoing<Sent> & { readonly name: string }) | null = null;
  /** A process before this one may have been ended in the middle of a batch. */
  let isFirst = true;

  async function ask(token: string): Promise<Result<TornBatch, TransportError>> {
    const answered = await transport.askTorn?.(token);
    if (answered === undefined) return ok(NOTHING);
    const isAnswered = answered.ok || (answered.error.type !== 'unreachable' && answered.error.type !== 'busy');
    if (!isAnswered) return answered;
    return answered.ok ? answered : ok(NOTHING);
  }

  /** How much of `frame` the hub has: none, where it has something else or does not keep any. */
  function heldOf({ bytes, hash: held }: TornBatch, frame: Uint8Array): number {
    return bytes > 0 && bytes <= frame.length && bytesToHex(hash.sha256(frame.subarray(0, bytes))) === held ? bytes : 0;
  }

  /** It had arrived, and the answer had not. */
  function arrived({ ledger }: TornBatch, { newsOf }: Sending<Sent>): Uploaded<Sent> | null {
    const news = ledger === undefined ? null : newsOf(ledger);
    return ledger === undefined || news === null ? null : { result: ok({ value: ledger, hubTimeMs: null }), sent: news };
  }

  /** From byte `from` on. `isHeld`: the hub has some of it, or may have, and the next try goes on with this very batch. */
  async function goOn(
    token: string,
    what: Sending<Sent>,
    { frame, sent }: Outgoing<Sent>,
    start: number,
  ): Promise<Uploaded<Sent> & { readonly isHeld: boolean }> {
    for (let from = start; ;) {
      const sentMs = clock.monotonicMs();
      const result = await transport.sendLedger(token, frame, from, what.msPerByte);
      const whole = { bytes: frame.length, tookMs: clock.monotonicMs() - sentMs };
      if (result.ok) return { result, sent, isHeld: false, ...(from === 0 && { whole }) };
      // It is there no more: whatever else is wrong shows with the whole.
      if (result.error.type === 'refused' && from > 0) {
        from = 0;
        continue;
      }
      // A hub that is busy has what it had.
      const { isTorn, type } = result.error;
      if (isTorn !== true || frame.length < leastFrameBytes) return { result, sent, isHeld: from > 0 && type !== 'refused' };
      const told = await ask(token);
      if (!told.ok) return { result: resting(told.error), sent, isHeld: true };
      const there = arrived(told.value, what);
      if (there !== null) return { ...there, isHeld: false };
      const held = heldOf(told.value, frame);
      if (held < LEAST_PROGRESS_BYTES) return { result, sent, isHeld: false };
      if (held < from + LEAST_PROGRESS_BYTES) return { result: resting(result.error), sent, isHeld: true };
      from = held;
    }
  }

  /** What goes out, and from which byte on: the batch that the hub has the begin of, where one can be made here. */
  function begun(what: Sending<Sent>, told: TornBatch, own: Outgoing<Sent>): { readonly outgoing: Outgoing<Sent>; readonly from: number } {
    const from = heldOf(told, own.frame);
    if (from > 0 || told.bytes === 0 || told.entries === undefined) return { outgoing: own, from };
    const before = what.encode(told.entries);
    const held = heldOf(told, before.frame);
    return held > 0 ? { outgoing: before, from: held } : { outgoing: own, from: 0 };
  }

  return {
    send: async (token, what) => {
      const before = torn?.name === what.name ? torn : null;
      const own = before ?? what.encode();
      let told = NOTHING;
      if (own.frame.length >= leastFrameBytes && (isFirst || before !== null)) {
        const answered = await ask(token);
        if (!answered.ok) return { result: resting(answered.error), sent: own.sent };
        told = answered.value;
      }
      isFirst = false;
      torn = null;
      const there = arrived(told, what);
      if (there !== null) return there;
      const { outgoing, from } = begun(what, told, own);
      const { isHeld, ...uploaded } = await goOn(token, what, outgoing, from);
      if (isHeld) torn = { name: what.name, ...outgoing };
      return uploaded;
    },
  };
}
