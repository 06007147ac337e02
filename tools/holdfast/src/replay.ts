/**
 * Sells the invoices of the Online Retail file through a till, over the same WebSocket contract that its windows use.
 *
 * - Each line is `addItem` with the invoice's own price as an override; goods given away sell at 0 by override.
 * - An invoice's document is paid in cash to the penny, with the invoice's number as external reference.
 * - Adjustments (goods that left at a price of 0 with a negative quantity) are stock movements, not sales.
 * - Lines priced below 0 are offered, and the till must refuse them.
 * Anything else that the till refuses ends the replay: a total that is only nearly right proves nothing.
 */
import { CommandFailed } from './command.ts';
import { readInvoices, type LineReason, type RetailInvoice, type RetailLine } from './retail-file.ts';
import { invoiceTotalPennies } from './retail-sums.ts';
import type { TillConnection, TillReply } from './till-access.ts';

const PRICE_REASON = 'price on the replayed invoice';
const ADJUSTMENT_REASON = 'stock adjustment';

/** Requests on their way to the till at once: enough to keep it busy, few enough to keep its answers flowing. */
const IN_FLIGHT = 256;

export interface RetailCounts {
  invoices: number;
  lines: number;
  skus: number;
  /** Invoices with a document: at least one line sold or taken back. */
  documents: number;
  /** Invoices whose lines are not all of one reason. */
  mixedInvoices: number;
  /** Lines that join an earlier line of their invoice: same SKU, price and sign. */
  mergedLines: number;
  subPennyLines: number;
  linesByReason: Record<LineReason, number>;
  /** Invoices all of whose lines are of this reason. */
  invoicesByReason: Record<LineReason, number>;
}

/** How many invoices of each mix of reasons a sample holds at least. */
const COPIES_OF_A_MIX = 3;

const none = (): Record<LineReason, number> => ({ sale: 0, return: 0, freeSale: 0, adjustment: 0, negativePrice: 0 });

function createCounts(): { readonly counts: RetailCounts; add(invoice: RetailInvoice): void } {
  const skus = new Set<string>();
  const counts: RetailCounts = {
    invoices: 0,
    lines: 0,
    skus: 0,
    documents: 0,
    mixedInvoices: 0,
    mergedLines: 0,
    subPennyLines: 0,
    linesByReason: none(),
    invoicesByReason: none(),
  };
  return {
    counts,
    add(invoice) {
      const reasons = new Set<LineReason>();
      const merged = new Set<string>();
      for (const line of invoice.lines) {
        counts.linesByReason[line.reason] += 1;
        reasons.add(line.reason);
        skus.add(line.sku);
        if (isSubPenny(line)) counts.subPennyLines += 1;
        if (isSold(line)) merged.add(`${line.sku}\0${line.priceText}\0${line.quantity < 0}`);
      }
      counts.invoices += 1;
      counts.lines += invoice.lines.length;
      counts.mergedLines += invoice.lines.filter(isSold).length - merged.size;
      counts.skus = skus.size;
      if (invoice.lines.some(isSold)) counts.documents += 1;
      const [only] = reasons;
      if (reasons.size > 1) counts.mixedInvoices += 1;
      else if (only !== undefined) counts.invoicesByReason[only] += 1;
    },
  };
}

const isSold = (line: RetailLine): boolean => line.reason === 'sale' || line.reason === 'return' || line.reason === 'freeSale';
const isSubPenny = (line: RetailLine): boolean => line.price.decimals > 2 && line.price.amount % 10 ** (line.price.decimals - 2) !== 0;

export interface Survey {
  readonly counts: RetailCounts;
  /** The invoices of a sample; null for all. */
  readonly chosen: ReadonlySet<string> | null;
}

/**
 * Reads the whole file once. A sample of `sampleSize` invoices holds what is rare before what is common: the longest invoice, the
 * largest quantities, prices below a penny, prices below 0, invoices numbered with a letter, every mix of reasons; the rest is
 * spread evenly over the year. The same file gives the same sample.
 */
export async function surveyFile(
  path: string,
  sampleSize?: number,
  onInvoice: (invoice: RetailInvoice) => void = () => undefined,
): Promise<Survey> {
  const counter = createCounts();
  const numbers: string[] = [];
  const rare = new Set<string>();
  const seenOfMix = new Map<string, number>();
  let longest = { number: '', lines: 0 };
  let largest = { number: '', quantity: 0 };
  for await (const invoice of readInvoices(path)) {
    counter.add(invoice);
    onInvoice(invoice);
    numbers.push(invoice.number);
    if (invoice.lines.length > longest.lines) longest = { number: invoice.number, lines: invoice.lines.length };
    for (const line of invoice.lines) {
      if (Math.abs(line.quantity) > largest.quantity) largest = { number: invoice.number, quantity: Math.abs(line.quantity) };
      if (isSubPenny(line)) rare.add(invoice.number);
    }
    // A mix: the letter in front of the number, and the reasons of its lines.
    const mix = `${/^\D*/.exec(invoice.number)?.[0]} ${[...new Set(invoice.lines.map((line) => line.reason))].sort().join('+')}`;
    const seen = seenOfMix.get(mix) ?? 0;
    seenOfMix.set(mix, seen + 1);
    if (seen < COPIES_OF_A_MIX) rare.add(invoice.number);
  }
  if (sampleSize === undefined || sampleSize >= numbers.length) return { counts: counter.counts, chosen: null };
  const chosen = new Set([longest.number, largest.number, ...rare].filter((number) => number !== ''));
  const wanted = Math.max(sampleSize - chosen.size, 0);
  for (let index = 0; index < wanted; index += 1) chosen.add(numbers[Math.floor((index * numbers.length) / wanted)] ?? '');
  return { counts: counter.counts, chosen };
}

