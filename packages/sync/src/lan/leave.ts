/** Leave that somebody gives at one station for what a cashier is about to do at another (SPEC: N-15): what the station signs. */
import { encodeCbor } from '../wire/cbor.ts';

/** Everything that leave is bound to; of `basketId` and `reference` one is empty. */
export interface LeaveBond {
  readonly tenant: string;
  /** That asked, and alone may use it. */
  readonly device: string;
  /** Of the question: it is answered once. */
  readonly wishId: string;
  readonly askedBy: string;
  readonly basketId: string;
  readonly reference: string;
  readonly action: string;
  /** Empty: the whole. */
  readonly lineId: string;
  /** In the unit of the action's limit; null: as much as there is. */
  readonly maximum: number | null;
  readonly approver: string;
  /** Store-agreed. */
  readonly expiresAtMs: number;
}

const LEAVE_DOMAIN = 'holdfast leave 1';

export const leaveMessage = (bond: LeaveBond): Uint8Array =>
  encodeCbor([
    LEAVE_DOMAIN,
    bond.tenant,
    bond.device,
    bond.wishId,
    bond.askedBy,
    bond.basketId,
    bond.reference,
    bond.action,
    bond.lineId,
    bond.maximum,
    bond.approver,
    bond.expiresAtMs,
  ]);
