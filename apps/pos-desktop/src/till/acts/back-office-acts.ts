/** What is done at a lane beside its sales. */
import { assert } from '@holdfast/base';
import {
  amountOutOfRange,
  ENTITY_TYPES,
  isAllowed,
  LEDGER_KINDS,
  overrideEntry,
  overrideQuestion,
  priceKey,
  printableCode,
  type Refusal,
  type StoreSettings,
  stockAdjustmentEntry,
  storePageFields,
  storePriceFields,
  type StoreOverride,
  type UnitPrice,
} from '@holdfast/domain';

import type { RequestBody } from '../../shared/till-contract.ts';
import type { CatalogueView } from '../catalogue/catalogue.ts';
import type { DevicesRequest } from '../devices/device-requests.ts';
import { pickList } from '../printing/slips.ts';
import { type Done, type OpenSale, printsSlip, type Register } from './register.ts';

/** The reason that a wish for keys gives: nobody asks for one. */
const ARRANGED = 'keys arranged at the lane';
/** What leave to change the devices is asked and given for. */
const DEVICES_REFERENCE = 'devices';

export class BackOfficeActs {
  readonly #register: Register;

  constructor(register: Register) {
    this.#register = register;
  }

  adjustStock(body: Extract<RequestBody, { type: 'adjustStock' }>): Done {
    const open = this.#register.open();
    if ('type' in open) return this.#register.refuse(open);
    const { reason, movements, externalReference } = body;
    const amount = movements.reduce((most, { quantity }) => Math.max(most, Math.abs(quantity)), 0);
    const denial = this.#register.people.findDenial(open.authority, { action: 'adjustStock', amount }, { reference: 'stock' });
    if (denial !== undefined) return this.#register.refuse(denial);
    const moment = this.#register.now();
    const entry = stockAdjustmentEntry(this.#register.header(open.settings, moment), {
      reason,
      movements,
      ...(externalReference !== undefined && { externalReference }),
    });
    if (!entry.ok) return this.#register.refuse(entry.error);
    this.#register.append(entry.value, moment);
    return { live: this.#register.live, completed: this.#register.completed, rows: undefined, answer: { value: {} }, appended: true };
  }

