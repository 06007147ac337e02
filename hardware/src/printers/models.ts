/**
 * Printers as data. Width, language, code pages, barcodes and cutter are the encoder's own (receipt-printer-encoder 4); what it does not say
 * stands here: the paper, whether a drawer can be plugged in, and how the printer answers.
 */
import ReceiptPrinterEncoder from '@point-of-sale/receipt-printer-encoder';

/**
 * `inOrder`: it answers `GS r` (ESC/POS) or counts `ETB` (Star) after what was sent before has been printed. `none`: it never says anything,
 * so a job can only be taken for sent, not for printed.
 */
export type PrinterAnswers = 'inOrder' | 'none';

interface ModelFacts {
  readonly name: string;
  readonly paperMm: 58 | 80;
  /** A drawer plugs into it, or is part of it. */
  readonly hasDrawer: boolean;
  readonly answers: PrinterAnswers;
}

const FACTS = {
  'bixolon-srp350': { name: 'Bixolon SRP-350', paperMm: 80, hasDrawer: true, answers: 'inOrder' },
  'bixolon-srp350iii': { name: 'Bixolon SRP-350III', paperMm: 80, hasDrawer: true, answers: 'inOrder' },
  'citizen-ct-s310ii': { name: 'Citizen CT-S310II', paperMm: 80, hasDrawer: true, answers: 'inOrder' },
  'epson-tm-m30ii': { name: 'Epson TM-m30II', paperMm: 80, hasDrawer: true, answers: 'inOrder' },
  'epson-tm-m30iii': { name: 'Epson TM-m30III', paperMm: 80, hasDrawer: true, answers: 'inOrder' },
  'epson-tm-p20ii': { name: 'Epson TM-P20II', paperMm: 58, hasDrawer: false, answers: 'inOrder' },
  'epson-tm-t20ii': { name: 'Epson TM-T20II', paperMm: 80, hasDrawer: true, answers: 'inOrder' },
  'epson-tm-t20iii': { name: 'Epson TM-T20III', paperMm: 80, hasDrawer: true, answers: 'inOrder' },
  'epson-tm-t20iv': { name: 'Epson TM-T20IV', paperMm: 80, hasDrawer: true, answers: 'inOrder' },
  'epson-tm-t70': { name: 'Epson TM-T70', paperMm: 80, hasDrawer: true, answers: 'inOrder' },
  'epson-tm-t70ii': { name: 'Epson TM-T70II', paperMm: 80, hasDrawer: true, answers: 'inOrder' },
  'epson-tm-t88iii': { name: 'Epson TM-T88III', paperMm: 80, hasDrawer: true, answers: 'inOrder' },
  'epson-tm-t88iv': { name: 'Epson TM-T88IV', paperMm: 80, hasDrawer: true, answers: 'inOrder' },
  'epson-tm-t88v': { name: 'Epson TM-T88V', paperMm: 80, hasDrawer: true, answers: 'inOrder' },
  'epson-tm-t88vi': { name: 'Epson TM-T88VI', paperMm: 80, hasDrawer: true, answers: 'inOrder' },
  'epson-tm-t88vii': { name: 'Epson TM-T88VII', paperMm: 80, hasDrawer: true, answers: 'inOrder' },
  'fujitsu-fp1000': { name: 'Fujitsu FP-1000', paperMm: 80, hasDrawer: true, answers: 'inOrder' },
  'hp-a779': { name: 'HP A779', paperMm: 80, hasDrawer: true, answers: 'inOrder' },
  'metapace-t1': { name: 'Metapace T-1', paperMm: 80, hasDrawer: true, answers: 'inOrder' },
  'mpt-ii': { name: 'MPT-II', paperMm: 80, hasDrawer: false, answers: 'none' },
  'pos-5890': { name: 'POS-5890', paperMm: 58, hasDrawer: true, answers: 'none' },
  'pos-8360': { name: 'POS-8360', paperMm: 80, hasDrawer: true, answers: 'none' },
  'star-mc-print2': { name: 'Star mC-Print2', paperMm: 58, hasDrawer: true, answers: 'inOrder' },
  'star-mpop': { name: 'Star mPOP', paperMm: 58, hasDrawer: true, answers: 'inOrder' },
  'star-sm-l200': { name: 'Star SM-L200', paperMm: 58, hasDrawer: false, answers: 'inOrder' },
  'star-tsp100iii': { name: 'Star TSP100III', paperMm: 80, hasDrawer: true, answers: 'inOrder' },
  'star-tsp100iv': { name: 'Star TSP100IV', paperMm: 80, hasDrawer: true, answers: 'inOrder' },
  'star-tsp650ii': { name: 'Star TSP650II', paperMm: 80, hasDrawer: true, answers: 'inOrder' },
  sunmi: { name: 'Sunmi, built in, 58 mm', paperMm: 58, hasDrawer: true, answers: 'none' },
  'sunmi-p3mix': { name: 'Sunmi P3 MIX', paperMm: 80, hasDrawer: true, answers: 'none' },
  'xprinter-xp-n160ii': { name: 'Xprinter XP-N160II', paperMm: 80, hasDrawer: true, answers: 'inOrder' },
  'xprinter-xp-t80q': { name: 'Xprinter XP-T80Q', paperMm: 80, hasDrawer: true, answers: 'inOrder' },
  'youku-58t': { name: 'Youku 58T', paperMm: 58, hasDrawer: false, answers: 'none' },
} as const satisfies Partial<Record<string, ModelFacts>>;

export type PrinterModelId = keyof typeof FACTS;
export const PRINTER_MODEL_IDS = Object.keys(FACTS) as readonly PrinterModelId[];

export type PrinterLanguage = 'esc-pos' | 'star-prnt' | 'star-line';

export interface PrinterModel extends ModelFacts {
  readonly id: PrinterModelId;
  readonly language: PrinterLanguage;
  /** Characters of font A on a line. */
  readonly columns: number;
  readonly dots: number;
  readonly hasCutter: boolean;
  /** The name of its table of code pages. */
  readonly codePages: string;
}

export const isPrinterModelId = (text: string): text is PrinterModelId => Object.hasOwn(FACTS, text);

/** What the encoder says of one model. */
interface Capabilities {
  readonly codepages: string;
  readonly cutter?: { readonly feed: number };
}

export function printerModel(id: PrinterModelId): PrinterModel {
  const encoder = new ReceiptPrinterEncoder({ printerModel: id });
  const { codepages, cutter } = encoder.printerCapabilities as Capabilities;
  const facts: ModelFacts = FACTS[id];
  return {
    ...facts,
    id,
    language: encoder.language as PrinterLanguage,
    columns: encoder.columns,
    dots: encoder.printableWidth,
    hasCutter: cutter !== undefined,
    codePages: codepages,
  };
}
