/**
 * The outbox of receipts: one mail after the other, each opened only for as long as it takes to send it.
 *
 * - A mail is taken by moving its next try forward, so that of several replicas one sends it; one that dies with it leaves it to the next try.
 * - What the server refuses for good has failed; anything else is tried again, ever more slowly, for three days. A failed one can be tried again by a person.
 * - A server that took a mail and whose word was lost gets it again under the same Message-ID.
 */
import { createHash } from 'node:crypto';
import { inflateRawSync } from 'node:zlib';

import { unreachable, type Clock, type Result, type Timers } from '@holdfast/base';
import { openSealed } from '@holdfast/base/sealing';
import { ENGLISH_RECEIPT_WORDS, ENTITY_TYPES, isReceiptLanguage, parseReceiptMail, readReceiptMail, RECEIPT_WORDS } from '@holdfast/domain';
import { printDocumentSchema, type PrintDocument } from '@holdfast/paper/document';
import { readEntry } from '@holdfast/sync';

import type { Database } from '../db/database.ts';
import { LEDGER_SCHEMAS } from '../ledger/fold-entry.ts';
import type { CompanyKeys } from '../secrets/company-keys.ts';
import type { Mail, Mailer, MailFault } from './mailer.ts';
import type { PageMaker } from './page-maker.ts';
import type { MailFailure } from './receipt-mails.ts';

export interface OutboxPorts {
  readonly database: Database;
  readonly keys: CompanyKeys;
  readonly tenantNo: number;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly mailer: Mailer;
  readonly pages: PageMaker;
  readonly onFailure: (error: unknown) => void;
  readonly pace?: OutboxPace;
}

export interface OutboxPace {
  /** How often it looks by itself: for mails of other replicas, and for next tries. */
  readonly lookMs: number;
  /** After the first try that came to nothing; each later one takes twice as long, up to `mostMs`. */
  readonly retryMs: number;
  readonly mostMs: number;
  /** Since it was received. */
  readonly giveUpMs: number;
}

const PACE: OutboxPace = { lookMs: 30_000, retryMs: 60_000, mostMs: 6 * 3_600_000, giveUpMs: 3 * 86_400_000 };
/** Longer than the mailer's patience: whoever has taken a mail is done with it by then. */
const TAKEN_MS = 5 * 60_000;
/** Of a document: a receipt has hundreds of lines at most. */
const MAX_CONTENT_BYTES = 1_000_000;

export interface Outbox {
  /** Something may have come. */
  call(): void;
  /** What is under way is finished. */
  stop(): Promise<void>;
}

interface TakenMail {
  readonly entryNo: number;
  readonly attempts: number;
  readonly receivedAtMs: number;
}

export function createOutbox(ports: OutboxPorts): Outbox {
  const { timers, onFailure } = ports;
  const { lookMs } = ports.pace ?? PACE;
  let working: Promise<void> | undefined;
  let isCalled = false;
  let isStopped = false;
  let cancel = (): void => undefined;

  const next = async (): Promise<TakenMail | undefined> => (isStopped ? undefined : take(ports));

  const work = async (): Promise<void> => {
    try {
      while (isCalled) {
        isCalled = false;
        for (let taken = await next(); taken !== undefined; taken = await next()) await deliver(ports, taken);
      }
    } catch (error) {
      onFailure(error);
    }
  };
  const call = (): void => {
    isCalled = true;
    if (isStopped || working !== undefined) return;
    working = work().finally(() => {
      working = undefined;
      // Between its last look and its end.
      if (isCalled) call();
    });
  };
  const look = (): void => {
    call();
    cancel = timers.after(lookMs, look);
  };
  look();
  return {
    call,
    stop: async () => {
      isStopped = true;
      cancel();
      await working;
    },
  };
}

/** The one that is due first; it is nobody else's for a while. */
async function take({ database, tenantNo, clock }: OutboxPorts): Promise<TakenMail | undefined> {
  const now = clock.nowMs();
  const [taken] = await database.rows<TakenMail>(
    `UPDATE receipt_mail SET attempts = attempts + 1, next_at_ms = $3 WHERE entry_no = (
       SELECT entry_no FROM receipt_mail WHERE tenant_no = $1 AND state = 'waiting' AND next_at_ms <= $2 ORDER BY next_at_ms, entry_no LIMIT 1 FOR UPDATE SKIP LOCKED)
     RETURNING entry_no AS "entryNo", attempts, received_at_ms AS "receivedAtMs"`,
    [tenantNo, now, now + TAKEN_MS],
  );
  return taken;
}

async function deliver(ports: OutboxPorts, taken: TakenMail): Promise<void> {
  const opened = await openMail(ports, taken.entryNo);
  if (typeof opened === 'string') return await fail(ports, taken, opened, null);
  const sent = await send(ports, opened);
  if (sent.ok) return await note(ports, taken, { state: 'sent', doneAtMs: ports.clock.nowMs() });
  const { retry, detail } = sent.error;
  if (retry === 'never') return await fail(ports, taken, 'refused', detail);
  const { retryMs, mostMs, giveUpMs } = ports.pace ?? PACE;
  const nextAtMs = ports.clock.nowMs() + Math.min(mostMs, retryMs * 2 ** Math.min(taken.attempts - 1, 20));
  if (nextAtMs - taken.receivedAtMs > giveUpMs) return await fail(ports, taken, 'tooLate', detail);
  await note(ports, taken, { state: 'waiting', nextAtMs, detail });
}

