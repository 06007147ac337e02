/** Where cash is written down: in the ledger, as the money that it is; or, while the lane is in training, as practice, which counts nowhere. */
import {
  cashMovementEntry,
  practisedClose,
  practisedMovement,
  safeMovementEntry,
  shiftCloseEntry,
  type CashMovement,
  type DrawerStand,
  type LedgerHeader,
  type SafeEntry,
  type ShiftClose,
  type StoreSettings,
} from '@holdfast/domain';

import type { StoreMoment } from '../store-time.ts';
import type { Register } from './register.ts';

export interface CashBook {
  /** Of the drawer in place. */
  stand(currency: string): DrawerStand;
  /** Of that drawer, as it stands. */
  header(settings: StoreSettings, moment: StoreMoment): LedgerHeader;
  /** Somebody is about to count a float into it. */
  open(businessDate: string): void;
  moveCash(movement: CashMovement, settings: StoreSettings, moment: StoreMoment): void;
  moveSafe(movement: SafeEntry, settings: StoreSettings, moment: StoreMoment): void;
  /** `rolledFrom`: nobody counted. */
  close(close: ShiftClose, settings: StoreSettings, moment: StoreMoment, rolledFrom?: string): void;
}

export const createLedgerBook = (register: Register): CashBook => ({
  stand(currency) {
    const { drawer } = register;
    const { shift, isOpened } = drawer.shift();
    return { shift, isOpened, sums: drawer.sums(currency), perpetualMinor: drawer.perpetualMinor() };
  },
  header: (settings, moment) => register.header(settings, moment),
  open: (businessDate) => register.drawer.open(businessDate),
  moveCash(movement, settings, moment) {
    register.append(cashMovementEntry(register.header(settings, moment), movement), moment);
  },
  moveSafe(movement, settings, moment) {
    register.append(safeMovementEntry(register.header(settings, moment), movement), moment);
  },
  close(close, settings, moment, rolledFrom) {
    const { id } = register.append(shiftCloseEntry(register.header(settings, moment), close), moment);
    register.drawer.close(id, close.perpetualMinor, rolledFrom);
  },
});

export const createPracticeBook = (register: Register): CashBook => {
  const stand = (currency: string): DrawerStand => register.practisedDrawers.stand(register.drawer.shift().drawer, currency);
  return {
    stand,
    header: (settings, moment) => ({
      ...register.header(settings, moment),
      shift: stand(settings.currency).shift,
      training: true,
    }),
    // The float says so.
    open: () => {},
    moveCash(movement, settings, moment) {
      register.append(practisedMovement(register.header(settings, moment), movement), moment);
    },
    moveSafe(movement, settings, moment) {
      register.append(practisedMovement(register.header(settings, moment), movement), moment);
    },
    close(close, settings, moment) {
      register.append(practisedClose(register.header(settings, moment), close), moment);
    },
  };
};
