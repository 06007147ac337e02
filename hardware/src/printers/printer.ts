/**
 * One receipt printer over one link. It is found, lost and found again without anybody's help; every call has a deadline.
 *
 * A job counts as printed only when the printer has said so, after the job's last byte: `GS r` is answered in order, and Star's `ETB` is
 * counted in order. A job during which the paper runs out waits for paper as long as `patienceMs`, because the printer goes on by itself. Where
 * the answer does not come, nobody knows what lies on the paper: the fault says that printing again may print twice, and the connection is
 * dropped, so that a late answer is taken for nothing else.
 */
import { err, ok, unreachable, type Result, type Timers } from '@holdfast/base';
import { systemTimers } from '@holdfast/base/node';

import type { DeviceHealth } from '../device/device.ts';
import type { Link, LinkConnection } from '../link/link.ts';
import { encodeDrawerKick, encodeDrawerKickNow } from './encode.ts';
import { printerModel, type PrinterModel, type PrinterModelId } from './models.ts';
import {
  createEscPosStatusReader,
  createStarStatusReader,
  GOOD_CONDITION,
  withRealTime,
  type PrinterCondition,
  type PrinterMessage,
  type StatusReader,
} from './status.ts';

export type PrintFaultReason =
  | 'unreachable'
  | 'noSuchDevice'
  | 'noAnswer'
  | 'lost'
  | 'paperOut'
  | 'coverOpen'
  | 'cutter'
  | 'offline'
  | 'fault';

export interface PrintFault {
  readonly type: 'printFailed';
  readonly reason: PrintFaultReason;
  readonly detail: string;
  /** `safe`: nothing of it is on paper. `mayDuplicate`: some or all of it may be. */
  readonly retry: 'safe' | 'mayDuplicate';
}

export interface Printed {
  /** `sent`: by a printer that never answers; nobody knows more. */
  readonly proof: 'answered' | 'sent';
  /** The paper ran out or the cover was opened meanwhile, and the printer went on. */
  readonly wasInterrupted: boolean;
}

export interface PrinterTiming {
  readonly connectMs: number;
  /** For an answer to a question. */
  readonly answerMs: number;
  /** From a job's last byte to its answer, while nothing is wrong. */
  readonly jobMs: number;
  /** As long as something is wrong that a person can put right. */
  readonly patienceMs: number;
}

const PRINTER_TIMING: PrinterTiming = { connectMs: 3_000, answerMs: 2_000, jobMs: 15_000, patienceMs: 60_000 };

export interface PrinterOptions {
  readonly model: PrinterModelId;
  readonly link: Link;
  readonly timing?: Partial<PrinterTiming>;
  readonly timers?: Timers;
  /** The condition has changed; undefined: the printer is not there. */
  readonly onCondition?: (condition: PrinterCondition | undefined) => void;
}

export interface Printer {
  readonly model: PrinterModel;
  readonly address: string;
  /** One job at a time, in the order of the calls. `onSending`: from now on some of it may be on paper. */
  print(job: Uint8Array, onSending?: () => void): Promise<Result<Printed, PrintFault>>;
  /** Now, whatever is printed or held meanwhile. */
  openDrawer(): Promise<Result<void, PrintFault>>;
  /** Connects where it is not connected, and asks. */
  refresh(): Promise<Result<PrinterCondition, PrintFault>>;
  /** What is known without asking; undefined: not connected. */
  condition(): PrinterCondition | undefined;
  health(): DeviceHealth;
  /** For good: it is not connected to again. */
  readonly close: () => void;
}

/** Automatic reports of drawer, online, fault and paper; then the state of each now. */
const ESC_POS_BEGIN = Uint8Array.of(0x1d, 0x61, 0x0f);
const ESC_POS_QUESTIONS = [1, 2, 3, 4] as const;
const ESC_POS_MARK = Uint8Array.of(0x1d, 0x72, 0x01);
const STAR_BEGIN = Uint8Array.of(0x1b, 0x1e, 0x61, 0x03);
const STAR_QUESTION = Uint8Array.of(0x1b, 0x06, 0x01);
const STAR_MARK = Uint8Array.of(0x17);

