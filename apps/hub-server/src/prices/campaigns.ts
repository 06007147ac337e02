/**
 * Price campaigns: prices that several people write at the same time, that another person looks at and approves, and that become one publication.
 *
 * - Lines join by themselves: two people who write different lines never meet. Of one line the last writing stands, in the order in which the hub took them; what its writer had not seen of somebody
 *   else's is kept beside it until somebody clears it (docs/decisions/0017).
 * - Whoever asks for review, and whoever approves, proves who they are. The second one may publish at every place that it touches, and wrote nothing of it.
 * - What was asked for or approved is what stands: whoever writes a line afterwards takes the campaign back to its beginning.
 */
import { err, ok, type Result } from '@holdfast/base';
import { ENTITY_TYPES } from '@holdfast/domain';

import type { Catalog, Published } from '../catalog/publish.ts';
import type { Database, Queries } from '../db/database.ts';
import { previewPrices, publishPricesIn, scopesOfLines, type PriceError, type PriceLine, type PricePreview } from './price-changes.ts';

export const CAMPAIGN_STATES = ['draft', 'review', 'approved', 'published', 'dropped'] as const;
export type CampaignState = (typeof CAMPAIGN_STATES)[number];
export const CAMPAIGN_STEPS = ['submit', 'approve', 'sendBack', 'publish', 'drop'] as const;
export type CampaignStep = (typeof CAMPAIGN_STEPS)[number];

export interface Campaign {
  readonly campaign: number;
  readonly name: string;
  readonly state: CampaignState;
  readonly version: number;
  readonly createdBy: string;
  readonly submittedBy: string | null;
  readonly submittedAtMs: number | null;
  readonly approvedBy: string | null;
  readonly approvedAtMs: number | null;
  readonly note: string | null;
  readonly lsn: number | null;
  readonly changedAtMs: number;
  readonly lineCount: number;
}

export interface CampaignLine {
  readonly line: string;
  /** What its article is called; absent where it is taken out, or nothing is called so. */
  readonly name?: string | null;
  /** Null: it was taken out. */
  readonly content: PriceLine | null;
  readonly version: number;
  readonly by: string;
  readonly atMs: number;
  readonly overtaken: { readonly content: PriceLine | null; readonly by: string; readonly atMs: number } | null;
}

export interface WholeCampaign extends Campaign {
  readonly lines: readonly CampaignLine[];
}

export interface WrittenLine {
  /** Named where it began. */
  readonly line: string;
  readonly content: PriceLine | null;
  /** That of the line as its writer saw it; 0: they saw none. */
  readonly basedOn: number;
}

export type CampaignError =
  | { readonly type: 'noSuchCampaign' }
  | { readonly type: 'notNow'; readonly state: CampaignState }
  | { readonly type: 'changedSince' }
  | { readonly type: 'noLines' }
  | { readonly type: 'tooManyLines' }
  /** It takes another person: one who wrote nothing of it and did not ask for it. */
  | { readonly type: 'ownWork'; readonly by: string }
  | PriceError;

export interface CampaignPorts {
  readonly database: Database;
  readonly tenantNo: number;
  readonly catalog: Catalog;
  readonly clock: { nowMs(): number };
}

export const MOST_LINES = 2_000;

/** Where a step may be taken, and where it leads. */
const STEPS: Readonly<Record<CampaignStep, { readonly from: readonly CampaignState[]; readonly to: CampaignState }>> = {
  submit: { from: ['draft'], to: 'review' },
  approve: { from: ['review'], to: 'approved' },
  sendBack: { from: ['review', 'approved'], to: 'draft' },
  publish: { from: ['approved'], to: 'published' },
  drop: { from: ['draft', 'review', 'approved'], to: 'dropped' },
};
const IS_OVER: ReadonlySet<CampaignState> = new Set(['published', 'dropped']);

