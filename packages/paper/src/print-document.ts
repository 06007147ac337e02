/**
 * What is to be printed, before any printer is known: blocks of text and codes. The printer's width, code pages and language decide how they
 * come out; without any printer it is a page or a PDF. Apps translate their own documents to this one.
 */
import { z } from 'zod';

export type PrintAlign = 'start' | 'center';

/** `LOGO_MAX.bytes` in base64. */
const LOGO_TEXT_MAX = 16_384;

const look = { isBold: z.boolean().exactOptional(), isLarge: z.boolean().exactOptional() };

const printBlockSchema = z.discriminatedUnion('type', [
  /** Wraps at blanks; each newline begins a line. */
  z.object({ type: z.literal('text'), text: z.string(), align: z.enum(['start', 'center']).exactOptional(), ...look }),
  /** Two ends of a line: `start` wraps, `end` stays whole, on the last of its lines. */
  z.object({
    type: z.literal('row'),
    start: z.string(),
    end: z.string(),
    /** Its end stands in one column with those of the other amounts, also where ends begin at the paper's edge. */
    isAmount: z.boolean().exactOptional(),
    ...look,
  }),
  z.object({ type: z.literal('rule') }),
  z.object({ type: z.literal('feed'), lines: z.int().min(0).max(100) }),
  z.object({ type: z.literal('qr'), data: z.string() }),
  /** In the middle of the paper, in the form of `encodeLogo`, in base64. One that is none is left out. */
  z.object({ type: z.literal('picture'), png: z.string().max(LOGO_TEXT_MAX) }),
  /** Code 128; printable ASCII. */
  z.object({ type: z.literal('barcode'), data: z.string() }),
]);

export const printDocumentSchema = z.object({
  /** Which way the document's own language runs; a line of the other direction still runs its own way inside. */
  direction: z.enum(['ltr', 'rtl']),
  /** Stands above everything, large, where this is not the first copy. */
  mark: z.string().exactOptional(),
  /** The retailer's, above the first block: a picture in the form of `encodeLogo`, in base64. One that is none is left out. */
  logo: z.string().max(LOGO_TEXT_MAX).exactOptional(),
  /** SHA-256 of that picture, in hexadecimal, where somebody else has it. */
  logoHash: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .exactOptional(),
  blocks: z.array(printBlockSchema).readonly(),
});

export type PrintBlock = Readonly<z.infer<typeof printBlockSchema>>;
export type PrintDocument = Readonly<z.infer<typeof printDocumentSchema>>;