export interface Replayed {
  readonly counts: RetailCounts;
  /** What the till refused, as it should: lines priced below 0. */
  readonly refusedLines: number;
  readonly documents: number;
  readonly totalMinor: bigint;
  readonly requests: number;
}

/** Sells every invoice, many requests ahead of the answers. `onInvoice` hears each one before it is sent. */
export async function replayInvoices(
  till: TillConnection,
  invoices: AsyncIterable<RetailInvoice>,
  onInvoice: (invoice: RetailInvoice) => void,
): Promise<Replayed> {
  const counter = createCounts();
  const underWay: { readonly requests: number; readonly sale: Promise<InvoiceOutcome> }[] = [];
  const sum = { inFlight: 0, requests: 0, refusedLines: 0, documents: 0, totalMinor: 0n };
  const settleOldest = async (): Promise<void> => {
    const oldest = underWay.shift();
    if (oldest === undefined) return;
    const outcome = await oldest.sale;
    sum.inFlight -= oldest.requests;
    sum.refusedLines += outcome.refusedLines;
    sum.documents += outcome.totalMinor === null ? 0 : 1;
    sum.totalMinor += outcome.totalMinor ?? 0n;
  };
  for await (const invoice of invoices) {
    onInvoice(invoice);
    counter.add(invoice);
    const { requests, sale } = sellInvoice(till, invoice);
    // Awaited in its turn below; one that fails before its turn is no unhandled rejection.
    sale.catch(() => undefined);
    underWay.push({ requests, sale });
    sum.inFlight += requests;
    sum.requests += requests;
    while (sum.inFlight > IN_FLIGHT && underWay.length > 1) await settleOldest();
  }
  while (underWay.length > 0) await settleOldest();
  return {
    counts: counter.counts,
    refusedLines: sum.refusedLines,
    documents: sum.documents,
    totalMinor: sum.totalMinor,
    requests: sum.requests,
  };
}

interface InvoiceOutcome {
  readonly refusedLines: number;
  /** Null where the invoice has no document. */
  readonly totalMinor: bigint | null;
}

function sellInvoice(till: TillConnection, invoice: RetailInvoice): { readonly requests: number; readonly sale: Promise<InvoiceOutcome> } {
  const replies: Promise<TillReply>[] = [];
  const ask = (body: Readonly<Record<string, unknown>>): Promise<TillReply> => {
    const reply = till.request(body);
    reply.catch(() => undefined);
    replies.push(reply);
    return reply;
  };
  const offered = invoice.lines.filter((line) => line.reason !== 'adjustment').map((line) => ({ line, reply: ask(addItem(line)) }));
  const refused = offered.filter(({ line }) => line.reason === 'negativePrice');
  // A refused line stays as a red row until it is cleared, and total asks about it.
  if (refused.length > 0) void ask({ type: 'clearRefused' });
  const adjusted = invoice.lines.filter((line) => line.reason === 'adjustment');
  const adjustment = adjusted.length > 0 ? ask(adjustStock(invoice.number, adjusted)) : null;
  const totalPennies = invoiceTotalPennies(invoice);
  const payment =
    refused.length < offered.length ? ask({ type: 'payCash', amountMinor: Number(totalPennies), externalReference: invoice.number }) : null;
  const settle = async (): Promise<InvoiceOutcome> => {
    for (const { line, reply } of offered) {
      const answer = await reply;
      const refusal = answer.type === 'refused' ? answer.refusal.type : null;
      const expected = line.reason === 'negativePrice' ? 'negativePrice' : null;
      if (refusal !== expected) throw surprise(invoice, `line ${line.sku} × ${line.quantity} at ${line.priceText}`, answer);
    }
    const moved = await adjustment;
    if (moved?.type === 'refused') throw surprise(invoice, 'its stock adjustment', moved);
    const paid = await payment;
    if (paid === null) return { refusedLines: refused.length, totalMinor: null };
    const completed = paid.type === 'reply' ? paid.value.completed : undefined;
    if (completed === undefined || BigInt(completed.totalMinor) !== totalPennies || completed.changeMinor !== 0) {
      throw surprise(invoice, `payment of ${totalPennies} pennies`, paid);
    }
    return { refusedLines: refused.length, totalMinor: BigInt(completed.totalMinor) };
  };
  return { requests: replies.length, sale: settle() };
}

const addItem = (line: RetailLine): Readonly<Record<string, unknown>> => ({
  type: 'addItem',
  sku: line.sku,
  quantity: line.quantity,
  override: { unitPrice: line.price, reason: PRICE_REASON },
  confirmed: true,
});

/** The contract counts what leaves the store; the file writes what the store has less of as a negative quantity. */
const adjustStock = (number: string, lines: readonly RetailLine[]): Readonly<Record<string, unknown>> => ({
  type: 'adjustStock',
  reason: ADJUSTMENT_REASON,
  movements: lines.map((line) => ({ sku: line.sku, quantity: -line.quantity, unit: 'piece' })),
  externalReference: number,
});

function surprise(invoice: RetailInvoice, what: string, answer: TillReply): CommandFailed {
  const said =
    answer.type === 'refused'
      ? `refused as ${answer.refusal.type} ${JSON.stringify(answer.refusal.detail)}`
      : `answered ${JSON.stringify(answer.value)}`;
  return new CommandFailed(`Invoice ${invoice.number}: the till ${said}: ${what}. The replay stops here; what was sold before it stands.`);
}

/** The file's invoices, or those of a sample, in the file's order. */
export async function* chosenInvoices(path: string, survey: Survey): AsyncGenerator<RetailInvoice> {
  for await (const invoice of readInvoices(path)) if (survey.chosen === null || survey.chosen.has(invoice.number)) yield invoice;
}
