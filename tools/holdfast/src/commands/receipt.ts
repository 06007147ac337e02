import { readFile, writeFile } from 'node:fs/promises';

import { systemTimers } from '@holdfast/base/node';
import { createPrinter, encodeDocument, isPrinterModelId, memoryLink, PRINTER_MODEL_IDS, type PrinterModelId } from '@holdfast/hardware';
import { createVirtualPrinter } from '@holdfast/hardware/virtual';
import { documentToHtml, documentToPdf, type PrintDocument } from '@holdfast/paper';
import { receiptSchema, receiptToPrint } from '@holdfast/pos-desktop/receipt-print';

import { CommandFailed, EXIT, UsageError, userPath, type Command, type CommandInput } from '../command.ts';

export const command: Command = {
  name: 'receipt',
  usage: 'FILE [--printer MODEL [--out BYTES] [--png PICTURE]] [--html PAGE] [--pdf PDF]',
  about: [
    'Sets a receipt for one printer model, or as a page or a PDF for whoever wants no paper. FILE is the receipt as JSON, as a till answers it (docs/DEVICES.md); "-" reads it from stdin.',
    '--out writes the bytes that the printer would get, --png the paper that a virtual printer of that model makes of these very bytes.',
    'Without either, the text lines of the paper are printed.',
  ].join('\n'),
  flags: {
    printer: { type: 'string', value: 'MODEL', about: `One of: ${PRINTER_MODEL_IDS.join(', ')}.` },
    locale: { type: 'string', value: 'TAG', about: 'The language of numbers and the direction of lines (BCP 47); en where absent.' },
    mark: { type: 'string', value: 'TEXT', about: 'Stands above the receipt, as over a second copy.' },
    html: { type: 'string', value: 'FILE', about: 'Where the page goes: everything is in it, and text is text.' },
    pdf: { type: 'string', value: 'FILE', about: 'Where the PDF goes: one page, 80 mm wide.' },
    out: { type: 'string', value: 'FILE', about: 'Where the bytes go.' },
    png: { type: 'string', value: 'FILE', about: 'Where the picture goes.' },
  },
  positionals: { min: 1, max: 1 },
  examples: [
    'pnpm holdfast receipt sale.json --printer epson-tm-t20iii --png sale.png',
    'pnpm holdfast receipt sale.json --printer pos-5890 --locale ar --out sale.bin',
    'pnpm holdfast receipt sale.json --locale ja --html sale.html --pdf sale.pdf',
  ],
  run: setReceipt,
};

async function setReceipt(input: CommandInput): Promise<number> {
  const [html, pdf] = [input.text('html'), input.text('pdf')];
  const isForPaper = input.text('printer') !== undefined || (html === undefined && pdf === undefined);
  const model = isForPaper ? modelOf(input.need('printer')) : undefined;
  if (model === undefined && (input.text('out') ?? input.text('png')) !== undefined)
    throw new UsageError('--out and --png need --printer.');
  const receipt = receiptSchema.safeParse(await readJson(input.positionals[0] ?? ''));
  if (!receipt.success)
    throw new CommandFailed(
      `This is no receipt: ${receipt.error.issues[0]?.path.join('.') ?? ''} ${receipt.error.issues[0]?.message ?? ''}`.trim(),
    );
  const language = localeOf(input.text('locale') ?? receipt.data.language ?? 'en');
  const mark = input.text('mark');
  const document = receiptToPrint(receipt.data, { locale: language, ...(mark !== undefined && { mark }) });
  const facts = { title: receipt.data.receiptNumber, language };
  if (html !== undefined) await writeFile(userPath(html), documentToHtml(document, facts));
  if (pdf !== undefined) await writeFile(userPath(pdf), documentToPdf(document, facts));
  if (model !== undefined) return await setOnPaper(input, model, { document, receiptNumber: receipt.data.receiptNumber });
  if (input.json) input.out(`${JSON.stringify({ type: 'receipt', html, pdf })}\n`);
  return EXIT.done;
}

function modelOf(text: string): PrinterModelId {
  if (!isPrinterModelId(text)) throw new UsageError(`There is no printer model "${text}". Models: ${PRINTER_MODEL_IDS.join(', ')}.`);
  return text;
}

function localeOf(text: string): string {
  if (!isLocale(text)) throw new UsageError(`--locale is a language tag such as de-DE, not "${text}".`);
  return text;
}

async function setOnPaper(
  input: CommandInput,
  model: PrinterModelId,
  { document, receiptNumber }: { readonly document: PrintDocument; readonly receiptNumber: string },
): Promise<number> {
  const bytes = encodeDocument(document, model);
  const [out, png] = [input.text('out'), input.text('png')];
  if (out !== undefined) await writeFile(userPath(out), bytes);
  const paper = await printVirtually(model, bytes);
  if (png !== undefined) await writeFile(userPath(png), paper.png());
  const { lines, cuts, unknownCommands } = paper.state();
  if (input.json) input.out(`${JSON.stringify({ type: 'receipt', model, bytes: bytes.length, lines, cuts, unknownCommands })}\n`);
  else if (out === undefined && png === undefined) input.out(`${paper.text().trimEnd()}\n`);
  else input.err(`${receiptNumber} for ${model}: ${bytes.length} bytes.\n`);
  return EXIT.done;
}

async function printVirtually(model: PrinterModelId, bytes: Uint8Array): Promise<ReturnType<typeof createVirtualPrinter>> {
  const paper = createVirtualPrinter({ model, timers: systemTimers });
  const printer = createPrinter({ model, link: memoryLink('memory://paper', (peer) => paper.connect(peer)) });
  const printed = await printer.print(bytes);
  printer.close();
  if (!printed.ok) throw new CommandFailed(`The virtual printer did not print it: ${printed.error.reason}.`);
  return paper;
}

async function readJson(path: string): Promise<unknown> {
  try {
    const text = path === '-' ? await readStdin() : await readFile(userPath(path), 'utf8');
    return JSON.parse(text);
  } catch (error) {
    throw new CommandFailed(`${path} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
}

async function readStdin(): Promise<string> {
  let text = '';
  for await (const chunk of process.stdin.setEncoding('utf8')) text += String(chunk);
  return text;
}

function isLocale(text: string): boolean {
  try {
    return Intl.getCanonicalLocales(text).length === 1;
  } catch {
    return false;
  }
}