async function send({ mailer, pages, onFailure }: OutboxPorts, { document, title, ...mail }: OpenedMail): Promise<Result<void, MailFault>> {
  try {
    const { html, pdf } = await pages.make(document, { title, language: mail.language });
    return await mailer.send({
      id: mail.id,
      to: mail.to,
      subject: title,
      text: textOf(document),
      html,
      attachment: { name: `${mail.receiptNumber}.pdf`, content: pdf },
    });
  } catch (error) {
    onFailure(error);
    return { ok: false, error: { type: 'mailFailed', detail: 'the page could not be made', retry: 'later' } };
  }
}

interface OpenedMail extends Pick<Mail, 'id' | 'to'> {
  readonly receiptNumber: string;
  readonly title: string;
  readonly language: string;
  readonly document: PrintDocument;
}

async function openMail({ database, keys, tenantNo }: OutboxPorts, entryNo: number): Promise<OpenedMail | MailFailure> {
  const [row] = await database.rows<{ canonical: Uint8Array; device: string; epoch: string; seq: number }>(
    'SELECT canonical, device, epoch, seq FROM ledger_held WHERE tenant_no = $1 AND entry_no = $2 AND from_no <= $2 AND to_no >= $2',
    [tenantNo, entryNo],
  );
  const entry = row === undefined ? undefined : readEntry(row.canonical, LEDGER_SCHEMAS);
  const fields = entry?.ok === true ? entry.value.fields : null;
  const read = fields === null ? undefined : readReceiptMail(fields);
  if (row === undefined || read?.ok !== true) return 'unreadable';
  const { receiptNumber, keyName, sealed } = read.value;
  const key = (await keys.read('mail')).find(({ name }) => name === keyName);
  if (key?.secret === undefined) return 'keyForgotten';
  const content = contentOf(openSealed(key.secret, sealed));
  const document = printDocumentSchema.safeParse(content?.document);
  if (content === undefined || !document.success) return 'unreadable';
  const [primary = ''] = content.language.split('-');
  const words = isReceiptLanguage(primary) ? RECEIPT_WORDS[primary] : ENGLISH_RECEIPT_WORDS;
  return {
    id: `${row.device}.${row.epoch}.${row.seq}`,
    to: content.to,
    receiptNumber,
    title: `${words.receipt} ${receiptNumber}`,
    language: content.language,
    document: await withLogo(database, tenantNo, document.data),
  };
}

/** Where the company has another one meanwhile it goes without. */
async function withLogo(database: Database, tenantNo: number, document: PrintDocument): Promise<PrintDocument> {
  const { logoHash } = document;
  if (logoHash === undefined) return document;
  const logos = await database.rows<{ value: string | null }>(
    `SELECT fields ->> '1' AS value FROM entity WHERE tenant_no = $1 AND type = ${ENTITY_TYPES.setting.type} AND key = 'receiptLogo' AND alive`,
    [tenantNo],
  );
  const logo = logos.find(({ value }) => value !== null && createHash('sha256').update(value, 'base64').digest('hex') === logoHash)?.value;
  return { ...document, ...(typeof logo === 'string' && { logo }) };
}

function contentOf(opened: Uint8Array | null): ReturnType<typeof parseReceiptMail> {
  if (opened === null) return undefined;
  try {
    return parseReceiptMail(inflateRawSync(opened, { maxOutputLength: MAX_CONTENT_BYTES }).toString('utf8'));
  } catch {
    return undefined;
  }
}

/** For whoever reads no pages. */
const textOf = ({ blocks }: PrintDocument): string =>
  blocks
    .map((block) => {
      switch (block.type) {
        case 'text':
          return block.text;
        case 'row':
          return `${block.start}  ${block.end.trim()}`;
        case 'rule':
          return '-'.repeat(32);
        case 'feed':
        case 'picture':
        case 'qr':
        case 'barcode':
          return '';
        default:
          return unreachable(block, 'textOf');
      }
    })
    .join('\n')
    .trimEnd();

const fail = async (ports: OutboxPorts, taken: TakenMail, failure: MailFailure, detail: string | null): Promise<void> =>
  note(ports, taken, { state: 'failed', doneAtMs: ports.clock.nowMs(), failure, detail });

interface Noted {
  readonly state: 'waiting' | 'sent' | 'failed';
  readonly nextAtMs?: number;
  readonly doneAtMs?: number;
  readonly failure?: MailFailure;
  readonly detail?: string | null;
}

async function note({ database, tenantNo }: OutboxPorts, { entryNo }: TakenMail, noted: Noted): Promise<void> {
  const { state, nextAtMs, doneAtMs, failure, detail } = noted;
  await database.execute(
    `UPDATE receipt_mail SET state = $3, next_at_ms = coalesce($4, next_at_ms), done_at_ms = $5, failure = $6, detail = $7
     WHERE tenant_no = $1 AND entry_no = $2`,
    [tenantNo, entryNo, state, nextAtMs ?? null, doneAtMs ?? null, failure ?? null, detail ?? null],
  );
}