const failed = (reason: PrintFaultReason, retry: PrintFault['retry'], detail = ''): { readonly ok: false; readonly error: PrintFault } =>
  err({ type: 'printFailed', reason, detail, retry });

/** What keeps it from printing; undefined where nothing does. */
export function hindrance(condition: PrinterCondition): PrintFaultReason | undefined {
  if (condition.paper === 'out') return 'paperOut';
  if (condition.isCoverOpen) return 'coverOpen';
  if (condition.fault === 'cutter') return 'cutter';
  if (condition.fault === 'other') return 'fault';
  return condition.isOnline ? undefined : 'offline';
}

export function createPrinter(options: PrinterOptions): Printer {
  return new LinkedPrinter(options);
}

/** One connection's life. */
interface Session {
  readonly connection: LinkConnection;
  readonly reader: StatusReader;
  readonly questions: (1 | 2 | 3 | 4)[];
  condition: PrinterCondition;
  hasReported: boolean;
  /** Jobs that the printer has answered for, as far as it counts them. */
  printedCount: number;
  inOrderAnswers: number;
}

class LinkedPrinter implements Printer {
  readonly model: PrinterModel;
  readonly address: string;
  readonly #options: PrinterOptions;
  readonly #timing: PrinterTiming;
  readonly #timers: Timers;
  readonly #isStar: boolean;
  readonly #waiting = new Set<() => void>();
  readonly #statistics = { goodPrintCount: 0, failedPrintCount: 0, openDrawerCount: 0, connectCount: 0, lostCount: 0 };
  /** Why the last call came to nothing; undefined where it did not. */
  #lastFault: PrintFault | undefined;
  #hasTried = false;
  #isClosed = false;
  /** Bytes of a job are on their way, or not answered for. */
  #isPrinting = false;
  #session: Session | undefined;
  #tail: Promise<unknown> = Promise.resolve();
  #told: string | undefined;

  constructor(options: PrinterOptions) {
    this.model = printerModel(options.model);
    this.address = options.link.address;
    this.#options = options;
    this.#timing = { ...PRINTER_TIMING, ...options.timing };
    this.#timers = options.timers ?? systemTimers;
    this.#isStar = this.model.language !== 'esc-pos';
  }

  print = async (job: Uint8Array, onSending?: () => void): Promise<Result<Printed, PrintFault>> => {
    const printed = await this.#inTurn(async () => await this.#print(job, onSending));
    this.#statistics[printed.ok ? 'goodPrintCount' : 'failedPrintCount'] += 1;
    return this.#noted(printed);
  };

