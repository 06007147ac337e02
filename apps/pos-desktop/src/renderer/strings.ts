/**
 * Every word on the screen: a language's catalogue, which is data (`strings/en.ts`), and how its texts are filled in. Numbers, money and times
 * are written by `Format`; nothing here knows a language.
 */
import type { PriceReason, ReceiptLanguage } from '@holdfast/domain';
import { directionOf, type Format } from '@holdfast/ui';

import type { LaneDevice, LineView, Status } from '../shared/till-contract.ts';
import { cardStringsOf, cashStringsOf } from './cash/cash-strings.ts';
import { peopleStringsOf } from './people/people-strings.ts';
import { setupStringsOf } from './setup/setup-strings.ts';
import { ar } from './strings/ar.ts';
import type { Catalogue, Plural } from './strings/catalogue.ts';
import { de } from './strings/de.ts';
import { en } from './strings/en.ts';
import { es } from './strings/es.ts';
import { fill, join, PLACEHOLDER, type Values } from './strings/fill.ts';
import { fr } from './strings/fr.ts';
import { ja } from './strings/ja.ts';
import type { SheetProblem } from './typed-answer.ts';

export const LANGUAGES = ['en', 'de', 'fr', 'es', 'ar', 'ja'] as const;
export type Language = (typeof LANGUAGES)[number];

export const isLanguage = (value: unknown): value is Language => LANGUAGES.some((language) => language === value);

/** What a language calls itself. */
export const LANGUAGE_NAMES: Readonly<Record<Language, string>> = {
  en: 'English',
  de: 'Deutsch',
  fr: 'Français',
  es: 'Español',
  ar: 'العربية',
  ja: '日本語',
};

/** Receipts speak more languages than windows do. */
export const RECEIPT_LANGUAGE_NAMES: Readonly<Record<ReceiptLanguage, string>> = { ...LANGUAGE_NAMES, he: 'עברית', th: 'ไทย' };

export const CATALOGUES: Readonly<Record<Language, Catalogue>> = { en, de, fr, es, ar, ja };

/** What happened, and below it what was kept and what to do. */
export interface Message {
  readonly title: string;
  readonly detail: string;
}

export interface RefusalContext {
  readonly format: Format;
  readonly minorDigits: number;
  /** The code or the name of the goods in question, as far as it is known. */
  readonly subject: string;
}

const messageOf = ([title, detail]: readonly [string, string], values: Values = {}): Message => ({
  title: fill(title, values),
  detail: fill(detail, values),
});

/** The words that a refusal's detail may choose another text by. */
const VARIANT_KEYS = ['reason', 'because', 'missing'] as const;

const refusalMessage = (
  { refusals, codeKinds }: Catalogue,
  refusal: SheetProblem,
  { format, minorDigits, subject }: RefusalContext,
): Message => {
  const texts: Readonly<Record<string, readonly [string, string]>> = refusals;
  const values: Record<string, string> = { subject };
  for (const [key, value] of Object.entries(refusal.detail)) {
    if (typeof value === 'number') values[key] = key.endsWith('Minor') ? format.money(value, minorDigits) : format.count(value);
    else if (typeof value === 'string') values[key] = value;
  }
  if (refusal.type === 'notGoods') values['kind'] = codeKinds[values['kind'] as keyof typeof codeKinds] ?? codeKinds.coupon;
  const variant = VARIANT_KEYS.map((key) => texts[`${refusal.type}.${String(refusal.detail[key])}`]).find((text) => text !== undefined);
  return messageOf(variant ?? refusals[refusal.type], values);
};

const hubText = ({ hub }: Catalogue, plural: PluralOf, status: Status, format: Format): string => {
  const sales = plural(hub.sales, status.waitingSales, format);
  const waiting = status.waitingSales === 0 ? '' : fill(hub.waiting, { sales });
  if (status.hub === 'connected') return status.waitingSales === 0 ? hub.connected : fill(hub.sending, { sales });
  if (status.hub !== 'offline' || status.offlineSinceMs === undefined) return fill(hub[status.hub], { waiting });
  return fill(hub.offlineSince, { time: format.time(status.offlineSinceMs, status.timeZone), waiting });
};

