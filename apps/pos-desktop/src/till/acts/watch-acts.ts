/** What changes around a lane without anybody at it doing anything, and stands in its journal all the same: its clock, and the settings of its store. */
import { LEDGER_KINDS, type LedgerEntry, type StoreSettings } from '@holdfast/domain';
import { readEntry } from '@holdfast/sync';

import type { Register } from './register.ts';

/** A clock that is kept in step is moved by less. */
const CLOCK_MOVED_MS = 5_000;
/** What a ledger holds of one value. */
const MAX_VALUE_LENGTH = 4_000;

export class WatchActs {
  readonly #register: Register;
  #last: { readonly wallMs: number; readonly monotonicMs: number } | undefined;
  readonly #readSeen: () => string | null | undefined;
  readonly #writeSeen: (settings: string) => void;

  constructor(register: Register) {
    this.#register = register;
    const { db } = register.ports;
    const read = db.prepare<[], string | null>('SELECT seen_settings FROM lane WHERE id = 1').pluck();
    const write = db.prepare<[string]>('UPDATE lane SET seen_settings = ? WHERE id = 1');
    this.#readSeen = () => read.get();
    this.#writeSeen = (settings) => void write.run(settings);
  }

  /** True where it was written that the clock moved. Before the first look of a process, only a clock that went back behind the last entry can be seen. */
  lookAtClock(): boolean {
    const { clock } = this.#register.ports;
    const [wallMs, monotonicMs] = [clock.nowMs(), clock.monotonicMs()];
    const last = this.#last;
    this.#last = { wallMs, monotonicMs };
    const lastWrittenMs = last === undefined ? this.#lastWrittenMs() : undefined;
    const expectedMs =
      last === undefined ? Math.max(lastWrittenMs ?? wallMs, wallMs) : last.wallMs + Math.round(monotonicMs - last.monotonicMs);
    if (Math.abs(wallMs - expectedMs) < CLOCK_MOVED_MS) return false;
    return this.#write([{ kind: LEDGER_KINDS.clockChange.kind, fields: { expectedMs, shownMs: wallMs } }]);
  }

  /** True where it was written that settings changed. What a lane begins with is no change. */
  lookAtSettings(): boolean {
    const settings = this.#register.newestView()?.settings();
    if (settings?.ok !== true) return false;
    const now = settingsText(settings.value);
    const seen = this.#readSeen() ?? undefined;
    if (seen === now) return false;
    const { lsn } = this.#register.ports.store.cut().position;
    const changes =
      seen === undefined
        ? []
        : changesOf(seen, now).map((change) => ({ kind: LEDGER_KINDS.settingChange.kind, fields: { ...change, lsn } }));
    return this.#write(changes, () => this.#writeSeen(now)) && changes.length > 0;
  }

  #lastWrittenMs(): number | undefined {
    const { store } = this.#register.ports;
    const epoch = store.epochs().at(-1);
    const [last] = epoch === undefined || epoch.headSeq === 0 ? [] : store.entriesAfter(epoch.epoch, epoch.headSeq - 1, 1, 2_000_000);
    const read = last === undefined ? undefined : readEntry(last.canonical);
    return read?.ok === true ? read.value.wallMs : undefined;
  }

  #write(entries: readonly LedgerEntry[], beside: () => void = () => {}): boolean {
    const settings = this.#register.newestView()?.settings();
    if (settings?.ok !== true) return false;
    const moment = this.#register.time.now();
    this.#register.ports.transactions.durable(() => {
      const header = this.#register.header(settings.value, moment);
      for (const { kind, fields } of entries) this.#register.append({ kind, fields: { ...header, ...fields } }, moment);
      beside();
    });
    if (entries.length > 0) this.#register.ports.onAppended();
    return true;
  }
}

/** One spelling for the same settings. */
const settingsText = (settings: StoreSettings): string =>
  JSON.stringify(Object.fromEntries(Object.entries(settings).toSorted(([left], [right]) => (left < right ? -1 : 1))));

function changesOf(before: string, after: string): readonly { readonly key: string; readonly before?: string; readonly after?: string }[] {
  const [old, young] = [JSON.parse(before), JSON.parse(after)] as readonly Readonly<Record<string, unknown>>[];
  const textOf = (value: unknown): string | undefined =>
    value === undefined ? undefined : JSON.stringify(value).slice(0, MAX_VALUE_LENGTH);
  return [...new Set([...Object.keys(old ?? {}), ...Object.keys(young ?? {})])].toSorted().flatMap((key) => {
    const [was, is] = [textOf(old?.[key]), textOf(young?.[key])];
    return was === is ? [] : [{ key, ...(was !== undefined && { before: was }), ...(is !== undefined && { after: is }) }];
  });
}
