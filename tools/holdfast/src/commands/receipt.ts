import { readFile, writeFile } from 'node:fs/promises';

import { systemTimers } from '@holdfast/base/node';
import { createPrinter, encodeDocument, isPrinterModelId, memoryLink, PRINTER_MODEL_IDS, type PrinterModelId } from '@holdfast/hardware';
import { createVirtualPrinter } from '@holdfast/hardware/virtual';
import { receiptSchema, receiptToPrint } from '@holdfast/pos-desktop/receipt-print';

import { CommandFailed, EXIT, UsageError, userPath, type Command, type CommandInput } from '../command.ts';

export const command: Command = {
  name: 'receipt',
  usage: 'FILE --printer MODEL [--out BYTES] [--png PICTURE]',
  about: [
    'Sets a receipt for one printer model. FILE is the receipt as JSON, as a till answers it (docs/DEVICES.md); "-" reads it from stdin.',
    '--out writes the bytes that the printer would get, --png the paper that a virtual printer of that model makes of these very bytes.',
    'Without either, the text lines of the paper are printed.',
  ].join('\n'),
  flags: {
    printer: { type: 'string', value: 'MODEL', about: `One of: ${PRINTER_MODEL_IDS.join(', ')}.` },
    locale: { type: 'string', value: 'TAG', about: 'The language of numbers and the direction of lines (BCP 47); en where absent.' },
    mark: { type: 'string', value: 'TEXT', about: 'Stands above the receipt, as over a second copy.' },
    out: { type: 'string', value: 'FILE', about: 'Where the bytes go.' },
    png: { type: 'string', value: 'FILE', about: 'Where the picture goes.' },
  },
  positionals: { min: 1, max: 1 },
  examples: [
    'pnpm holdfast receipt sale.json --printer epson-tm-t20iii --png sale.png',
    'pnpm holdfast receipt sale.json --printer pos-5890 --locale ar --out sale.bin',
  ],
  run: setReceipt,
};

async function setReceipt(input: CommandInput): Promise<number> {
  const model = input.need('printer');
  if (!isPrinterModelId(model)) throw new UsageError(`There is no printer model "${model}". Models: ${PRINTER_MODEL_IDS.join(', ')}.`);
  const locale = input.text('locale') ?? 'en';
  if (!isLocale(locale)) throw new UsageError(`--locale is a language tag such as de-DE, not "${locale}".`);
  const receipt = receiptSchema.safeParse(await readJson(input.positionals[0] ?? ''));
  if (!receipt.success)
    throw new CommandFailed(
      `This is no receipt: ${receipt.error.issues[0]?.path.join('.') ?? ''} ${receipt.error.issues[0]?.message ?? ''}`.trim(),
    );
  const mark = input.text('mark');
  const bytes = encodeDocument(receiptToPrint(receipt.data, { locale, ...(mark !== undefined && { mark }) }), model);
  const [out, png] = [input.text('out'), input.text('png')];
  if (out !== undefined) await writeFile(userPath(out), bytes);
  const paper = await printVirtually(model, bytes);
  if (png !== undefined) await writeFile(userPath(png), paper.png());
  const { lines, cuts, unknownCommands } = paper.state();
  if (input.json) input.out(`${JSON.stringify({ type: 'receipt', model, bytes: bytes.length, lines, cuts, unknownCommands })}\n`);
  else if (out === undefined && png === undefined) input.out(`${paper.text().trimEnd()}\n`);
  else input.err(`${receipt.data.receiptNumber} for ${model}: ${bytes.length} bytes.\n`);
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
