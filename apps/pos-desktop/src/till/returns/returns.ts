/**
 * Sales for goods that come back: this lane's own by receipt number, what returned something of them, and what its terminal gave back; and those
 * of other lanes and stores, as the hub tells them. The right to return a line of its own sales rests with this lane, also where nobody
 * answers; of any other sale it has the right that the hub or its seller gave it, and what comes back without their word is unverified.
 */
import { assert } from '@holdfast/base';
import {
  basketLines,
  LEDGER_KINDS,
  readSale,
  repriceRestOf,
  returnableLines,
  returnDaysOf,
  returnRight,
  DEFAULT_RETURN_POLICY,
  type BasketLine,
  type LedgerEntry,
  type ReturnTerms,
  type Sale,
  type StoreSettings,
} from '@holdfast/domain';
import { isFurther, type ReplicaStore } from '@holdfast/sync';

import type { ReturnableView } from '../../shared/till-contract.ts';
import type { CatalogueView } from '../catalogue/catalogue.ts';
import type { Connection } from '../database/connection.ts';
import type { SiblingReturns } from '../lan/sibling-returns.ts';
import type { BasketJournal, CompletedBasket } from '../selling/basket-journal.ts';
import { saleEntryOf } from '../selling/receipts.ts';
import { readReturn, type HubReturn } from './ask-return.ts';
import type { ToldReturns } from './told-returns.ts';

export interface OwnSale {
  readonly sale: Sale;
  readonly entry: LedgerEntry;
  readonly atMs: number;
  /** All that returned something of it, or undid it. */
  readonly others: readonly Sale[];
  /** Places of tenders, counted from 1, that the terminal gave back. */
  readonly reversed: ReadonlySet<number>;
  readonly lines: readonly BasketLine[];
}

/** A sale that goods may come back of. */
export interface ReturnableSale extends Pick<OwnSale, 'sale' | 'atMs' | 'others' | 'lines'> {
  /** That sold, where it is another one. */
  readonly store?: string;
  /** Another lane is returning of it. */
  readonly isHeldElsewhere: boolean;
  /** Nobody who could say what came back was asked. */
  readonly isUnverified: boolean;
}

/** Who asks, and what the hub answered to this very request. */
export interface ReturnPlace {
  readonly store: string;
  readonly device: string;
  readonly nowMs: number;
  /** A basket keeps what its goods were granted by. */
  readonly isInBasket: boolean;
  /** It is practised: on what was, and nobody is asked. */
  readonly isTraining: boolean;
  readonly hub: HubReturn | undefined;
}

export interface Undoing {
  readonly sale: Sale;
  /** Null: it was undone before that was kept. */
  readonly atMs: number | null;
}

export interface Returns {
  /** `isTraining`: what was practised, and nothing else; absent: what was sold. */
  find(receiptNumber: string, isTraining?: boolean): OwnSale | undefined;
  /** The post-void that stands behind it. */
  undoing(receiptNumber: string): Undoing | undefined;
  /** Undefined where nobody can say what was sold. */
  findReturnable(receiptNumber: string, place: ReturnPlace): ReturnableSale | undefined;
  /** A copy of this lane may hold the right to return of it as well (SPEC: I-8): it is spent by neither. */
  isAtRest(receiptNumber: string): boolean;
  /** Whether this lane was given the right to return of it, a moment ago or for goods that are in the basket. */
  isTold(receiptNumber: string, place: Pick<ReturnPlace, 'nowMs' | 'isInBasket'>): boolean;
  /** Inside the transaction that appends the entry: what of it returns something, or gives a tender back, is remembered by receipt. */
  note(entry: LedgerEntry, atMs?: number): void;
}

export interface ReturnPorts {
  readonly journal: BasketJournal;
  readonly ledger: Pick<ReplicaStore, 'epochs' | 'sharedUpTo'>;
  /** What other lanes of the store gave back, as their ledgers say. */
  readonly siblings: Pick<SiblingReturns, 'returnsOf' | 'holderOf'>;
  readonly told: Pick<ToldReturns, 'find' | 'end'>;
}