const COLUMNS = `c.campaign_no AS campaign, c.name, c.state, c.version, c.created_by AS "createdBy", c.submitted_by AS "submittedBy", c.submitted_at_ms AS "submittedAtMs",
  c.approved_by AS "approvedBy", c.approved_at_ms AS "approvedAtMs", c.note, c.lsn, c.changed_at_ms AS "changedAtMs",
  (SELECT count(*)::integer FROM price_campaign_line l WHERE l.tenant_no = c.tenant_no AND l.campaign_no = c.campaign_no AND l.content IS NOT NULL) AS "lineCount"`;

/** Newest first. */
export const listCampaigns = async ({ database, tenantNo }: CampaignPorts): Promise<readonly Campaign[]> =>
  database.rows<Campaign>(`SELECT ${COLUMNS} FROM price_campaign c WHERE c.tenant_no = $1 ORDER BY c.campaign_no DESC LIMIT 200`, [
    tenantNo,
  ]);

export async function findCampaign(
  queries: Queries,
  { tenantNo }: Pick<CampaignPorts, 'tenantNo'>,
  campaign: number,
  isLocked = false,
): Promise<WholeCampaign | undefined> {
  const [row] = await queries.rows<Campaign>(
    `SELECT ${COLUMNS} FROM price_campaign c WHERE c.tenant_no = $1 AND c.campaign_no = $2 ${isLocked ? 'FOR UPDATE' : ''}`,
    [tenantNo, campaign],
  );
  if (row === undefined) return undefined;
  const lines = await queries.rows<CampaignLine>(
    `SELECT line, content, version, by_whom AS by, at_ms AS "atMs", overtaken,
       (SELECT min(e.fields ->> '1') FROM entity e WHERE e.tenant_no = $1 AND e.type = ${ENTITY_TYPES.item.type} AND e.key = content ->> 'sku' AND e.alive) AS name
     FROM price_campaign_line WHERE tenant_no = $1 AND campaign_no = $2 AND (content IS NOT NULL OR overtaken IS NOT NULL) ORDER BY line`,
    [tenantNo, campaign],
  );
  return { ...row, lines };
}

export async function openCampaign(
  ports: CampaignPorts,
  { name, by }: { readonly name: string; readonly by: string },
): Promise<WholeCampaign> {
  const { tenantNo, clock } = ports;
  const row = await ports.database.transaction(async (tx) => {
    // Numbers follow each other: whoever takes the next one holds the tenant.
    await tx.rows('SELECT lsn FROM tenant WHERE tenant_no = $1 FOR UPDATE', [tenantNo]);
    const [made] = await tx.rows<{ campaign: number }>(
      `INSERT INTO price_campaign (tenant_no, campaign_no, name, state, version, created_by, changed_at_ms)
       SELECT $1, coalesce(max(campaign_no), 0) + 1, $2, 'draft', 1, $3, $4 FROM price_campaign WHERE tenant_no = $1 RETURNING campaign_no AS campaign`,
      [tenantNo, name, by, clock.nowMs()],
    );
    return made && findCampaign(tx, ports, made.campaign);
  });
  if (row === undefined) throw new Error('what was inserted is there');
  return row;
}

export interface Writing {
  readonly by: string;
  readonly name?: string | undefined;
  readonly lines: readonly WrittenLine[];
  /** Lines of which somebody has seen what was overtaken. */
  readonly cleared: readonly string[];
}