  openDrawer = async (): Promise<Result<void, PrintFault>> => {
    const session = this.#session;
    if (session !== undefined) return this.#noted(await this.#pulse(session));
    return this.#noted(
      await this.#inTurn(async () => {
        const begun = await this.#begin();
        return begun.ok ? await this.#pulse(begun.value) : begun;
      }),
    );
  };

  refresh = async (): Promise<Result<PrinterCondition, PrintFault>> =>
    await this.#inTurn(async () => {
      const session = await this.#begin();
      return this.#noted(session.ok ? ok(session.value.condition) : session);
    });

  condition = (): PrinterCondition | undefined => this.#session?.condition;

  health(): DeviceHealth {
    const condition = this.#session?.condition;
    const reason = condition === undefined ? this.#lastFault?.reason : hindrance(condition);
    const statistics = { ...this.#statistics };
    if (reason !== undefined) return { power: condition === undefined ? 'offline' : 'online', reason, statistics };
    if (condition === undefined)
      return { power: this.#hasTried ? 'offline' : 'unknown', ...(this.#hasTried && { reason: 'lost' }), statistics };
    return { power: 'online', ...(condition.paper === 'nearEnd' && { isWarning: true }), statistics };
  }

  close = (): void => {
    this.#isClosed = true;
    if (this.#session !== undefined) this.#drop(this.#session);
  };

  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#tail.then(work);
    this.#tail = turn.catch(() => undefined);
    return await turn;
  }

  #noted<T>(result: Result<T, PrintFault>): Result<T, PrintFault> {
    this.#hasTried = true;
    this.#lastFault = result.ok ? undefined : result.error;
    return result;
  }

  async #pulse(session: Session): Promise<Result<void, PrintFault>> {
    // Before the drawer can say that it is open.
    this.#statistics.openDrawerCount += 1;
    const isHeld = this.#isPrinting || hindrance(session.condition) !== undefined;
    const pulse = (isHeld ? encodeDrawerKickNow : encodeDrawerKick)(this.model.id);
    const sent = await session.connection.write(pulse, this.#timing.answerMs);
    if (sent.ok) return ok(undefined);
    this.#drop(session);
    return failed('lost', sent.error.retry, sent.error.detail);
  }

  async #print(job: Uint8Array, onSending?: () => void): Promise<Result<Printed, PrintFault>> {
    const begun = await this.#begin();
    if (!begun.ok) return begun;
    const session = begun.value;
    const hindered = hindrance(session.condition);
    if (hindered !== undefined) return failed(hindered, 'safe');
    const before = this.#isStar ? session.printedCount : session.inOrderAnswers;
    onSending?.();
    this.#isPrinting = true;
    try {
      return await this.#send(session, job, before);
    } finally {
      this.#isPrinting = false;
    }
  }

  async #send(session: Session, job: Uint8Array, before: number): Promise<Result<Printed, PrintFault>> {
    const sent = await session.connection.write(withMark(job, this.#isStar ? STAR_MARK : ESC_POS_MARK), this.#timing.jobMs);
    if (!sent.ok) {
      this.#drop(session);
      return failed('lost', 'mayDuplicate', sent.error.detail);
    }
    if (this.model.answers === 'none') return ok({ proof: 'sent', wasInterrupted: false });
    return await this.#awaitPrinted(session, before);
  }

  /** The time runs anew whenever something goes wrong or right: a person with a new roll is not timed by the second. */
  async #awaitPrinted(session: Session, before: number): Promise<Result<Printed, PrintFault>> {
    const isAnswered = (): boolean => (this.#isStar ? session.printedCount : session.inOrderAnswers) !== before;
    let wasInterrupted = false;
    for (;;) {
      const hindered = hindrance(session.condition);
      wasInterrupted ||= hindered !== undefined;
      const isDone = (): boolean => isAnswered() || this.#session !== session || hindrance(session.condition) !== hindered;
      const isInTime = await this.#until(isDone, hindered === undefined ? this.#timing.jobMs : this.#timing.patienceMs);
      if (isAnswered()) return ok({ proof: 'answered', wasInterrupted });
      if (this.#session !== session) return failed('lost', 'mayDuplicate', 'the connection ended before the printer answered');
      if (isInTime) continue;
      this.#drop(session);
      return failed(hindered ?? 'noAnswer', 'mayDuplicate');
    }
  }

  /** A session with a condition that is not older than this call. */
  async #begin(): Promise<Result<Session, PrintFault>> {
    const connected = await this.#connected();
    if (!connected.ok) return connected;
    const session = connected.value;
    const asked = await this.#ask(session);
    if (asked.ok || this.model.answers === 'none') return ok(session);
    this.#drop(session);
    return asked;
  }

  async #connected(): Promise<Result<Session, PrintFault>> {
    if (this.#session !== undefined) return ok(this.#session);
    if (this.#isClosed) return failed('unreachable', 'safe', 'it was closed here');
    const opened = await this.#options.link.open(this.#timing.connectMs);
    if (opened.ok && this.#isClosed) {
      opened.value.close();
      return failed('unreachable', 'safe', 'it was closed here');
    }
    if (!opened.ok) {
      this.#tell(undefined);
      // A printer on USB or on a serial line is not plugged in; what has an address on a network may be anywhere.
      return failed(opened.error.reason === 'noSuchDevice' ? 'noSuchDevice' : 'unreachable', 'safe', opened.error.detail);
    }
    const connection = opened.value;
    const session: Session = {
      connection,
      reader: this.#isStar ? createStarStatusReader() : createEscPosStatusReader(),
      questions: [],
      condition: GOOD_CONDITION,
      hasReported: false,
      printedCount: 0,
      inOrderAnswers: 0,
    };
    this.#session = session;
    this.#statistics.connectCount += 1;
    connection.onBytes((bytes) => {
      for (const message of session.reader.read(bytes)) this.#hear(session, message);
      this.#wake();
    });
    void connection.closed.then(() => this.#drop(session));
    await connection.write(this.#isStar ? STAR_BEGIN : ESC_POS_BEGIN, this.#timing.answerMs);
    return ok(session);
  }

  async #ask(session: Session): Promise<Result<void, PrintFault>> {
    session.hasReported = false;
    session.questions.splice(0);
    if (!this.#isStar) session.questions.push(...ESC_POS_QUESTIONS);
    const question = this.#isStar ? STAR_QUESTION : Uint8Array.from(ESC_POS_QUESTIONS.flatMap((n) => [0x10, 0x04, n]));
    const sent = await session.connection.write(question, this.#timing.answerMs);
    if (!sent.ok) return failed('lost', 'safe', sent.error.detail);
    const isAnswered = (): boolean => (this.#isStar ? session.hasReported : session.questions.length === 0);
    const isInTime = await this.#until(() => isAnswered() || this.#session !== session, this.#timing.answerMs);
    // What it has not said is not told: a drawer that is taken for shut would seem to be opened by nobody when it speaks again.
    if (isAnswered() || this.model.answers === 'none') this.#tell(session.condition);
    if (isAnswered()) return ok(undefined);
    return isInTime ? failed('lost', 'safe', 'the printer hung up') : failed('noAnswer', 'safe');
  }

  #hear(session: Session, message: PrinterMessage): void {
    switch (message.type) {
      case 'realTime': {
        const question = session.questions.shift();
        if (question !== undefined) session.condition = withRealTime(session.condition, question, message.byte);
        // Four answers make one condition; the first of them alone would be half of it.
        if (question === undefined || session.questions.length > 0) return;
        break;
      }
      case 'condition':
        session.condition = message.condition;
        session.hasReported = true;
        if (message.printedCount !== undefined) session.printedCount = message.printedCount;
        break;
      case 'inOrder':
        session.inOrderAnswers += 1;
        return;
      case 'noise':
        return;
      default:
        return unreachable(message, 'LinkedPrinter.hear');
    }
    if (this.#session === session) this.#tell(session.condition);
  }

  #drop(session: Session): void {
    session.connection.close();
    if (this.#session !== session) return;
    this.#session = undefined;
    this.#statistics.lostCount += 1;
    this.#tell(undefined);
    this.#wake();
  }

  #tell(condition: PrinterCondition | undefined): void {
    const told = JSON.stringify(condition ?? null);
    if (told === this.#told) return;
    this.#told = told;
    this.#options.onCondition?.(condition);
  }

  #wake(): void {
    for (const look of this.#waiting) look();
  }

  /** Whether `isSo` came to be within `withinMs`. */
  async #until(isSo: () => boolean, withinMs: number): Promise<boolean> {
    if (isSo()) return true;
    return await new Promise<boolean>((resolve) => {
      const finish = (answer: boolean): void => {
        cancel();
        this.#waiting.delete(look);
        resolve(answer);
      };
      const look = (): void => {
        if (isSo()) finish(true);
      };
      const cancel = this.#timers.after(withinMs, () => finish(false));
      this.#waiting.add(look);
    });
  }
}

function withMark(job: Uint8Array, mark: Uint8Array): Uint8Array {
  const whole = new Uint8Array(job.length + mark.length);
  whole.set(job);
  whole.set(mark, job.length);
  return whole;
}
