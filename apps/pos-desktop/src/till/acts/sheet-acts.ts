/**
 * Stock-count sheets at a lane: working documents of its store (docs: SPEC, section W). What is written is a signed piece of the sheet; closing it writes what it states as a ledger entry in the same transaction. What a sheet holds, and the change that
 * an edit makes of it, was found out before the request is handled (`sheets/sheet-book.ts`).
 */
import { assert, unreachable, type Signer } from '@holdfast/base';
import { printableCode, stockCountEntry } from '@holdfast/domain';
import { headsOf, hexToBytes, signPiece, type DocumentStore, type PieceContent, type PieceName } from '@holdfast/sync';

import type { ReplyValue, RequestBody } from '../../shared/till-contract.ts';
import type { SheetAnswer, SheetQuestion } from '../sheets/sheet-questions.ts';
import { writtenClock } from '../store-time.ts';
import type { Done, Register } from './register.ts';

export interface SheetPorts {
  readonly documents: DocumentStore;
  readonly signer: Signer;
  /** After the commit of a piece. */
  readonly onWritten: () => void;
}

const SHEET_TYPES = ['sheets', 'sheet', 'openSheet', 'countGoods', 'takeBackCount', 'closeSheet'] as const;
type SheetRequest = Extract<RequestBody, { type: (typeof SHEET_TYPES)[number] }>;
type SheetCommand = Exclude<SheetRequest, { type: 'sheets' | 'sheet' }>;

const isSheetRequest = (body: RequestBody): body is SheetRequest => (SHEET_TYPES as readonly string[]).includes(body.type);

export class SheetActs {
  readonly #register: Register;

  constructor(register: Register) {
    this.#register = register;
  }

  /** What has to be found out for a request; undefined: nothing. `id`: the request's, by which a count is known. */
  questionOf(id: string, body: RequestBody): SheetQuestion | undefined {
    if (!isSheetRequest(body)) return undefined;
    switch (body.type) {
      case 'sheets':
        return { type: 'list' };
      case 'sheet':
        return { type: 'view', document: body.document };
      case 'openSheet':
        return { type: 'begin', name: body.name };
      case 'closeSheet':
        return { type: 'closing', document: body.document };
      case 'takeBackCount':
        return { type: 'change', document: body.document, edit: { type: 'takeBack', countId: body.countId } };
      case 'countGoods':
        return this.#countQuestion(id, body);
      default:
        return unreachable(body, 'a request about sheets');
    }
  }

