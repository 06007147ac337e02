/**
 * Who buys: found by a card or a phone, which the lane knows as hashes; by a name through the hub; or taken up here, with or without the hub.
 *
 * A lane holds initials, groups and rights of its own store's customers and nothing that names one. What a new customer says is sealed to the company's key before it is
 * written, waits here for the hub, and is not opened here again; the ledger holds the id and what proves what was sealed.
 */
import { assert } from '@holdfast/base';
import { sealTo } from '@holdfast/base/sealing';
import {
  type BasketCustomer,
  codesOfPerson,
  codesOfText,
  type Customer,
  customerAddedEntry,
  exemptionAt,
  initialsOf,
  isReceiptLanguage,
  limitMinorIn,
  localTimeOf,
  type Person,
  personOf,
  personText,
  readAccountLimit,
  type Refusal,
  type StoreSettings,
} from '@holdfast/domain';
import type { FoundCustomer } from '@holdfast/sync';

import { CUSTOMER_ID, type ReplyValue, type RequestBody } from '../../shared/till-contract.ts';
import type { CatalogueView } from '../catalogue/catalogue.ts';
import type { CustomerLookup } from '../customers/find-customer.ts';
import { createOwnCustomers, type OwnCustomers, type WaitingCustomer } from '../customers/own-customers.ts';
import { readScan } from '../selling/goods.ts';
import type { Done, OpenSale, Register } from './register.ts';

type Body<Type extends RequestBody['type']> = Extract<RequestBody, { type: Type }>;

/** Found through the hub, until the next ones are: as many as a screen shows, several times over. */
const REMEMBERED = 64;
const ID_BYTES = 10;
/** Whoever the hub has is in the cells by then, or was forgotten. */
const TOLD_WITHIN_MS = 7 * 86_400_000;

export class CustomerActs {
  readonly #register: Register;
  readonly #own: OwnCustomers;
  /** In memory alone: visitors are another store's customers. */
  readonly #visitors = new Map<string, Customer>();

  constructor(register: Register) {
    this.#register = register;
    this.#own = createOwnCustomers(register.ports.db);
  }

  /** What is to be found out before the request is handled; undefined: nothing. */
  lookupOf(body: RequestBody): CustomerLookup | undefined {
    const settings = this.#register.newestView()?.settings();
    if (settings?.ok !== true || settings.value.personalKey === undefined) return undefined;
    const { callingCode } = settings.value;
    // A card that is scanned while this is asked says itself that it is one.
    if (body.type === 'attachCustomer') return { codes: codesOfText(cardNumberOf(body.text, settings.value) ?? body.text, callingCode) };
    if (body.type === 'findCustomers') return { codes: [], name: body.text };
    if (body.type === 'scan') {
      const card = cardNumberOf(body.code, settings.value);
      return card === undefined ? undefined : { codes: [{ kind: 'card', text: card }] };
    }
    if (body.type !== 'addCustomer') return undefined;
    const person = this.#personOf(body, settings.value);
    return person === undefined ? undefined : { codes: codesOfPerson(person), isHere: true };
  }

  isKnown(hash: string): boolean {
    return this.#ofCode(hash) !== undefined;
  }

