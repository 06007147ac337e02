import { writeFile } from 'node:fs/promises';

import { systemClock, systemTimers } from '@holdfast/base/node';
import { formatUnitPrice, pricedSymbol } from '@holdfast/domain';
import {
  createLabelPrinter,
  DEFAULT_STOCK,
  encodeLabel,
  isLabelModelId,
  LABEL_MODEL_IDS,
  linkOf,
  memoryLink,
  parseStock,
  type LabelDocument,
  type LabelModelId,
  type Link,
} from '@holdfast/hardware';
import { createVirtualLabelPrinter } from '@holdfast/hardware/virtual';

import { CommandFailed, EXIT, UsageError, userPath, type Command, type CommandInput } from '../command.ts';
import { accessTill, type LabelAnswer } from '../till-access.ts';

type ShelfLabel = LabelAnswer['labels'][number];

const DEFAULT_MODEL: LabelModelId = 'zpl-203';

export const command: Command = {
  name: 'label',
  usage: '--data DIR [CODE …] [--on DATE] [--printer MODEL@ADDRESS] [--size 60x40] [--copies N] [--out ZPL] [--png PICTURE] [--json]',
  about: [
    'Shelf labels, out of the catalogue of a running till, with or without its hub: of the codes that are named, or with --on alone of all goods whose',
    'price becomes another one on that day. With --on and codes, as the shelf is to say it that day. --printer prints them, and says so only when the',
    'printer has answered for all of them; --out writes the ZPL, --png the labels as a virtual printer makes them of these very bytes. Without any of',
    'these they are listed.',
  ].join('\n'),
  flags: {
    data: { type: 'string', value: 'DIR', about: 'The data folder of a running till.' },
    on: { type: 'string', value: 'DATE', about: 'A day of the store: YYYY-MM-DD.' },
    printer: {
      type: 'string',
      value: 'MODEL@ADDRESS',
      about: `One of ${LABEL_MODEL_IDS.join(', ')} (dots an inch): zpl-203@tcp://192.168.1.70:9100.`,
    },
    size: { type: 'string', value: 'WxH', about: 'Of one label, in millimetres; 60x40 where absent.' },
    copies: { type: 'string', value: 'N', about: 'Of each label; 1 where absent.' },
    out: { type: 'string', value: 'FILE', about: 'Where the ZPL goes.' },
    png: { type: 'string', value: 'FILE', about: 'Where the picture goes.' },
  },
  positionals: { min: 0, max: 500 },
  examples: [
    'pnpm holdfast label --data ./lane1 --on 2026-12-01 --printer zpl-203@tcp://192.168.1.70',
    'pnpm holdfast label --data ./lane1 4006381333931 --png label.png',
  ],
  run: printLabels,
};

async function printLabels(input: CommandInput): Promise<number> {
  const { on, stock, copies, printer } = readWish(input);
  const answer = await (await accessTill(userPath(input.need('data')))).labels({ codes: input.positionals, on });
  const model = printer?.model ?? DEFAULT_MODEL;
  const zpl = Buffer.concat(answer.labels.map((label) => encodeLabel(labelDocument(label, answer.locale), { model, stock, copies })));
  const [out, png] = [input.text('out'), input.text('png')];
  if (out !== undefined) await writeFile(userPath(out), zpl);
  if (png !== undefined) await writeFile(userPath(png), await drawnLabels(zpl, model));
  if (printer !== undefined && answer.labels.length > 0) await printOn(printer.link, model, zpl);
  if (input.json) input.out(`${JSON.stringify({ type: 'labels', ...answer, isPrinted: printer !== undefined })}\n`);
  else {
    const isSilent = out !== undefined || png !== undefined || printer !== undefined;
    if (!isSilent) for (const label of answer.labels) input.out(`${lineOf(label, answer.locale)}\n`);
    input.err(`${answer.labels.length} labels${printer === undefined ? '' : ' printed'}.\n`);
    for (const code of answer.missing) input.err(`Without a label: ${code} is not known, or has no price then.\n`);
  }
  return answer.missing.length === 0 ? EXIT.done : EXIT.failed;
}

