/** What the till's main thread asks of its sheets, which the sync worker reads. */
import { unreachable } from '@holdfast/base';

import type { SheetBook, SheetClosing, SheetSummary, SheetView } from './sheet-book.ts';
import type { SheetEdit } from './stock-sheet.ts';

export type SheetQuestion =
  | { readonly type: 'list' }
  | { readonly type: 'view'; readonly document: string }
  | { readonly type: 'begin'; readonly name: string }
  | { readonly type: 'change'; readonly document: string; readonly edit: SheetEdit }
  | { readonly type: 'closing'; readonly document: string };

export interface SheetAnswer {
  readonly list?: readonly SheetSummary[];
  readonly view?: SheetView;
  /** An opening's payload, or a change's. */
  readonly change?: Uint8Array;
  readonly closing?: SheetClosing;
}

/** Members are absent where there is no such sheet, or nothing to change. */
export function answerSheet(book: SheetBook, question: SheetQuestion): SheetAnswer {
  switch (question.type) {
    case 'list':
      return { list: book.list() };
    case 'view': {
      const view = book.view(question.document);
      return view === null ? {} : { view };
    }
    case 'begin':
      return { change: book.begin(question.name) };
    case 'change': {
      const change = book.change(question.document, question.edit);
      return change === null ? {} : { change };
    }
    case 'closing': {
      const closing = book.closing(question.document);
      return closing === null ? {} : { closing };
    }
    default:
      return unreachable(question, 'a question about sheets');
  }
}