const lineNote = ({ notes, priceTypes }: Catalogue, line: LineView): string => {
  const { minimumAgeYears: years, ageChecked, priceType = 'regular', reason = '', depositOf, tare, syntheticPrice, quantity } = line;
  const isUnlisted = line.unlisted === true;
  const age = years === undefined ? '' : fill(ageChecked === true ? notes.ageChecked : notes.ageNotChecked, { years: String(years) });
  const isOrdinary = priceType === 'regular' || priceType === 'override';
  return join(
    age,
    isUnlisted ? fill(notes.unlisted, { code: line.code ?? '—' }) : '',
    priceType === 'override' && (!isUnlisted || reason !== '') ? fill(notes.priceChanged, { reason }) : '',
    isOrdinary ? '' : (priceTypes[priceType as keyof typeof priceTypes] ?? ''),
    line.serial ?? '',
    line.batch ?? '',
    line.note ?? '',
    depositOf === undefined ? '' : notes.deposit,
    tare === undefined ? '' : notes.lessTare,
    syntheticPrice === true ? notes.syntheticPrice : '',
    quantity !== undefined && quantity.value < 0 ? notes.comesBack : '',
  );
};

const FIRST_STRONG_ISOLATE = '\u2068';
const POP_ISOLATE = '\u2069';

/** In a script that runs to the left, what is filled in keeps its own direction: `VAT 19 %` stays as it is written. */
const isolated = <T>(texts: T): T => {
  if (typeof texts === 'string') return texts.replaceAll(PLACEHOLDER, `${FIRST_STRONG_ISOLATE}$&${POP_ISOLATE}`) as T;
  if (Array.isArray(texts)) return texts.map(isolated) as T;
  return Object.fromEntries(Object.entries(texts as object).map(([key, inner]) => [key, isolated(inner)])) as T;
};

type PluralOf = (forms: Plural, count: number, format: Format) => string;