/** Joins what somebody wrote with what others wrote in the meantime; never refused for what they wrote. */
export async function writeCampaign(
  ports: CampaignPorts,
  campaign: number,
  writing: Writing,
): Promise<Result<WholeCampaign, CampaignError>> {
  return ports.database.transaction(async (tx) => {
    const held = await findCampaign(tx, ports, campaign, true);
    if (held === undefined) return err({ type: 'noSuchCampaign' });
    if (IS_OVER.has(held.state)) return err({ type: 'notNow', state: held.state });
    const byLine = new Map(held.lines.map((line) => [line.line, line]));
    const version = held.version + 1;
    const atMs = ports.clock.nowMs();
    const joined = writing.lines.map((written) => joinLine(byLine.get(written.line), written, { version, by: writing.by, atMs }));
    const cleared = writing.cleared.flatMap((line) => (byLine.has(line) ? [line] : []));
    const fresh = writing.lines.filter(({ line, content }) => content !== null && (byLine.get(line)?.content ?? null) === null).length;
    if (held.lineCount + fresh > MOST_LINES) return err({ type: 'tooManyLines' });
    await putLines(tx, ports.tenantNo, campaign, joined);
    await tx.execute('UPDATE price_campaign_line SET overtaken = NULL WHERE tenant_no = $1 AND campaign_no = $2 AND line = ANY($3)', [
      ports.tenantNo,
      campaign,
      cleared,
    ]);
    await tx.execute(
      `UPDATE price_campaign SET version = $3, name = $4, changed_at_ms = $5${
        joined.length === 0
          ? ''
          : `, state = 'draft', submitted_by = NULL, submitted_at_ms = NULL, approved_by = NULL, approved_at_ms = NULL`
      } WHERE tenant_no = $1 AND campaign_no = $2`,
      [ports.tenantNo, campaign, version, writing.name ?? held.name, atMs],
    );
    const after = await findCampaign(tx, ports, campaign);
    return after === undefined ? err({ type: 'noSuchCampaign' }) : ok(after);
  });
}

/** The last writing stands. What stood there is kept beside it where its writer had not seen it, and it was another's and says something else. */
function joinLine(
  held: CampaignLine | undefined,
  { line, content, basedOn }: WrittenLine,
  stamp: { readonly version: number; readonly by: string; readonly atMs: number },
): CampaignLine {
  const isUnseen = held !== undefined && held.version > basedOn && held.by !== stamp.by && !isSame(held.content, content);
  const overtaken = isUnseen ? { content: held.content, by: held.by, atMs: held.atMs } : (held?.overtaken ?? null);
  return { line, content, ...stamp, overtaken };
}

/** By what they say, whatever the order in which a database keeps it. */
const isSame = (one: PriceLine | null, other: PriceLine | null): boolean => textOf(one) === textOf(other);
const textOf = (line: PriceLine | null): string =>
  line === null
    ? ''
    : JSON.stringify(
        Object.entries(line)
          .filter(([, value]) => value !== undefined)
          .toSorted(([left], [right]) => (left < right ? -1 : 1)),
      );

async function putLines(tx: Queries, tenantNo: number, campaign: number, lines: readonly CampaignLine[]): Promise<void> {
  await tx.execute(
    `INSERT INTO price_campaign_line (tenant_no, campaign_no, line, content, version, by_whom, at_ms, overtaken)
     SELECT $1, $2, l.line, nullif(l.content, 'null'), l.version, l.by, l."atMs", nullif(l.overtaken, 'null')
     FROM jsonb_to_recordset($3::jsonb) AS l (line text, content jsonb, version bigint, by text, "atMs" bigint, overtaken jsonb)
     ON CONFLICT (tenant_no, campaign_no, line) DO UPDATE SET content = excluded.content, version = excluded.version, by_whom = excluded.by_whom,
       at_ms = excluded.at_ms, overtaken = excluded.overtaken`,
    [tenantNo, campaign, JSON.stringify(lines)],
  );
}

export const linesOf = ({ lines }: WholeCampaign): readonly PriceLine[] =>
  lines.flatMap(({ content }) => (content === null ? [] : [content]));

/** Of its lines as they stand; `badPrice` names one by its place among those that are not taken out. */
export async function previewCampaign(ports: CampaignPorts, campaign: number): Promise<Result<PricePreview, CampaignError>> {
  const held = await findCampaign(ports.database, ports, campaign);
  if (held === undefined) return err({ type: 'noSuchCampaign' });
  const lines = linesOf(held);
  if (lines.length === 0) return err({ type: 'noLines' });
  return previewPrices({ ...ports, nowMs: ports.clock.nowMs() }, lines);
}