  #countQuestion(
    countId: string,
    { document, sku, quantity, place }: Extract<SheetRequest, { type: 'countGoods' }>,
  ): SheetQuestion | undefined {
    const [view, settings] = [this.#register.newestView(), this.#register.newestView()?.settings()];
    const item = view?.item(sku);
    if (item === undefined || settings?.ok !== true) return undefined;
    const moment = this.#register.now();
    const { operator } = this.#register.header(settings.value, moment);
    const { clockUncertaintyMs: uncertaintyMs } = writtenClock(moment);
    const own = this.#register.ports.store.epochs().at(-1);
    const count = { countId, sku, quantity, unit: item.unit, user: operator, atMs: moment.atMs, uncertaintyMs };
    const more = {
      ...(place !== undefined && { place }),
      ...(own?.diverged === false && { counted: { device: own.device, epoch: own.epoch, seq: own.headSeq } }),
    };
    return { type: 'change', document, edit: { type: 'count', count: { ...count, ...more } } };
  }

  answer(type: 'sheets' | 'sheet'): ReplyValue | undefined {
    const told = this.#told();
    if (type === 'sheets') return { sheets: [...(told.list ?? [])] };
    if (told.view === undefined) return undefined;
    const view = this.#register.newestView();
    const lines = told.view.lines.map(({ sku, quantity, unit }) => ({
      sku,
      name: view?.item(sku)?.name ?? sku,
      quantity: { value: quantity, unit },
    }));
    const counts = told.view.counts.map(({ countId, sku, quantity, unit, user, atMs, place }) => ({
      countId,
      sku,
      quantity: { value: quantity, unit },
      user,
      atMs,
      ...(place !== undefined && { place }),
    }));
    return { sheet: { ...told.view, lines, counts } };
  }

  #told(): SheetAnswer {
    return this.#register.hub?.sheet ?? {};
  }

  write(body: SheetCommand): Done {
    const open = this.#register.open();
    if ('type' in open) return this.#register.refuse(open);
    if (body.type === 'openSheet') {
      const document = Buffer.from(this.#register.ports.random.bytes(16)).toString('hex');
      return this.#writePiece(document, 'opening', this.#told().change, { document });
    }
    if (body.type === 'closeSheet') return this.#close(body.document);
    if (body.type === 'countGoods' && open.view.item(body.sku) === undefined)
      return this.#register.refuse({ type: 'unknownCode', detail: { code: printableCode(body.sku) } });
    const pieces = this.#ports().documents.document(body.document);
    if (pieces.some(({ type }) => type === 'closing')) return this.#register.refuse({ type: 'sheetClosed', detail: {} });
    return this.#writePiece(body.document, 'change', this.#told().change, {});
  }

  /** Again, too: then it states what late counts changed. */
  #close(document: string): Done {
    const { closing } = this.#told();
    if (closing === undefined) return this.#register.refuse({ type: 'noSuchSheet', detail: {} });
    const open = this.#register.open();
    if ('type' in open) return this.#register.refuse(open);
    const moment = this.#register.now();
    const entry = stockCountEntry(this.#register.header(open.settings, moment), { document, ...closing });
    if (!entry.ok) return this.#register.refuse(entry.error);
    const amount = closing.lines.reduce((most, { quantity }) => Math.max(most, quantity), 0);
    const denial = this.#register.people.findDenial(open.authority, { action: 'adjustStock', amount }, { reference: 'stock' });
    if (denial !== undefined) return this.#register.refuse(denial);
    this.#register.append(entry.value, moment);
    const covers = closing.covers.map((hash) => hexToBytes(hash));
    return { ...this.#writePiece(document, 'closing', new Uint8Array(), {}, covers), appended: true };
  }

  #ports(): SheetPorts {
    const { sheets } = this.#register.ports;
    assert(sheets !== undefined, 'a lane that is asked about sheets keeps some');
    return sheets;
  }

  #writePiece(
    document: string,
    type: PieceContent['type'],
    payload: Uint8Array | undefined,
    value: ReplyValue,
    covers: readonly Uint8Array[] = [],
  ): Done {
    const [identity, settings] = [this.#register.identity(), this.#register.newestView()?.settings()];
    if (payload === undefined || identity === null || settings?.ok !== true)
      return this.#register.refuse({ type: 'noSuchSheet', detail: {} });
    const { documents, signer } = this.#ports();
    const moment = this.#register.now();
    const piece = signPiece(
      { signer, hash: this.#register.ports.hash },
      identity,
      { document, author: identity.device, last: lastOf(documents, document, identity.device) },
      {
        type,
        user: this.#register.header(settings.value, moment).operator,
        wallMs: moment.wallMs,
        hubOffsetMs: writtenClock(moment).hubOffsetMs,
        payload,
        covers,
      },
    );
    const taken = documents.take([piece]);
    assert(taken.length === 1, 'what this lane writes follows what it holds');
    return { ...this.#register.unchanged({ value }), wroteDocument: true };
  }
}

/** Where this lane goes on; of two histories (its disk was copied once) the longer one. */
function lastOf(documents: DocumentStore, document: string, author: string): PieceName | null {
  const own = headsOf(documents.links([document]).filter((link) => link.author === author));
  return own.reduce<PieceName | null>((last, head) => (last === null || head.number > last.number ? head : last), null);
}
