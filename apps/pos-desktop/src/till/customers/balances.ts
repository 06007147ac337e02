/**
 * What this lane may take from gift cards and other balances. What it spent and the hub has not confirmed is derived from its own ledger, so
 * that neither a restart nor a lost answer forgets it; what the hub said last is told to it, and ends with the process.
 */
import { assert, type Result } from '@holdfast/base';
import {
  accountKey,
  accountMovementsOf,
  cardBackRefusal,
  decideCashOut,
  decideSpending,
  foldBalances,
  limitedAccountOf,
  POINTS,
  standingMinor,
  type AccountMovement,
  type AccountName,
  type Basket,
  type CashOutRefusal,
  type NotCovered,
  type StoreSettings,
  type TenderOffer,
} from '@holdfast/domain';
import { readEntry, type ReplicaStore, type Schemas, type SignedGrant } from '@holdfast/sync';

import type { Rights } from '../rights.ts';
import type { BalanceQuestion } from './ask-balance.ts';

/** What the hub answered: what is there by all that it has heard of, less what it holds for other lanes. */
export interface HubBalance {
  readonly name: AccountName;
  readonly availableMinor: number;
  readonly grant?: SignedGrant;
  readonly held?: { readonly grantId: string; readonly leftMinor: number };
  /** What of this lane's own ledger is in it, by epoch; absent where the hub does not say. */
  readonly received?: Readonly<Record<string, number>>;
  /** It knows two histories of this device. */
  readonly forked?: true;
}

export interface Balances {
  /** Why the balance does not cover a tender; undefined where it does, or where the tender has none. `hub`: its answer to this very question. */
  findUncovered(
    basket: Basket,
    offer: TenderOffer,
    settings: Pick<StoreSettings, 'offlineSpendingLimitMinor'>,
    hub: HubBalance | undefined,
  ): NotCovered | undefined;
  /**
   * Why gift cards that come back, `cards` with what is taken off them, are not paid out. `basket`: what it takes of them besides; null where they come
   * back in it. `hub`: what it answered of them.
   */
  findUncoveredCard(basket: Basket | null, cards: readonly AccountMovement[], hub: readonly HubBalance[]): NotCovered | undefined;
  /** What the hub is asked of a gift card that comes back. */
  cardQuestion(basket: Basket | null, card: AccountMovement): BalanceQuestion;
  /** This device's rights may be spent by another copy of it as well: it spends nothing that is scarce, and asks for nothing. */
  isFrozen(): boolean;
  /** What is left to pay out in cash of a balance, or why it is not. */
  cashOut(
    basket: Basket | null,
    name: AccountName,
    settings: Pick<StoreSettings, 'cashOutBelowMinor'>,
    hub: HubBalance | undefined,
  ): Result<number, CashOutRefusal>;
  /** What is left on it by the hub's answer, less what stands in the open basket; undefined without an answer. */
  leftMinor(basket: Basket | null, name: AccountName, hub: HubBalance | undefined): number | undefined;
  /** What the hub has to have for it, where `amountMinor` more is taken: all that the hub has not heard of, less what rights cover. */
  neededMinor(basket: Basket | null, name: AccountName, amountMinor: number): number;
}

const PAGE_ENTRIES = 200;
const PAGE_BYTES = 262_144;

/** The balance that a tender is taken from where it is scarce; whoever pays later without a limit spends what nobody counts. */
export function spentFrom(basket: Basket, offer: TenderOffer): AccountName | undefined {
  const { tenderType, reference, amountMinor } = offer;
  const { account } = tenderType;
  if (account === 'onAccount') return limitedAccountOf(basket, offer);
  if (account === undefined || reference === undefined || amountMinor <= 0) return undefined;
  return { account, reference, currency: account === 'points' ? POINTS : basket.opening.currency };
}

interface Scanned {
  seq: number;
  readonly movements: { readonly seq: number; readonly movement: AccountMovement }[];
}