function readWish(input: CommandInput) {
  const on = input.text('on');
  if (on === undefined && input.positionals.length === 0) throw new UsageError('Say which: codes, or --on DATE.');
  if (on !== undefined && !/^\d{4}-\d{2}-\d{2}$/.test(on)) throw new UsageError(`--on is a day such as 2026-12-01, not "${on}".`);
  const size = input.text('size');
  const stock = size === undefined ? DEFAULT_STOCK : parseStock(size);
  if (stock === undefined) throw new UsageError(`--size is width x height in millimetres, 25 to 200 each, such as 60x40, not "${size}".`);
  return { on, stock, copies: input.whole('copies', 1, 100) ?? 1, printer: readPrinter(input.text('printer')) };
}

function readPrinter(text: string | undefined): { readonly model: LabelModelId; readonly link: Link } | undefined {
  if (text === undefined) return undefined;
  const [, model = '', address = ''] = /^([a-z0-9-]+)@(\S+)$/.exec(text) ?? [];
  const link = linkOf({ kind: 'labelPrinter', model, address });
  if (!isLabelModelId(model) || !link.ok)
    throw new UsageError(`--printer ${text} is no MODEL@ADDRESS. Models: ${LABEL_MODEL_IDS.join(', ')}.`);
  return { model, link: link.value };
}

async function printOn(link: Link, model: LabelModelId, zpl: Uint8Array): Promise<void> {
  const printer = createLabelPrinter({ model, link, clock: systemClock, timers: systemTimers });
  const printed = await printer.print(zpl);
  printer.close();
  if (printed.ok) return;
  const { reason, retry, detail } = printed.error;
  const again = retry === 'safe' ? 'Nothing of it was printed.' : 'Some of it may hang out of the printer: look before you print again.';
  throw new CommandFailed(`The label printer did not print: ${reason}${detail === '' ? '' : `, ${detail}`}. ${again}`);
}

async function drawnLabels(zpl: Uint8Array, model: LabelModelId): Promise<Buffer> {
  const virtual = createVirtualLabelPrinter({ model, timers: systemTimers });
  await printOn(
    memoryLink('memory://labels', (peer) => virtual.connect(peer)),
    model,
    zpl,
  );
  return virtual.png();
}

/** What stands on it, in the words and figures of the store's language. */
export function labelDocument(label: ShelfLabel, locale: string): LabelDocument {
  const { name, brand, sku, gtin, plu, currency, unit, price, regular, measure, validFrom, validTo } = label;
  const money = (amount: ShelfLabel['price']): string => formatUnitPrice(amount, currency, locale);
  const symbol = pricedSymbol(unit);
  const barcode = barcodeOf(gtin);
  const dates = [validFrom, validTo].map((date) => (date === undefined ? '' : dateText(date, locale)));
  return {
    direction: directionOf(locale),
    title: brand === undefined || name.startsWith(brand) ? name : `${brand} ${name}`,
    price: money(price),
    ...(symbol !== '' && { per: `/ ${symbol}` }),
    ...(regular !== undefined && { before: money(regular) }),
    ...(measure !== undefined && { measure: `${money(measure.price)} / ${pricedSymbol(measure.unit)}` }),
    notes: [
      validTo === undefined ? (dates[0] ?? '') : `${dates[0]} – ${dates[1]}`,
      plu === undefined ? '' : `PLU ${plu}`,
      sku === gtin ? '' : sku,
    ].filter((note) => note !== ''),
    ...(barcode !== undefined && { barcode }),
  };
}

function barcodeOf(gtin: string | undefined): LabelDocument['barcode'] {
  if (gtin === undefined) return undefined;
  if (gtin.length === 8) return { kind: 'ean8', data: gtin };
  return gtin.length === 14 ? { kind: 'itf14', data: gtin } : { kind: 'ean13', data: gtin.padStart(13, '0') };
}

const RTL_SCRIPTS: ReadonlySet<string> = new Set(['Arab', 'Hebr', 'Syrc', 'Thaa']);

const directionOf = (locale: string): 'ltr' | 'rtl' => (RTL_SCRIPTS.has(new Intl.Locale(locale).maximize().script ?? '') ? 'rtl' : 'ltr');

const dateText = (date: string, locale: string): string =>
  new Intl.DateTimeFormat(locale, { dateStyle: 'short', timeZone: 'UTC' }).format(new Date(`${date}T12:00:00Z`));

function lineOf(label: ShelfLabel, locale: string): string {
  const { title, price, per = '', before, measure } = labelDocument(label, locale);
  return [label.sku, title, `${price} ${per}`.trim(), before === undefined ? '' : `was ${before}`, measure ?? '', label.validFrom ?? '']
    .filter((part) => part !== '')
    .join('  ');
}
