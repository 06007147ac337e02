/** One label as dots: what the fields of a format come to. It knows the subset of ZPL that `labels/zpl.ts` writes, and says what it does not know. */
import { loadFonts, PLAIN_FONTS } from '@holdfast/paper';
import { createCanvas, type Canvas, type SKRSContext2D } from '@napi-rs/canvas';
import bwipjs from 'bwip-js';

/** Widths of bars and gaps in turn. */
const barsOf = bwipjs.raw as unknown as (options: Readonly<Record<string, string>>) => readonly { readonly sbs: readonly number[] }[];

/** Letters of the printers' own font are narrower than those of ours. */
const NARROW = 0.85;
const CAPTION_DOTS = 20;

interface Field {
  x: number;
  y: number;
  letterDots: number;
  block: { readonly width: number; readonly lines: number; readonly align: string } | undefined;
  escape: string | undefined;
  bars: { readonly kind: keyof typeof SYMBOLS; readonly height: number; readonly hasCaption: boolean } | undefined;
  data: string;
}

const SYMBOLS = { BE: 'ean13', B8: 'ean8', B2: 'interleaved2of5', BC: 'code128' } as const;

const emptyField = (): Field => ({ x: 0, y: 0, letterDots: 20, block: undefined, escape: undefined, bars: undefined, data: '' });

export interface DrawnLabel {
  readonly canvas: Canvas;
  /** What stands on it, field by field. */
  readonly texts: readonly string[];
  readonly unknown: readonly string[];
  readonly copies: number;
}

/** `format`: the commands between `^XA` and `^XZ`, each with its two letters in front. */
export function drawLabel(format: readonly string[], fallback: { readonly width: number; readonly height: number }): DrawnLabel {
  loadFonts();
  const number = (code: string): number => Number(format.find((command) => command.startsWith(code))?.slice(2) ?? 0);
  const canvas = createCanvas(number('PW') || fallback.width, number('LL') || fallback.height);
  const context = canvas.getContext('2d');
  context.fillStyle = '#fff';
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.fillStyle = '#000';
  const texts: string[] = [];
  const unknown: string[] = [];
  let field = emptyField();
  let module = 2;
  for (const command of format) {
    const [code, rest] = [command.slice(0, 2), command.slice(2)];
    const parts = rest.split(',');
    const at = (index: number): number => Number(parts[index] ?? 0);
    switch (code) {
      case 'CI':
      case 'PW':
      case 'LL':
      case 'LH':
      case 'PQ':
        break;
      case 'FO':
        field = { ...emptyField(), x: at(0), y: at(1) };
        break;
      case 'A0':
        field.letterDots = at(1);
        break;
      case 'FB':
        field.block = { width: at(0), lines: at(1), align: parts[3] ?? 'L' };
        break;
      case 'FH':
        field.escape = rest === '' ? '_' : rest;
        break;
      case 'BY':
        module = at(0);
        break;
      case 'BE':
      case 'B8':
      case 'B2':
      case 'BC':
        field.bars = { kind: code, height: at(1), hasCaption: parts[2] === 'Y' };
        break;
      case 'FD':
        field.data = field.escape === undefined ? rest : unescaped(rest, field.escape);
        break;
      case 'GB':
        context.fillRect(field.x, field.y, at(0), Math.max(at(1), at(2)));
        break;
      case 'GF':
        drawGraphic(context, field, parts);
        break;
      case 'FS':
        if (field.data !== '') texts.push(field.data);
        if (field.bars !== undefined) drawBars(context, field, field.bars, module);
        else if (field.data !== '') drawText(context, field);
        field = emptyField();
        break;
      default:
        unknown.push(`^${code}`);
    }
  }
  return { canvas, texts, unknown, copies: Math.max(1, number('PQ')) };
}

/** Hexadecimal bytes are bytes of UTF-8. */
function unescaped(text: string, escape: string): string {
  const bytes: number[] = [];
  for (let at = 0; at < text.length; at += 1) {
    const hex = text[at] === escape ? /^[\dA-Fa-f]{2}/.exec(text.slice(at + 1))?.[0] : undefined;
    if (hex === undefined) bytes.push(...new TextEncoder().encode(text[at] ?? ''));
    else {
      bytes.push(Number.parseInt(hex, 16));
      at += 2;
    }
  }
  return new TextDecoder().decode(Uint8Array.from(bytes));
}

function drawText(context: SKRSContext2D, { x, y, letterDots, block, data }: Field): void {
  context.save();
  context.font = `${letterDots * 0.92}px ${PLAIN_FONTS}`;
  context.textBaseline = 'top';
  context.translate(x, y);
  context.scale(NARROW, 1);
  const width = (block?.width ?? Number.MAX_SAFE_INTEGER) / NARROW;
  const lines = wrapped(context, data, width).slice(0, block?.lines ?? 1);
  lines.forEach((line, index) => {
    const left = block?.align === 'R' ? width - context.measureText(line).width : 0;
    context.fillText(line, left, index * letterDots);
  });
  context.restore();
}

function wrapped(context: SKRSContext2D, text: string, width: number): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    const next = line === '' ? word : `${line} ${word}`;
    if (line !== '' && context.measureText(next).width > width) {
      lines.push(line);
      line = word;
    } else line = next;
  }
  return [...lines, line];
}

function drawBars(
  context: SKRSContext2D,
  { x, y, data }: Field,
  { kind, height, hasCaption }: NonNullable<Field['bars']>,
  module: number,
): void {
  const [symbol] = barsOf({ bcid: SYMBOLS[kind], text: data, ...(kind === 'BE' || kind === 'B8' ? { includecheck: 'true' } : {}) });
  let left = x;
  (symbol?.sbs ?? []).forEach((modules, index) => {
    if (index % 2 === 0) context.fillRect(left, y, modules * module, height);
    left += modules * module;
  });
  if (!hasCaption) return;
  context.save();
  context.font = `${CAPTION_DOTS}px ${PLAIN_FONTS}`;
  context.textBaseline = 'top';
  context.textAlign = 'center';
  context.fillText(kind === 'BE' || kind === 'B8' ? data + checkDigit(data) : data, (x + left) / 2, y + height + 2);
  context.restore();
}

/** Weights 3 and 1, from the right. */
function checkDigit(digits: string): number {
  const sum = [...digits].toReversed().reduce((total, digit, index) => total + Number(digit) * (index % 2 === 0 ? 3 : 1), 0);
  return (10 - (sum % 10)) % 10;
}

/** `^GFA,bytes,bytes,bytesPerRow,hexadecimal`. */
function drawGraphic(context: SKRSContext2D, { x, y }: Field, parts: readonly string[]): void {
  const rowBytes = Number(parts[3]);
  const bytes = Buffer.from(parts[4] ?? '', 'hex');
  bytes.forEach((byte, index) => {
    for (let bit = 0; bit < 8; bit += 1) {
      if ((byte & (0x80 >> bit)) !== 0) context.fillRect(x + (index % rowBytes) * 8 + bit, y + Math.floor(index / rowBytes), 1, 1);
    }
  });
}
