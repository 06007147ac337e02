/**
 * The lane's devices: for now its receipt printer, the one that stands in for it, and the drawer that hangs on the first. A sale is on disk
 * before anything here hears of it, and nothing here is ever waited for.
 */
import type { Clock, Logger, Timers } from '@holdfast/base';
import type { PrinterCondition, PrintJob, PrintOutcome, PrintQueue } from '@holdfast/hardware';

import type { Status } from '../../shared/till-contract.ts';
import type { PrinterArgument } from '../arguments.ts';
import type { ReceiptToPrint } from '../till-ports.ts';
import { receiptToPrint } from './receipt-print.ts';

export interface LaneDevices {
  /** Never throws: whatever is wrong with a receipt, the sale stands. */
  printReceipt(print: ReceiptToPrint): void;
  /** The drawer on the first printer, now or not at all. */
  openDrawer(): void;
  /** For the status line. */
  status(): Status['devices'];
  close(): void;
}

export interface DevicePorts {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly logger: Logger;
  /** What `status` answers has changed. */
  readonly onChange: () => void;
}

/** A lane without a printer shows its receipts on the screen only. */
export const NO_DEVICES: LaneDevices = { printReceipt: () => {}, openDrawer: () => {}, status: () => [], close: () => {} };

const MARK = 'COPY';
/** How often a printer is asked whether it is well while nothing is printed. */
const ASK_EVERY_MS = 10_000;

const WORDS: Readonly<Record<string, string>> = {
  unreachable: 'no connection',
  noAnswer: 'does not answer',
  lost: 'connection lost',
  paperOut: 'paper is out',
  coverOpen: 'cover is open',
  cutter: 'cutter is stuck',
  offline: 'is switched off line',
  fault: 'has a fault',
};

/** Never fails: a lane whose printer is not known, or whose drivers cannot be loaded, sells without it and says so. */
export async function openLaneDevices(printers: readonly PrinterArgument[], ports: DevicePorts): Promise<LaneDevices> {
  const [first, second] = printers;
  if (first === undefined) return NO_DEVICES;
  try {
    return await openPrinters(first, second, ports);
  } catch (error) {
    ports.logger.error('the lane has no printer', { printers, error });
    return { ...NO_DEVICES, status: () => [{ device: 'printer', state: 'down', detail: 'not known, or its driver is missing' }] };
  }
}

/** Loads the drivers, which a lane without devices never does. Throws where a model or an address is not known. */
async function openPrinters(first: PrinterArgument, second: PrinterArgument | undefined, ports: DevicePorts): Promise<LaneDevices> {
  const { createPrinter, createPrintQueue, hindrance, isPrinterModelId, parseAddress } = await import('@holdfast/hardware');
  const { clock, timers, logger, onChange } = ports;
  const conditions = new Map<string, PrinterCondition | undefined>();
  let lastFault: string | undefined;

  const open = ({ model, address }: PrinterArgument) => {
    const link = parseAddress(address);
    if (!isPrinterModelId(model) || !link.ok) throw new Error(`The printer ${model}@${address} is not known.`);
    return createPrinter({
      model,
      link: link.value,
      onCondition: (condition) => {
        conditions.set(link.value.address, condition);
        if (condition !== undefined && hindrance(condition) === undefined) queue.nudge();
        onChange();
      },
    });
  };
  const [main, standIn] = [open(first), second === undefined ? undefined : open(second)];
  const queue: PrintQueue = createPrintQueue({
    first: main,
    ...(standIn !== undefined && { second: standIn }),
    mark: MARK,
    clock,
    timers,
    onOutcome: (job: PrintJob, outcome: PrintOutcome) => {
      lastFault = outcome.type === 'printed' ? undefined : outcome.fault.reason;
      if (outcome.type === 'givenUp') logger.error('a receipt was not printed', { receipt: job.id, reason: outcome.fault.reason });
      else
        logger.info(outcome.type === 'printed' ? 'a receipt was printed' : 'a receipt waits for its printer', {
          receipt: job.id,
          ...outcome,
        });
      onChange();
    },
  });

  let cancelAsking = (): void => {};
  const ask = async (): Promise<void> => {
    if (queue.waiting() === 0) await main.refresh();
    cancelAsking = timers.after(ASK_EVERY_MS, () => void ask());
  };
  void ask();

  return {
    printReceipt({ receipt, locale, opensDrawer, isReprint }) {
      try {
        const view = receipt();
        const document = receiptToPrint(view, { locale: view.language ?? locale, ...(isReprint && { mark: MARK }) });
        queue.add({ id: view.receiptNumber, document, opensDrawer });
      } catch (error) {
        logger.error('a receipt could not be made', { error });
      }
      onChange();
    },
    openDrawer() {
      main.openDrawer().catch((error: unknown) => logger.error('the drawer was not opened', { error }));
    },
    status() {
      const condition = conditions.get(main.address);
      const reason =
        condition === undefined ? (lastFault ?? (conditions.has(main.address) ? 'unreachable' : undefined)) : hindrance(condition);
      const waiting = queue.waiting() ?? 0;
      const rest = waiting > 0 && reason !== undefined ? `, ${waiting} waiting` : '';
      if (reason !== undefined) return [{ device: 'printer', state: 'down', detail: `${WORDS[reason] ?? reason}${rest}` }];
      if (condition?.paper === 'nearEnd') return [{ device: 'printer', state: 'warning', detail: 'paper is low' }];
      return [{ device: 'printer', state: 'ready', detail: '' }];
    },
    close() {
      cancelAsking();
      queue.close();
    },
  };
}