export function createReturns(db: Connection, { journal, ledger, siblings, told: tolds }: ReturnPorts): Returns {
  const listReturns = db.prepare<[string], string>('SELECT fields FROM sale_return WHERE receipt_number = ? ORDER BY id').pluck();
  const listUndoing = db.prepare<[string], { readonly fields: string; readonly at_ms: number | null }>(
    'SELECT fields, at_ms FROM sale_return WHERE receipt_number = ? ORDER BY id',
  );
  const insertReturn = db.prepare('INSERT INTO sale_return (receipt_number, fields, at_ms) VALUES (?, ?, ?)');
  const listReversals = db.prepare<[string], number>('SELECT tender FROM tender_reversal WHERE receipt_number = ?').pluck();
  const insertReversal = db.prepare('INSERT OR IGNORE INTO tender_reversal (receipt_number, tender) VALUES (?, ?)');
  const toSale = (fields: LedgerEntry['fields']): Sale => {
    const sale = readSale(fields);
    assert(sale.ok, 'what this till wrote it can read');
    return sale.value;
  };
  const ownReturns = (receiptNumber: string): readonly Sale[] =>
    listReturns.all(receiptNumber).map((fields) => toSale(JSON.parse(fields) as LedgerEntry['fields']));
  /** Of a sale of another lane, what this lane returned of it: of that store's, where several printed the number. */
  const returnsOf = (receiptNumber: string, store: string, ownStore: string): readonly Sale[] =>
    ownReturns(receiptNumber).filter(({ lines }) =>
      lines.some(({ returnOf }) => returnOf?.receiptNumber === receiptNumber && (returnOf.store ?? ownStore) === store),
    );
  const siblingReturns = (receiptNumber: string): HubReturn['returns'] =>
    siblings.returnsOf(receiptNumber).flatMap((canonical) => readReturn(canonical) ?? []);
  const find = (receiptNumber: string, isTraining = false): OwnSale | undefined => {
    const completed: CompletedBasket | undefined = journal.completed(receiptNumber);
    // What was sold in training was not sold.
    if (completed?.closing.header.training !== isTraining) return undefined;
    const entry = saleEntryOf(completed, receiptNumber);
    return {
      sale: toSale(entry.fields),
      entry,
      atMs: completed.closing.atMs,
      others: [...ownReturns(receiptNumber), ...siblingReturns(receiptNumber).map(({ sale }) => sale)],
      reversed: new Set(listReversals.all(receiptNumber)),
      lines: basketLines(completed.basket),
    };
  };
  /** Whether the sale, and with it the right to return of it, is in no other database: it was sold by this very device, behind all that a copy holds. */
  const isHereAlone = (receiptNumber: string): boolean => {
    const at = journal.entryOf(receiptNumber);
    const epochs = ledger.epochs();
    const seller = epochs.find(({ epoch }) => epoch === at?.epoch)?.device;
    return at !== undefined && seller === epochs.at(-1)?.device && isFurther(epochs, at, ledger.sharedUpTo());
  };
  const isAtRest = (receiptNumber: string): boolean => ledger.sharedUpTo() !== null && !isHereAlone(receiptNumber);
  return {
    find,
    isAtRest,
    undoing(receiptNumber) {
      for (const row of listUndoing.all(receiptNumber)) {
        const sale = toSale(JSON.parse(row.fields) as LedgerEntry['fields']);
        if (sale.postVoidOf === receiptNumber) return { sale, atMs: row.at_ms };
      }
      return undefined;
    },
    findReturnable(receiptNumber, place) {
      const own = find(receiptNumber, place.isTraining);
      if (place.isTraining) return own === undefined ? undefined : { ...own, isHeldElsewhere: false, isUnverified: false };
      const told = place.hub?.receiptNumber === receiptNumber ? place.hub : tolds.find(receiptNumber, place);
      // Another store may have printed the same number.
      const sold = own === undefined || told?.sold?.store === place.store ? told?.sold : undefined;
      const answeredBy = sold === undefined || told?.source === 'copies' ? undefined : told?.source;
      const right = returnRight({
        isOwnSale: own !== undefined && isHereAlone(receiptNumber),
        answeredBy: isAtRest(receiptNumber) ? undefined : answeredBy,
      });
      if (own !== undefined && (right === 'held' || sold === undefined)) {
        return { ...own, isHeldElsewhere: siblings.holderOf(receiptNumber) !== undefined, isUnverified: right === 'unverified' };
      }
      if (sold === undefined || told === undefined) return undefined;
      const { store, atMs, sale } = sold;
      return {
        sale: own?.sale ?? sale,
        atMs: own?.atMs ?? atMs,
        lines: own?.lines ?? [],
        others: mergeReturns(
          own === undefined ? returnsOf(receiptNumber, store, place.store) : ownReturns(receiptNumber),
          [...told.returns, ...(store === place.store ? siblingReturns(receiptNumber) : [])],
          place.device,
        ),
        ...(store !== place.store && { store }),
        isHeldElsewhere: answeredBy !== undefined && !told.isGranted,
        isUnverified: right === 'unverified',
      };
    },
    isTold: (receiptNumber, place) => {
      const told = tolds.find(receiptNumber, place);
      return told?.sold !== undefined && told.isGranted && told.source !== 'copies' && !isAtRest(receiptNumber);
    },
    note(entry, atMs) {
      if (entry.kind === LEDGER_KINDS.tenderReversal.kind) {
        insertReversal.run(entry.fields['receiptNumber'], entry.fields['tender']);
        return;
      }
      if (entry.kind !== LEDGER_KINDS.sale.kind) return;
      const sale = toSale(entry.fields);
      const receipts = new Set(sale.lines.flatMap(({ returnOf }) => (returnOf === undefined ? [] : [returnOf.receiptNumber])));
      if (sale.postVoidOf !== undefined) receipts.add(sale.postVoidOf);
      for (const receiptNumber of receipts) {
        insertReturn.run(receiptNumber, JSON.stringify(entry.fields), atMs ?? null);
        tolds.end(receiptNumber);
      }
    },
  };
}

