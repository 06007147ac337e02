/**
 * What is to stand on one shelf label, before any printer is known. Apps translate their own labels to this one; where it stands, how large, and
 * whether a printer's own letters can set it, `zpl.ts` decides.
 */
export interface LabelDocument {
  readonly direction: 'ltr' | 'rtl';
  /** Wraps to two lines; what is longer is cut. */
  readonly title: string;
  /** The largest of all. */
  readonly price: string;
  /** Behind the price, small: `/ kg`. */
  readonly per?: string;
  /** What it cost before: smaller, and struck out. */
  readonly before?: string;
  /** What a kilogram or litre costs. */
  readonly measure?: string;
  /** Small, one below the other: since when, its number. At most three. */
  readonly notes: readonly string[];
  readonly barcode?: LabelBarcode;
}

export interface LabelBarcode {
  readonly kind: 'ean13' | 'ean8' | 'itf14' | 'code128';
  readonly data: string;
}

export interface LabelStock {
  readonly widthMm: number;
  readonly heightMm: number;
}

export const DEFAULT_STOCK: LabelStock = { widthMm: 60, heightMm: 40 };
const [LEAST_MM, MOST_MM] = [25, 200];

/** `60x40`: width by height in millimetres; undefined where no such label can be set. */
export function parseStock(text: string): LabelStock | undefined {
  const [, width, height] = /^(\d{2,3})x(\d{2,3})$/.exec(text) ?? [];
  const stock = { widthMm: Number(width), heightMm: Number(height) };
  const fits = [stock.widthMm, stock.heightMm].every((mm) => mm >= LEAST_MM && mm <= MOST_MM);
  return fits ? stock : undefined;
}
