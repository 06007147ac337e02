/**
 * A printer language as a virtual printer reads it: bytes become commands one by one, as they come; what is asked in real time is answered at
 * once, everything else is done in order, as far as the paper lets it.
 */
import type { PrintHead } from './print-head.ts';

export interface CommandHost {
  readonly head: PrintHead;
  /** A pulse for the drawer. */
  openDrawer(): void;
  /** Bytes to who printed. */
  answer(kind: 'realTime' | 'inOrder' | 'report', question: number): void;
  /** The host wants reports of every change. */
  setReports(isOn: boolean): void;
}

export interface Command {
  /** For the panel: `GS v 0`. */
  readonly name: string;
  /** Done as soon as it has come, also while the paper is out. */
  readonly isRealTime?: true;
  /** It feeds a line of letters. */
  readonly isLine?: true;
  readonly run: (host: CommandHost) => void;
}

export interface Language {
  /** The command that begins at `at`, and how many bytes it takes; undefined where more bytes must come first. */
  next(bytes: Uint8Array, at: number): { readonly command: Command; readonly length: number } | undefined;
  /** Forgets code pages and symbols in the making. */
  reset(): void;
}

/** Bytes of one code page as letters; an undefined one is a blank. */
export type CodePage = (byte: number) => string;