/** What this lane returned and what others told of: each return once, whichever of them knows it. */
function mergeReturns(own: readonly Sale[], told: HubReturn['returns'], device: string): readonly Sale[] {
  const known = new Set(own.map(({ receiptNumber }) => `${device} ${receiptNumber}`));
  const others = told.filter(({ device: by, sale }) => {
    const name = `${by} ${sale.receiptNumber}`;
    const isNew = !known.has(name);
    known.add(name);
    return isNew;
  });
  return [...own, ...others.map(({ sale }) => sale)];
}

/** What the store allows, at the catalogue's cut. `store`: that sold, where it is another one. */
export function returnTermsOf(
  view: CatalogueView,
  settings: StoreSettings,
  { sale, store }: Pick<ReturnableSale, 'sale' | 'store'>,
  businessDate: string,
): ReturnTerms {
  const policy = settings.returns ?? DEFAULT_RETURN_POLICY;
  const tenderTypes = new Map(view.tenderTypes().map((type) => [type.tenderType, type]));
  const rules = new Map(view.promotions().promotions.map(({ rule }) => [`${rule.promotionId} ${rule.version}`, rule]));
  const reprice = repriceRestOf(sale, {
    ruleOf: (promotionId, version) => rules.get(`${promotionId} ${version}`),
    itemOf: (sku) => view.item(sku),
    ...(settings.promotionPolicy !== undefined && { policy: settings.promotionPolicy }),
  });
  return {
    businessDate,
    returnDaysOf: (sku) => returnDaysOf(view.item(sku), policy),
    refundToOf: (tenderType) => tenderTypes.get(tenderType)?.refundTo ?? 'original',
    ...(policy.bundles === 'reprice' && { reprice }),
    ...(store !== undefined && { store }),
  };
}

/** What of a sale may still come back, in the words of the contract. */
export function toReturnableView(
  { sale, others, atMs, lines, isUnverified }: Pick<ReturnableSale, 'sale' | 'others' | 'atMs' | 'lines' | 'isUnverified'>,
  inBasket: readonly BasketLine[],
  itemName: (sku: string) => string | undefined,
): ReturnableView {
  const names = new Map(lines.map((line) => [line.sku, line.name]));
  return {
    receiptNumber: sale.receiptNumber,
    atMs,
    totalMinor: sale.totalMinor,
    ...(isUnverified && { unverified: true }),
    lines: returnableLines(sale, others).map(({ line, sold, leftQuantity, leftMinor, paidMinor }) => {
      const returning = inBasket.find(
        ({ returnOf, quantity }) => returnOf?.receiptNumber === sale.receiptNumber && returnOf.line === line && quantity.value < 0,
      );
      return {
        line,
        sku: sold.sku,
        name: sold.text ?? names.get(sold.sku) ?? itemName(sold.sku) ?? sold.sku,
        sold: sold.quantity,
        left: { value: leftQuantity, unit: sold.quantity.unit },
        paidMinor,
        leftMinor,
        returning: 0 - (returning?.quantity.value ?? 0),
        ...(returning?.isDefective === true && { defective: true }),
      };
    }),
  };
}