export const scopesOfCampaign = (campaign: WholeCampaign): readonly string[] => scopesOfLines(linesOf(campaign));

export interface Taking {
  readonly by: string;
  /** That of the campaign as whoever takes the step saw it. */
  readonly version: number;
  readonly note?: string | undefined;
  /** Of the preview that was looked at. */
  readonly basedOn?: number | undefined;
  readonly urgent?: boolean | undefined;
}

export interface Taken {
  readonly campaign: WholeCampaign;
  readonly published?: Published;
}

export async function takeCampaign(
  ports: CampaignPorts,
  campaign: number,
  step: CampaignStep,
  taking: Taking,
): Promise<Result<Taken, CampaignError>> {
  const taken = await ports.database.transaction(async (tx): Promise<Result<Taken, CampaignError>> => {
    const held = await findCampaign(tx, ports, campaign, true);
    if (held === undefined) return err({ type: 'noSuchCampaign' });
    const { from, to } = STEPS[step];
    if (!from.includes(held.state)) return err({ type: 'notNow', state: held.state });
    if (held.version !== taking.version) return err({ type: 'changedSince' });
    if (step !== 'drop' && held.lineCount === 0) return err({ type: 'noLines' });
    if (step === 'approve' && (await isOwnWork(tx, ports, held, taking.by))) return err({ type: 'ownWork', by: taking.by });
    const published = step === 'publish' ? await publish(tx, ports, held, taking) : undefined;
    if (published?.ok === false) return published;
    await moveTo(tx, ports, held, { step, to, taking, lsn: published?.value.lsn ?? null });
    const after = await findCampaign(tx, ports, campaign);
    return after === undefined
      ? err({ type: 'noSuchCampaign' })
      : ok({ campaign: after, ...(published && { published: published.value }) });
  });
  if (taken.ok && taken.value.published !== undefined) ports.catalog.announce(taken.value.published);
  return taken;
}

/** Whether somebody wrote a line of it last, took one out, or asked for its review. */
async function isOwnWork(tx: Queries, { tenantNo }: CampaignPorts, { campaign, submittedBy }: WholeCampaign, by: string): Promise<boolean> {
  const written = await tx.rows('SELECT 1 FROM price_campaign_line WHERE tenant_no = $1 AND campaign_no = $2 AND by_whom = $3 LIMIT 1', [
    tenantNo,
    campaign,
    by,
  ]);
  return submittedBy === by || written.length > 0;
}

const publish = async (
  tx: Queries,
  ports: CampaignPorts,
  held: WholeCampaign,
  { basedOn, urgent }: Taking,
): Promise<Result<Published, PriceError>> =>
  publishPricesIn(tx, ports, {
    lines: linesOf(held),
    reason: `campaign ${held.campaign}: ${held.name}`,
    by: held.approvedBy ?? 'hub',
    basedOn,
    urgent,
  });

interface Move {
  readonly step: CampaignStep;
  readonly to: CampaignState;
  readonly taking: Taking;
  readonly lsn: number | null;
}

async function moveTo(
  tx: Queries,
  ports: CampaignPorts,
  { campaign, ...held }: WholeCampaign,
  { step, to, taking, lsn }: Move,
): Promise<void> {
  const atMs = ports.clock.nowMs();
  const isSentBack = step === 'sendBack';
  const submitted = step === 'submit' ? [taking.by, atMs] : isSentBack ? [null, null] : [held.submittedBy, held.submittedAtMs];
  const approved = step === 'approve' ? [taking.by, atMs] : isSentBack ? [null, null] : [held.approvedBy, held.approvedAtMs];
  await tx.execute(
    `UPDATE price_campaign SET state = $3, version = version + 1, submitted_by = $4, submitted_at_ms = $5, approved_by = $6, approved_at_ms = $7, note = $8, lsn = $9, changed_at_ms = $10
     WHERE tenant_no = $1 AND campaign_no = $2`,
    [ports.tenantNo, campaign, to, ...submitted, ...approved, taking.note ?? null, lsn, atMs],
  );
}