  /** A wish, which holds in this store until it is answered. It is based on what the till shows now, not on what an open basket stands at. */
  changeStorePrice({ sku, unitPrice, reason }: Extract<RequestBody, { type: 'changeStorePrice' }>): Done {
    const [open, view] = [this.#register.open(), this.#register.newestView()];
    if ('type' in open) return this.#register.refuse(open);
    if (view?.item(sku) === undefined) return this.#register.refuse({ type: 'unknownCode', detail: { code: printableCode(sku) } });
    const wish = {
      entityType: ENTITY_TYPES.price.type,
      key: priceKey(sku, 'regular'),
      values: storePriceFields(unitPrice, open.settings.currency),
      reason,
    };
    return this.#wish({ open, view }, wish, view.openPrice(sku, 'regular')?.price);
  }

  /** A wish too: whoever signed on must have the right themselves, for headquarters' table is asked of them alone. */
  arrangeKeys({ page, position, skus }: Extract<RequestBody, { type: 'arrangeKeys' }>): Done {
    const [open, view] = [this.#register.open(), this.#register.newestView()];
    if ('type' in open) return this.#register.refuse(open);
    assert(view !== undefined, 'a lane that is open has a catalogue');
    // What the page names already and nobody knows (yet) may stay on it.
    const named = new Set(view.keyPages().find(({ name }) => name === page)?.skus ?? []);
    const unknown = skus.find((sku) => view.item(sku) === undefined && !named.has(sku));
    if (unknown !== undefined) return this.#register.refuse({ type: 'unknownCode', detail: { code: printableCode(unknown) } });
    const values = storePageFields({ position, skus });
    const wish = { entityType: ENTITY_TYPES.keyPage.type, key: page, values, reason: ARRANGED };
    return this.#wish({ open, view }, wish, undefined);
  }

  #wish(
    { open, view }: { readonly open: OpenSale; readonly view: CatalogueView },
    wish: Omit<StoreOverride, 'basedOn'>,
    standing: UnitPrice | undefined,
  ): Done {
    const { position } = this.#register.cut();
    const override = { ...wish, basedOn: { hubEpoch: position.hubEpoch, lsn: position.lsn } };
    const question = overrideQuestion(override, standing);
    if (!question.ok || 'ownOf' in question.value) return this.#register.refuse(amountOutOfRange());
    const { operator, grants, scopes } = this.#register.authority(view);
    const may = isAllowed(grants, operator, { ...question.value, scopes });
    if (!may.ok) return this.#register.refuse(may.error);
    const moment = this.#register.time.now();
    const entry = this.#register.append(overrideEntry(this.#register.header(open.settings, moment), override), moment);
    this.#register.layer.note(entry.id, override, moment.atMs);
    return { ...this.#register.unchanged({ value: {} }), appended: true };
  }

  /** Looking at the devices and trying them is anybody's. One leave is for all that somebody does at the setup screen while it holds. */
  deviceRefusal(request: DevicesRequest): Refusal | undefined {
    const isGuarded = request.type === 'setDevices' || (request.type === 'testDevice' && request.act === 'openDrawer');
    const view = this.#register.newestView();
    // Nobody signs on at a lane that knows nobody yet: it is being set up.
    if (!isGuarded || view === undefined) return undefined;
    const about = { reference: DEVICES_REFERENCE, isStep: true } as const;
    const denial = this.#register.people.findDenial(this.#register.authority(view), { action: 'setDevices', amount: 0 }, about);
    return denial === undefined ? undefined : this.#register.denialOf(denial, { view });
  }

  /** No copy of anything: nothing on it says that somebody paid. */
  printPickList(receiptNumber: string): Done {
    const settings = this.#register.newestView()?.settings();
    const completed = this.#register.journal.completed(receiptNumber);
    if (settings?.ok !== true || completed === undefined) {
      return this.#register.refuse({ type: 'noSuchReceipt', detail: { receiptNumber } });
    }
    const slip = pickList(completed.basket, receiptNumber, this.#register.slipContext(settings.value));
    return { ...this.#register.unchanged({ value: {} }), prints: printsSlip(slip) };
  }

  reprint(receiptNumber: string, isGift: boolean): Done {
    const settings = this.#register.newestView()?.settings();
    const completed = this.#register.journal.completed(receiptNumber);
    if (settings?.ok !== true || completed === undefined) {
      return this.#register.refuse({ type: 'noSuchReceipt', detail: { receiptNumber } });
    }
    if (!isGift && this.#register.unprinted.take(receiptNumber))
      return { ...this.#register.unchanged({ value: {} }), prints: { receiptNumber, opensDrawer: false, isReprint: false } };
    this.#noteReprint(settings.value, receiptNumber, completed.closing.header.training);
    const done = this.#register.unchanged({ value: {} });
    return { ...done, appended: true, prints: { receiptNumber, opensDrawer: false, isReprint: !isGift, ...(isGift && { isGift }) } };
  }

  /** The store's own: it says of itself that it is, and is no copy of the shopper's. */
  printMerchant(receiptNumber: string): Done {
    const settings = this.#register.newestView()?.settings();
    const completed = this.#register.journal.completed(receiptNumber);
    if (settings?.ok !== true || completed === undefined)
      return this.#register.refuse({ type: 'noSuchReceipt', detail: { receiptNumber } });
    this.#noteReprint(settings.value, receiptNumber, completed.closing.header.training);
    const prints = { receiptNumber, opensDrawer: false, isReprint: false, isMerchant: true };
    return { ...this.#register.unchanged({ value: {} }), appended: true, prints };
  }

  /** Of the sale that was undone. */
  reprintPostVoid(receiptNumber: string): Done {
    const settings = this.#register.newestView()?.settings();
    const undoing = this.#register.returns.undoing(receiptNumber);
    const { atMs = null } = undoing ?? {};
    if (settings?.ok !== true || undoing === undefined || atMs === null)
      return this.#register.refuse({ type: 'noSuchReceipt', detail: { receiptNumber } });
    const number = undoing.sale.receiptNumber;
    this.#noteReprint(settings.value, number, false);
    const prints = { receiptNumber: number, opensDrawer: false, isReprint: true, undoes: { receiptNumber, atMs } };
    return { ...this.#register.unchanged({ value: {} }), appended: true, prints };
  }

  #noteReprint(settings: StoreSettings, receiptNumber: string, training: boolean): void {
    const moment = this.#register.now();
    const fields = { ...this.#register.header(settings, moment), training, receiptNumber };
    this.#register.append({ kind: LEDGER_KINDS.reprint.kind, fields }, moment);
  }
}