  #ofCode(hash: string): string | undefined {
    return this.#register.newestView()?.customerOfCode(hash) ?? this.#own.ofCode(hash);
  }

  /** A card of the store's own: whoever it is, known or not. */
  attachCard(card: string): Done {
    const hashes = this.#register.hub?.customer?.hashes ?? [];
    const id = this.#found(hashes) ?? (this.#view()?.customer(card) === undefined ? hashes[0] : undefined);
    return this.setCustomer(id ?? card);
  }

  /** Typed: a card's number or a phone's. */
  attach({ text }: Body<'attachCustomer'>): Done {
    const plain = text.trim();
    const finding = this.#register.hub?.customer;
    const id = this.#found(finding?.hashes ?? []);
    if (id !== undefined) return this.setCustomer(id);
    const isLegacy = CUSTOMER_ID.test(plain) && (finding === undefined || this.#view()?.customer(plain) !== undefined);
    if (isLegacy) return this.setCustomer(plain);
    const isAsked = finding?.answer !== undefined;
    return this.#register.refuse({ type: isAsked ? 'noSuchCustomer' : 'customersAway', detail: {} });
  }

  #found(hashes: readonly string[]): string | undefined {
    const visitor = this.#register.hub?.customer?.answer?.customers[0];
    if (visitor !== undefined) this.#remember([visitor]);
    for (const hash of hashes) {
      const known = this.#ofCode(hash);
      if (known !== undefined) return known;
    }
    return visitor?.customer;
  }

  #remember(found: readonly FoundCustomer[]): void {
    for (const visitor of found) {
      this.#visitors.delete(visitor.customer);
      this.#visitors.set(visitor.customer, toCustomer(visitor));
    }
    for (const [oldest] of this.#visitors) {
      if (this.#visitors.size <= REMEMBERED) break;
      this.#visitors.delete(oldest);
    }
  }

  /** By name, as the hub found them. */
  search(): NonNullable<ReplyValue['customers']> | Refusal {
    const leave = this.#mayDo('findCustomer');
    if (leave !== undefined) return leave;
    const answer = this.#register.hub?.customer?.answer;
    if (answer === undefined) return { type: 'customersAway', detail: {} };
    this.#remember(answer.customers);
    return {
      isMore: answer.isMore === true,
      found: answer.customers.map(({ customer, store, initials = '', name = '', phoneEnd }) => ({
        customerId: customer,
        name: name === '' ? initials : name,
        store,
        ...(phoneEnd !== undefined && { phoneEnd }),
      })),
    };
  }

  #mayDo(action: 'findCustomer' | 'keepCustomer'): Refusal | undefined {
    const open = this.#register.open();
    if ('type' in open) return open;
    const leave = this.#register.people.permit(open.authority, { action, amount: 0 }, { reference: action, isStep: true });
    return leave.ok ? undefined : this.#register.denialOf(leave.error, open);
  }

  /** Somebody becomes a customer here and now; whose they are under another id, the hub finds out. */
  add(body: Body<'addCustomer'>): Done {
    const open = this.#register.open();
    if ('type' in open) return this.#register.refuse(open);
    const { settings } = open;
    const key = settings.personalKey;
    const person = this.#personOf(body, settings);
    if (person === undefined) return this.#register.refuse({ type: 'badCustomer', detail: { field: this.#faultOf(body, settings) } });
    const hashes = this.#register.hub?.customer?.hashes ?? [];
    // Without the secret nobody would be found again by what they show.
    if (key === undefined || hashes.length < codesOfPerson(person).length)
      return this.#register.refuse({ type: 'noCustomers', detail: {} });
    const known = hashes.map((hash) => this.#ofCode(hash)).find((id) => id !== undefined);
    if (known !== undefined) {
      return this.#register.refuse({
        type: 'customerKnown',
        detail: { customerId: known, initials: this.#factsOf(known)?.initials ?? '' },
      });
    }
    const leave = this.#mayDo('keepCustomer');
    if (leave !== undefined) return this.#register.refuse(leave);
    const sealed = sealTo(new Uint8Array(Buffer.from(key.publicKey, 'hex')), new TextEncoder().encode(personText(person)));
    const customer = `k-${Buffer.from(this.#register.ports.random.bytes(ID_BYTES)).toString('hex')}`;
    const moment = this.#register.time.now();
    const kept = { customer, initials: initialsOf(person.name), language: person.language ?? null, keyNumber: key.number };
    this.#own.add({ ...kept, sealed, codes: hashes, atMs: moment.atMs });
    this.#register.append(
      customerAddedEntry(this.#register.header(settings, moment), customer, this.#register.ports.hash.sha256(sealed)),
      moment,
    );
    return { ...this.setCustomer(customer), appended: true };
  }

  #personOf(body: Body<'addCustomer'>, settings: StoreSettings): Person | undefined {
    const read = this.#read(body, settings);
    return read.ok && codesOfPerson(read.value).length > 0 ? read.value : undefined;
  }

  #read({ name, phone, card, language }: Body<'addCustomer'>, { callingCode }: StoreSettings): ReturnType<typeof personOf> {
    const cards = card === undefined ? [] : [card];
    return personOf({ name, phone, cards, language, consentAtMs: this.#register.time.now().atMs }, callingCode);
  }

  #faultOf(body: Body<'addCustomer'>, settings: StoreSettings): string {
    const read = this.#read(body, settings);
    return read.ok ? 'phone' : read.error.field;
  }

  /** One that nobody here knows is a customer all the same, of no group. */
  setCustomer(customerId: string): Done {
    const open = this.#register.open();
    if ('type' in open) return this.#register.refuse(open);
    const known = this.#factsOf(customerId, open);
    const { date } = localTimeOf(this.#register.now().atMs, open.settings.timeZone);
    const certificate = known === undefined ? undefined : exemptionAt(known, date)?.certificate;
    const customer: BasketCustomer = {
      customerId: known?.customer ?? customerId,
      groups: known?.groups ?? [],
      ...(known?.initials !== undefined && { initials: known.initials }),
      ...(known?.tier !== undefined && { tier: known.tier }),
      ...(known?.onAccount === true && { onAccount: true as const }),
      ...(known?.accountLimit !== undefined && { accountLimitMinor: limitMinorIn(known.accountLimit, open.settings.currency) }),
      ...(known?.language !== undefined && { language: known.language }),
    };
    return this.#register.change({ type: 'setCustomer', customer, ...(certificate !== undefined && { certificate }) });
  }

  #view(open?: OpenSale): CatalogueView | undefined {
    return open?.view ?? this.#register.newestView();
  }

  #factsOf(id: string, open?: OpenSale): Customer | undefined {
    const told = this.#view(open)?.customer(id) ?? this.#register.newestView()?.customer(id);
    if (told?.sameAs !== undefined && told.sameAs !== id) {
      return this.#view(open)?.customer(told.sameAs) ?? this.#visitors.get(told.sameAs) ?? { customer: told.sameAs, groups: [] };
    }
    const own = told === undefined ? this.#own.find(id) : undefined;
    if (own === undefined) return told ?? this.#visitors.get(id);
    const { initials, language } = own;
    return { customer: id, groups: [], initials, ...(language !== null && isReceiptLanguage(language) && { language }) };
  }

  waiting(): readonly WaitingCustomer[] {
    return this.#own.waiting();
  }

  sent(customer: string, as: string | undefined): void {
    this.#register.ports.transactions.durable(() => this.#own.sent(customer, as));
  }

  /** In the pauses: whom cells know, under this id or another, they alone know; and so of whoever the hub had and has no more. */
  forgetTold(): void {
    const view = this.#register.newestView();
    if (view === undefined) return;
    const told = this.#own
      .told(this.#register.time.now().atMs - TOLD_WITHIN_MS)
      .filter(({ customer, isOld }) => isOld || view.customer(customer) !== undefined);
    if (told.length > 0) this.#register.ports.transactions.durable(() => told.forEach(({ customer }) => this.#own.forget(customer)));
  }
}

