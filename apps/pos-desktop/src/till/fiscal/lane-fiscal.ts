/** Tells the lane's fiscal signer what is to be told, one after the other, behind the sales. Whoever prints waits for a signature, and not for long. */
import type { Logger, Timers } from '@holdfast/base';
import type { FiscalFault, FiscalSigner } from '@holdfast/hardware';

import type { Status } from '../../shared/till-contract.ts';
import type { FiscalAnswer, FiscalWork } from '../acts/fiscal-acts.ts';
import type { FiscalPort } from '../till-ports.ts';

export interface LaneFiscalPorts {
  readonly timers: Timers;
  readonly logger: Logger;
  readonly work: () => FiscalWork | undefined;
  /** On disk when it returns. */
  readonly heard: (work: FiscalWork, answer: FiscalAnswer) => void;
  /** Receipts that wait go out without. */
  readonly leave: (reason: string) => void;
  readonly isDue: (receiptNumber: string) => boolean;
  readonly hasUnsigned: () => boolean;
  readonly onChange: () => void;
}

export interface LaneFiscal extends FiscalPort {
  /** Resolves when the receipt has its signature, or goes out without one. */
  settled(receiptNumber: string): Promise<void>;
  status(): Status['devices'];
  close(): void;
}

/** A receipt waits for no longer. */
const RECEIPT_MS = 1_500;
/** To ask costs a connection: one that is back is found within moments, however long it was away. */
const AGAIN_MS = [500, 1_000, 2_000] as const;

export function createLaneFiscal(signer: FiscalSigner, ports: LaneFiscalPorts): LaneFiscal {
  const { timers, logger } = ports;
  const waiting = new Map<() => void, string>();
  let fault: FiscalFault | undefined;
  let isWorking = false;
  let isClosed = false;
  let failures = 0;
  let cancelRetry = (): void => {};

  const wake = (): void => {
    for (const [resolve, receiptNumber] of waiting) {
      if (ports.isDue(receiptNumber)) continue;
      waiting.delete(resolve);
      resolve();
    }
  };

  const setFault = (next: FiscalFault | undefined): void => {
    const isNews = next?.reason !== fault?.reason;
    fault = next;
    if (!isNews) return;
    if (next === undefined) logger.info('the fiscal signer signs', {});
    else logger.warn('the fiscal signer does not sign', { reason: next.reason, detail: next.detail });
    ports.onChange();
  };

  const answerOf = async (work: FiscalWork): Promise<FiscalAnswer | FiscalFault> => {
    if (work.does === 'start') {
      const started = await signer.start({ client: work.client, reference: work.reference });
      return started.ok ? { type: 'started', transaction: started.value.transaction } : started.error;
    }
    if (work.does === 'update') {
      const updated = await signer.update(work.transaction, work.data);
      return updated.ok ? { type: 'updated', revision: work.revision } : updated.error;
    }
    const finished = await signer.finish(work.transaction, work.data);
    return finished.ok ? { type: 'finished', signed: finished.value } : finished.error;
  };

  /** False where the signer failed: it is asked again later. */
  const tell = async (work: FiscalWork): Promise<boolean> => {
    const answer = await answerOf(work);
    if (isClosed) return false;
    if (answer.type !== 'notSigned') {
      setFault(undefined);
      failures = 0;
      ports.heard(work, answer);
    } else if (answer.reason === 'unknownTransaction') {
      ports.heard(work, { type: 'forgotten' });
    } else if (answer.reason === 'refused' && work.does === 'finish') {
      ports.heard(work, { type: 'refused', detail: answer.detail });
    } else {
      setFault(answer);
      ports.leave(answer.reason);
    }
    wake();
    return answer.type !== 'notSigned' || answer.reason === 'unknownTransaction' || (answer.reason === 'refused' && work.does === 'finish');
  };

  const loop = async (): Promise<void> => {
    if (isWorking || isClosed) return;
    isWorking = true;
    cancelRetry();
    let hasFailed = false;
    const hadUnsigned = ports.hasUnsigned();
    try {
      for (;;) {
        const work = isClosed ? undefined : ports.work();
        if (work === undefined) break;
        hasFailed = !(await tell(work));
        if (hasFailed) break;
      }
    } catch (error) {
      logger.error('the fiscal signer could not be worked with', { error });
      hasFailed = true;
    }
    isWorking = false;
    if (isClosed) return;
    if (hadUnsigned !== ports.hasUnsigned()) ports.onChange();
    if (!hasFailed) return;
    cancelRetry = timers.after(AGAIN_MS[failures] ?? AGAIN_MS.at(-1) ?? 0, () => void loop());
    failures += 1;
  };

  return {
    onWork() {
      // While it is known to be away nobody waits for it, and the pause until it is asked again is its own.
      if (fault !== undefined) ports.leave(fault.reason);
      else void loop();
      wake();
    },
    async settled(receiptNumber) {
      if (isClosed || !ports.isDue(receiptNumber)) return;
      await new Promise<void>((resolve) => {
        const done = (): void => {
          cancel();
          resolve();
        };
        const cancel = timers.after(RECEIPT_MS, () => {
          waiting.delete(done);
          ports.leave('timeout');
          done();
        });
        waiting.set(done, receiptNumber);
      });
    },
    status() {
      const reason = fault === undefined ? undefined : fault.reason === 'unreachable' ? 'unreachable' : 'noAnswer';
      if (reason !== undefined) return [{ device: 'fiscalSigner', state: 'down', detail: reason, reason }];
      return ports.hasUnsigned()
        ? [{ device: 'fiscalSigner', state: 'warning', detail: 'unsigned', reason: 'unsigned' }]
        : [{ device: 'fiscalSigner', state: 'ready', detail: '' }];
    },
    close() {
      isClosed = true;
      cancelRetry();
      signer.close();
      for (const resolve of waiting.keys()) resolve();
      waiting.clear();
    },
  };
}