export function createBalances(store: ReplicaStore, schemas: Schemas, nowMs: () => number, rights: Rights): Balances {
  const scannedByEpoch = new Map<string, Scanned>();
  /** `ownMinor`: what this lane had done to it by then, of all that was ever scanned. */
  const toldByKey = new Map<string, { readonly totalMinor: number; readonly ownMinor: number }>();
  const ownByKey = new Map<string, number>();

  /** Each entry is read once, while it waits. */
  const scan = (): void => {
    for (const { epoch, headSeq, confirmedSeq } of store.epochs()) {
      const scanned = scannedByEpoch.get(epoch) ?? { seq: confirmedSeq, movements: [] };
      scannedByEpoch.set(epoch, scanned);
      while (scanned.movements[0] !== undefined && scanned.movements[0].seq <= confirmedSeq) scanned.movements.shift();
      scanned.seq = Math.max(scanned.seq, confirmedSeq);
      while (scanned.seq < headSeq) {
        const page = store.entriesAfter(epoch, scanned.seq, PAGE_ENTRIES, PAGE_BYTES);
        const last = page.at(-1);
        assert(last !== undefined, 'what was appended is held');
        for (const { id, canonical } of page) {
          const entry = readEntry(canonical, schemas);
          assert(entry.ok && entry.value.fields !== null, 'what this till wrote it can read');
          const movements = accountMovementsOf({ kind: entry.value.kind, fields: entry.value.fields });
          assert(movements.ok, 'what this till wrote it can read');
          for (const movement of movements.value) {
            scanned.movements.push({ seq: id.seq, movement });
            foldBalances(ownByKey, [movement]);
          }
        }
        scanned.seq = last.id.seq;
      }
    }
  };

  const sum = (amounts: readonly number[]): number => amounts.reduce((total, amount) => total + amount, 0);
  /** What waits of this lane's ledger and moves the balance, behind `received` where that is said. */
  const unconfirmed = (name: AccountName, received: Readonly<Record<string, number>> = {}): readonly number[] => {
    scan();
    const key = accountKey(name);
    return [...scannedByEpoch].flatMap(([epoch, { movements }]) =>
      movements.flatMap(({ seq, movement }) =>
        seq > (received[epoch] ?? 0) && accountKey(movement) === key ? [movement.amountMinor] : [],
      ),
    );
  };

  /**
   * Beyond this lane's rights. What it spent of them, and the hub has not heard of, the hub still counts among them. A hub that does not say what it
   * has heard of may have heard of all that waits: what was put on it would count twice, and be spent twice.
   */
  const answeredMinor = (name: AccountName, hub: HubBalance | undefined): number | undefined => {
    if (hub === undefined || accountKey(hub.name) !== accountKey(name)) return undefined;
    const { availableMinor, received, held } = hub;
    const right = rights.of(name);
    const heldMinor = right !== undefined && held?.grantId === right.grantId ? held.leftMinor : 0;
    const missing = unconfirmed(name, received);
    const missingMinor = sum(received === undefined ? missing.filter((amount) => amount < 0) : missing);
    return availableMinor + heldMinor + missingMinor - (right?.amountMinor ?? 0);
  };
  const leftMinor = (basket: Basket | null, name: AccountName, hub: HubBalance | undefined): number | undefined => {
    const answered = answeredMinor(name, hub);
    if (answered === undefined) return undefined;
    return answered + (rights.of(name)?.amountMinor ?? 0) - (basket === null ? 0 : standingMinor(basket, name));
  };
  /** Two copies of this device hold the same rights: opening another epoch does not tell whose they are, enrolling anew does (SPEC: I-8). */
  const isFrozen = (): boolean => store.sharedUpTo() !== null;

  const neededMinor: Balances['neededMinor'] = (basket, name, amountMinor) => {
    const right = rights.of(name);
    const rightMinor = right === undefined || nowMs() >= right.expiresAtMs ? 0 : right.amountMinor;
    const unheardMinor = 0 - sum(unconfirmed(name)) - rights.unconfirmedMinor(name, store.epochs());
    const standing = basket === null ? 0 : standingMinor(basket, name);
    return Math.max(amountMinor + standing + unheardMinor - rightMinor, 0);
  };

  return {
    neededMinor,
    isFrozen,
    cardQuestion: (basket, { amountMinor, ...name }) => ({ name, neededMinor: neededMinor(basket, name, amountMinor) }),
    findUncovered(basket, offer, settings, hub) {
      const name = spentFrom(basket, offer);
      if (name === undefined) return undefined;
      const key = accountKey(name);
      const amounts = unconfirmed(name);
      const standing = standingMinor(basket, name);
      const ownMinor = ownByKey.get(key) ?? 0;
      const right = rights.of(name);
      const rightMinor = right?.amountMinor ?? 0;
      // What stands in the basket is taken from the rights first, as it will be in the ledger.
      const beyond = Math.max(standing - rightMinor, 0);
      const answered = answeredMinor(name, hub);
      if (answered !== undefined) toldByKey.set(key, { totalMinor: answered + rightMinor + (hub?.grant?.amountMinor ?? 0), ownMinor });
      // Of a customer's account the limit is known, also where nobody was asked yet what is left of it.
      const limitMinor = name.account === 'onAccount' ? basket.customer?.accountLimitMinor : undefined;
      const told = toldByKey.get(key) ?? (limitMinor === undefined ? undefined : { totalMinor: limitMinor, ownMinor: 0 });
      const byRights = rights.unconfirmedMinor(name, store.epochs());
      const decided = decideSpending(offer.amountMinor, {
        nowMs: nowMs(),
        ...(answered !== undefined && { hub: { availableMinor: answered - beyond } }),
        ...(right !== undefined && { rights: { amountMinor: rightMinor - (standing - beyond), expiresAtMs: right.expiresAtMs } }),
        floorLimitMinor: settings.offlineSpendingLimitMinor ?? 0,
        spentOnFloorMinor: beyond - sum(amounts.filter((amount) => amount < 0)) - byRights,
        ...(told !== undefined && { lastKnownMinor: told.totalMinor + ownMinor - told.ownMinor - rightMinor - beyond }),
        isFrozen: isFrozen(),
      });
      return decided.ok ? undefined : decided.error;
    },
    leftMinor,
    findUncoveredCard: (basket, cards, hub) =>
      cards
        .map((card) => {
          const said = hub.find(({ name }) => accountKey(name) === accountKey(card));
          const availableMinor = leftMinor(basket, card, said);
          return cardBackRefusal(card.amountMinor, {
            isFrozen: isFrozen(),
            ...(availableMinor !== undefined && { hub: { availableMinor } }),
          });
        })
        .find((refusal) => refusal !== undefined),
    cashOut(basket, name, { cashOutBelowMinor = 0 }, hub) {
      const availableMinor = leftMinor(basket, name, hub);
      const facts = { isFrozen: isFrozen(), ...(availableMinor !== undefined && { hub: { availableMinor } }) };
      return decideCashOut(facts, cashOutBelowMinor);
    },
  };
}
