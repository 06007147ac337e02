/**
 * One conversation with a terminal that speaks ZVT: connect, register, one command, its end. Each message of the terminal is acknowledged; what it would have printed
 * or shown is taken and dropped.
 */
import { err, ok, type Result } from '@holdfast/base';

import type { Link, LinkConnection } from '../../link/link.ts';
import { notStarted, type NotStarted, type Unknown } from '../terminal.ts';
import { CONTROL, createApduReader, encodeApdu, type Apdu } from './apdu.ts';
import { readBitmaps, BMP } from './bitmaps.ts';
import { registration } from './zvt-messages.ts';

const OPEN_MS = 3_000;
const WRITE_MS = 3_000;
/** A terminal acknowledges within five seconds, by the protocol. */
const ACK_MS = 5_000;
const REGISTER_MS = 10_000;

export interface ZvtSession {
  /** Ended by the terminal: all its status informations, and the result code of an abort. */
  command(message: Uint8Array, deadlineMs: number): Promise<Result<Ended, NotStarted | Unknown>>;
  /** While a command runs: the wish to end it. */
  abort(): void;
  close(): void;
}

export interface Ended {
  readonly statuses: readonly Uint8Array[];
  /** Undefined where the command was completed. */
  readonly abortedWith?: number;
}

type Heard = Apdu | 'closed' | 'late';

/** Messages of a connection, one after the other. */
function createEar(connection: LinkConnection): (deadlineMs: number) => Promise<Heard> {
  const read = createApduReader();
  const heard: Apdu[] = [];
  let isClosed = false;
  let wake = (): void => {};
  connection.onBytes((bytes) => {
    heard.push(...read(bytes));
    wake();
  });
  const onClosed = (): void => {
    isClosed = true;
    wake();
  };
  void connection.closed.then(onClosed);
  return async (deadlineMs) =>
    await new Promise<Heard>((resolve) => {
      const timer = setTimeout(() => settle('late'), deadlineMs);
      const settle = (value: Heard): void => {
        clearTimeout(timer);
        wake = () => {};
        resolve(value);
      };
      wake = () => {
        const next = heard.shift();
        if (next !== undefined) settle(next);
        else if (isClosed) settle('closed');
      };
      wake();
    });
}

const ACK = encodeApdu(CONTROL.positive);

/** Registered, or why the terminal is not there for anything. */
export async function openZvtSession(link: Link, password: string, currencyNumber: string): Promise<Result<ZvtSession, NotStarted>> {
  const opened = await link.open(OPEN_MS);
  if (!opened.ok) return err(notStarted('unreachable', opened.error.detail));
  const connection = opened.value;
  const session = createSession(connection);
  const registered = await session.command(registration(password, currencyNumber), REGISTER_MS);
  if (registered.ok && registered.value.abortedWith === undefined) return ok(session);
  connection.close();
  if (registered.ok) return err(notStarted('notReady', `registration ended with ${registered.value.abortedWith?.toString(16)}`));
  const { error } = registered;
  return err(error.type === 'notStarted' ? error : notStarted('noAnswer', 'no answer to the registration'));
}

function createSession(connection: LinkConnection): ZvtSession {
  const hear = createEar(connection);
  const lost = (heard: 'closed' | 'late'): Result<never, Unknown> =>
    err({ type: 'unknown', reason: heard === 'late' ? 'noAnswer' : 'lost' });
  return {
    close: () => connection.close(),
    abort: () => void connection.write(encodeApdu(CONTROL.abortByEcr), WRITE_MS),
    async command(message, deadlineMs) {
      const written = await connection.write(message, WRITE_MS);
      if (!written.ok) {
        const { retry, detail } = written.error;
        return retry === 'safe' ? err(notStarted('unreachable', detail)) : err({ type: 'unknown', reason: 'lost' });
      }
      const first = await hear(ACK_MS);
      if (first === 'closed' || first === 'late') return lost(first);
      const { control } = first;
      if (control >> 8 === 0x84)
        return err(notStarted((control & 0xff) === 0x9c ? 'busy' : 'notReady', `refused with ${control.toString(16)}`));
      if (control !== CONTROL.positive) return err({ type: 'unknown', reason: 'garbled' });
      const statuses: Uint8Array[] = [];
      for (;;) {
        const next = await hear(deadlineMs);
        if (next === 'closed' || next === 'late') return lost(next);
        // An acknowledgement of a wish to abort is no message to acknowledge.
        if (next.control === CONTROL.positive) continue;
        void connection.write(ACK, WRITE_MS);
        if (next.control === CONTROL.statusInformation) statuses.push(next.data);
        else if (next.control === CONTROL.completion) return ok({ statuses });
        else if (next.control === CONTROL.abortByTerminal) return ok({ statuses, abortedWith: abortCodeOf(next.data) });
      }
    },
  };
}

/** The result code stands first, by itself or as its field. */
function abortCodeOf(data: Uint8Array): number {
  const [first = 0xff] = data;
  return first === BMP.resultCode ? (readBitmaps(data).get(BMP.resultCode)?.[0] ?? 0xff) : first;
}
