/** What the till is given: its disk, its clock, its neighbours. */
import type { Clock, Hash, Logger, Random, Signer, Verifier } from '@holdfast/base';
import type { TerminalTotals } from '@holdfast/hardware';
import type { ReplicaStore } from '@holdfast/sync';

import type { ReceiptView, Status } from '../shared/till-contract.ts';
import type { SheetPorts } from './acts/sheet-acts.ts';
import type { HubBalance } from './customers/balances.ts';
import type { CustomerFinding } from './customers/find-customer.ts';
import type { Connection } from './database/connection.ts';
import type { DevicesAnswer } from './devices/device-requests.ts';
import type { PrintJobs } from './devices/print-jobs.ts';
import type { ScaleWeight } from './devices/weigh.ts';
import type { NameSafe } from './name-safe.ts';
import type { Identified } from './people/identify.ts';
import type { HubReturn } from './returns/ask-return.ts';
import type { SheetAnswer } from './sheets/sheet-questions.ts';
import type { StoreFacts } from './surroundings.ts';
import type { Transactions } from './transactions.ts';

export interface TillPorts {
  readonly db: Connection;
  readonly store: ReplicaStore;
  readonly transactions: Transactions;
  readonly clock: Clock;
  /** Of siblings that are heard: their clocks as the hub corrected them, less this one's. Absent: none is heard. */
  readonly clocksAheadMs?: () => readonly number[];
  readonly random: Random;
  /** Names the versions of promotions. */
  readonly hash: Hash;
  /** As this device. Absent: its ledger is never made shorter. */
  readonly signer?: Signer;
  /** Seals names that are to be read again here. */
  readonly names: NameSafe;
  /** Of what the hub signs. */
  readonly verifier: Verifier;
  readonly logger: Logger;
  /** By its name; undefined: it is not here. Absent: the lane keeps none. */
  readonly picture?: (name: string) => Uint8Array | undefined;
  /** Absent: the lane keeps no stock-count sheets. */
  readonly sheets?: SheetPorts;
  /** Absent: the lane has no siblings to ask for leave. */
  readonly leaves?: LeavePort;
  /** What surrounds the basket, as it is at the moment of asking. */
  readonly status: (facts: StoreFacts) => Status;
  /** After a commit that appended to the ledger. */
  readonly onAppended: () => void;
  /** The disk no longer holds what was written: nothing more can be done here, and the next start rebuilds what can be believed. */
  readonly onDamage?: () => void;
  /** What is to be printed is written down with what it is printed of. Absent: nothing is. */
  readonly printJobs?: PrintJobs;
  /** After the commit of a sale, or of a reprint: its receipt may be printed. */
  readonly onReceipt?: (print: ReceiptToPrint) => void;
  /** After the commit of what opens the drawer without a receipt. */
  readonly onDrawer?: () => void;
  /** Absent: the lane has no fiscal signer, and what must be signed goes out marked. */
  readonly fiscal?: FiscalPort;
  /** Absent: the lane is connected with no payment terminal, and cards are typed into one by hand. */
  readonly terminal?: TerminalPort | undefined;
}

/** Leave between the stations of the store. */
export interface LeavePort {
  /** As this device. */
  readonly sign: (message: Uint8Array) => Uint8Array;
  /** After a commit; it is not waited for, and may not arrive. Without `device` all that are there. */
  readonly tell: (question: string, value: unknown, device?: string) => void;
}

/** Called after a commit; it does not wait. */
export interface FiscalPort {
  /** There may be something to tell the fiscal signer. */
  readonly onWork: () => void;
}

/** Called after a commit; none of it waits. */
export interface TerminalPort {
  /** There may be something to ask the terminal for. */
  readonly onWork: () => void;
  /** The cashier does not want it any more. */
  readonly abort: (paymentId: string) => void;
  /** Now, not when its turn comes. */
  readonly ask: (paymentId: string) => void;
}

export interface ReceiptToPrint {
  /** Empty: it is no receipt. */
  readonly receiptNumber: string;
  readonly jobNo: number;
  /** Some of it may be on paper: the till was stopped while it was printed. */
  readonly hasBegun: boolean;
  /** Made when it is asked for: who paid is answered first. */
  readonly receipt: () => ReceiptView;
  readonly locale: string;
  readonly opensDrawer: boolean;
  readonly isReprint: boolean;
}

/** What the payment terminal counted when it was settled; it may have a card to wait for, which nobody here asked it to. */
export type TerminalCount = TerminalTotals | 'busy';

/** What was found out about one request before it is handled: by the hub, or by what takes its time. */
export interface HubAnswer {
  /** What the lane that set a basket aside answered: it is this lane's now, or it is nobody's to give any more. Undefined: it could not be asked. */
  readonly handover?: 'given' | 'gone' | undefined;
  /** At so many other stations a wish for leave is shown. */
  readonly stations?: number | undefined;
  readonly balance?: HubBalance | undefined;
  /** Of gift cards that a request would pay out because they come back: those that were answered for. */
  readonly cardsBack?: readonly HubBalance[] | undefined;
  readonly returned?: HubReturn | undefined;
  /** Whose the codes are that a request shows, or who is called so. */
  readonly customer?: CustomerFinding | undefined;
  /** Of a request about stock-count sheets: what they hold, or what an edit makes of one. */
  readonly sheet?: SheetAnswer | undefined;
  readonly settled?: TerminalCount | undefined;
  /** Who the request's `Shown` is, as the lane itself found out. */
  readonly identified?: Identified | undefined;
  /** What lies on the scale, or why it does not say. */
  readonly weight?: ScaleWeight | undefined;
  /** What the lane's devices answered. */
  readonly devices?: DevicesAnswer | undefined;
}