/** What stands on a loyalty card behind the store's own prefix; undefined where it is no customer's. */
export function cardNumberOf(code: string, settings: StoreSettings): string | undefined {
  // Goods are scanned all day: what has no such prefix in it is not read twice.
  if (settings.ownCodes?.some(({ kind, prefix }) => kind === 'loyalty' && code.includes(prefix)) !== true) return undefined;
  const read = readScan(code, settings);
  if (!read.ok || read.value.own?.kind !== 'loyalty') return undefined;
  const { reference } = read.value.own;
  return reference !== undefined && CUSTOMER_ID.test(reference) ? reference : undefined;
}

function toCustomer({ customer, groups, initials, tier, onAccount, accountLimit, language, ...rest }: FoundCustomer): Customer {
  const limit = accountLimit === undefined ? undefined : readAccountLimit(accountLimit);
  const { exemptionCertificate: certificate, exemptionTo: to } = rest;
  const all = [...new Set([...groups, ...(tier === undefined ? [] : [tier])])];
  assert(customer !== '', 'a customer has an id');
  return {
    customer,
    groups: all,
    ...(initials !== undefined && { initials }),
    ...(tier !== undefined && { tier }),
    ...(onAccount === true && { onAccount }),
    ...(limit !== undefined && { accountLimit: limit }),
    ...(language !== undefined && isReceiptLanguage(language) && { language }),
    ...(certificate !== undefined && { exemption: { certificate, ...(to !== undefined && { to }) } }),
  };
}