/** The texts of one language, ready to be said. What needs no filling in stands as in the catalogue. */
export const createStrings = (language: Language) => {
  const words = directionOf(language) === 'rtl' ? isolated(CATALOGUES[language]) : CATALOGUES[language];
  const rules = new Intl.PluralRules(language);
  const plural: PluralOf = (forms, count, format) => {
    const form = forms[rules.select(count)] ?? forms.other;
    // A form that is a word without a figure (one, two) says nothing of what comes back.
    return fill(count < 0 && !form.includes('{count}') ? forms.other : form, { count: format.count(count) });
  };
  // Where words run to the left, the figures of a number stay in their order.
  const alone = (text: string): string => (directionOf(language) === 'rtl' ? `${FIRST_STRONG_ISOLATE}${text}${POP_ISOLATE}` : text);
  const { tasks, why, notices, hints } = words;
  const wrong =
    (task: keyof typeof tasks) =>
    (text: string): Message =>
      messageOf(tasks[task].wrong, { text });
  return {
    ...words,
    language,
    joined: join,
    lane: (lane: string) => fill(words.lane, { lane }),
    store: (store: string) => (/^\d+$/u.test(store) ? fill(words.store, { store }) : store),
    items: (count: number, format: Format) => plural(words.items, count, format),
    taxOf: (name: string, inclusive: boolean) => fill(inclusive ? words.taxIncluded : words.taxOnTop, { name }),
    customer: (customerId: string, groups: readonly string[]) => join(groups.join(', '), customerId),
    points: (count: number, format: Format) => plural(words.points, count, format),
    gift: (pieces: number, name: string, format: Format) => fill(words.gift, { pieces: format.count(pieces), name }),
    payments: (count: number, format: Format) => plural(words.payments, count, format),
    variants: (count: number, format: Format) => plural(words.variants, count, format),
    entryHintWeighing: (name: string, unit: string) => fill(hints.weighing, { name, unit }),
    entryHintNumber: (cash: string) => (cash === '' ? hints.number : fill(hints.numberOrCash, { cash })),
    keyMapWaiting: (name: string) => fill(words.keyMapWaiting, { name }),
    searchNothing: (text: string) => fill(words.searchNothing, { text }),
    returnTitle: (receiptNumber: string, time: string) => fill(words.returnTitle, { receiptNumber, time }),
    returnLeft: (quantity: string, money: string) => fill(words.returnLeft, { quantity, money }),
    returnComing: (quantity: string) => fill(words.returnComing, { quantity }),
    receiptTitle: (...parts: readonly [receiptNumber: string, time: string, total: string]) => parts.map(alone).join(', '),
    undoTitle: (receiptNumber: string, total: string) => fill(words.undoTitle, { receiptNumber, total }),
    cardFirstTitle: (name: string, amount: string) => fill(words.cardFirstTitle, { name, amount }),
    inCashTitle: (amount: string, name: string) => fill(words.inCashTitle, { amount, name }),
    tasks: {
      ...tasks,
      cardSlip: { ...tasks.cardSlip, titleFor: (name: string, amount: string) => fill(tasks.cardSlip.title, { name, amount }) },
      customer: {
        ...tasks.customer,
        attached: (who: string) => fill(tasks.customer.attached, { who }),
        onAccountUpTo: (limit: string) => fill(tasks.customer.buyer.onAccountUpTo, { limit }),
      },
      exemption: { ...tasks.exemption, attached: (certificate: string) => fill(tasks.exemption.attached, { certificate }) },
      discount: {
        ...tasks.discount,
        title: (subject: string) => fill(tasks.discount.title, { subject }),
        why: (off: string, subject: string) => fill(tasks.discount.why, { off, subject }),
      },
      price: {
        ...tasks.price,
        title: (name: string) => fill(tasks.price.title, { name }),
        why: (price: string, name: string) => fill(tasks.price.why, { price, name }),
      },
      age: { ...tasks.age, titleFor: (years: string) => fill(tasks.age.title, { years }) },
      describe: {
        ...tasks.describe,
        titleFor: (name: string) => fill(tasks.describe.title, { name }),
        titleOf: (what: string, name: string) => fill(tasks.describe.titleOf, { what, name }),
      },
      unlisted: {
        ...tasks.unlisted,
        titleOf: (code: string) => (code === '' ? tasks.unlisted.title : fill(tasks.unlisted.titleOf, { code })),
        department: (price: string) => fill(tasks.unlisted.department, { price }),
      },
      balance: { ...tasks.balance, titleOf: (name: string) => fill(tasks.balance.titleOf, { name }) },
    },
    people: peopleStringsOf(words.people),
    cashAndShift: cashStringsOf(words),
    cards: cardStringsOf(words.cards),
    setup: setupStringsOf(words.setup),
    keyPages: {
      ...words.keyPages,
      after: (page: string) => fill(words.keyPages.after, { page }),
      count: (keys: number, most: number) => fill(words.keyPages.count, { keys: String(keys), most: String(most) }),
    },
    terminal: { ...words.terminal, titleOf: (act: string, name: string) => fill(words.terminal.title, { act, name }) },
    notAnAnswer: (task: keyof typeof tasks, text: string) => wrong(task)(text),
    why: {
      ...why,
      title: (name: string) => fill(why.title, { name }),
      approvedBy: (who: string) => fill(why.approvedBy, { who }),
      coupon: (code: string) => fill(why.coupon, { code }),
      fromQuantity: (quantity: string) => fill(why.fromQuantity, { quantity }),
      forGroup: (group: string) => fill(why.forGroup, { group }),
      usedByCustomer: (used: string, limit: string) => fill(why.usedByCustomer, { used, limit }),
      ofBudget: (used: string, limit: string) => fill(why.ofBudget, { used, limit }),
      /** Lanes that do not hear of each other may each spend what is left. */
      atWorst: (amount: string, lanes: string) => fill(why.atWorst, { amount, lanes }),
      between: (from: string, to: string) => fill(from === '' ? why.until : to === '' ? why.since : why.between, { from, to }),
      notTakenBecause: (reason: keyof typeof why.notTakenBecause, by: string) => fill(why.notTakenBecause[reason], { by }),
      priceBecause: why.priceBecause as Readonly<Record<PriceReason, string>>,
    },
    priceTypes: words.priceTypes as Readonly<Record<string, string>>,
    tendersTitle: (amount: string) => fill(words.tendersTitle, { amount }),
    tendersTitleRest: (amount: string) => fill(words.tendersTitleRest, { amount }),
    signature: { ...words.signature, title: (name: string) => fill(words.signature.title, { name }) },
    excessTitle: (amount: string, name: string) => fill(words.excessTitle, { amount, name }),
    asTip: (amount: string) => fill(words.asTip, { amount }),
    asCashBack: (amount: string) => fill(words.asCashBack, { amount }),
    tipOf: (amount: string) => fill(words.tipOf, { amount }),
    referenceTitle: (name: string) => fill(words.referenceTitle, { name }),
    slipTitle: (name: string) => fill(words.slipTitle, { name }),
    notices: {
      cashNeeded: messageOf(notices.cashNeeded),
      notAnAmount: (text: string) => messageOf(notices.notAnAmount, { text }),
      noLine: messageOf(notices.noLine),
      notByPiece: messageOf(notices.notByPiece),
      pastedTooMuch: (most: string) => messageOf(notices.pastedTooMuch, { most }),
      scanDuringTender: (code: string) => messageOf(notices.scanDuringTender, { code }),
      scanWithoutTill: (code: string) => messageOf(notices.scanWithoutTill, { code }),
      scanTorn: messageOf(notices.scanTorn),
      askVoidSale: (items: string, total: string) => messageOf(notices.askVoidSale, { items, total }),
      askQuantity: (quantity: string, limit: string) => messageOf(notices.askQuantity, { quantity, limit }),
    },
    hub: (status: Status, format: Format) => hubText(words, plural, status, format),
    setAside: (count: number, format: Format) => plural(words.setAside, count, format),
    basketLost: words.basketLost,
    basketsTwice: (count: number, format: Format) => plural(words.basketsTwice, count, format),
    catalogue: (done: string, total: string) => fill(words.catalogue, { done, total }),
    cashier: (operator: string, shift: number) =>
      join(/^\d+$/u.test(operator) ? fill(words.cashier, { operator }) : operator, fill(words.shift, { shift: String(shift) })),
    /** A device that this window does not know yet is called what the till calls it. */
    deviceName: (device: string): string => words.deviceNames[device as keyof typeof words.deviceNames] ?? device,
    /** What is wrong with it, and what waits for it; as the till says it where this window has no words for it. */
    deviceState: ({ state, detail, reason, waiting = 0 }: Status['devices'][number], format: Format): string => {
      const said = words.deviceReasons[reason as keyof typeof words.deviceReasons] ?? (detail === '' ? words.devices[state] : detail);
      return waiting === 0 ? said : `${said}, ${fill(words.deviceWaiting, { count: format.count(waiting) })}`;
    },
    /** The same of a device on the setup screen, in a word or two. */
    deviceHealth: ({ power, reason, isWarning }: LaneDevice): string => {
      const word = reason ?? (isWarning === true ? 'paperLow' : '');
      return (
        words.deviceReasons[word as keyof typeof words.deviceReasons] ?? (power === 'online' ? words.setup.ready : words.setup.connecting)
      );
    },
    refusal: (refusal: Parameters<typeof refusalMessage>[1], context: RefusalContext) => refusalMessage(words, refusal, context),
    /** What the second row of a line says. */
    lineNote: (line: LineView) => lineNote(words, line),
  };
};

export type Strings = ReturnType<typeof createStrings>;

const made = new Map<Language, Strings>();

/** Made once for each language: screens compare it by identity. */
export const stringsOf = (language: Language): Strings => {
  const known = made.get(language) ?? createStrings(language);
  made.set(language, known);
  return known;
};
