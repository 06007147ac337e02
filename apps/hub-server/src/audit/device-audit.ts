/** When a device was last audited, what it found, and whether somebody wants it to look again (SPEC: A-3). */
import type { AuditReport } from '@holdfast/sync';

import type { Queries } from '../db/database.ts';
import type { EnrolledDevice } from '../enrolment/enrol.ts';

export interface DeviceAudit {
  readonly askedAtMs: number | null;
  readonly doneAtMs: number | null;
  readonly report: AuditReport | null;
}

type Named = Pick<EnrolledDevice, 'tenantNo' | 'device'>;

export async function readAudit(queries: Queries, { tenantNo, device }: Named): Promise<DeviceAudit | null> {
  const [row] = await queries.rows<DeviceAudit>(
    'SELECT asked_at_ms AS "askedAtMs", done_at_ms AS "doneAtMs", report FROM device_audit WHERE tenant_no = $1 AND device = $2',
    [tenantNo, device],
  );
  return row ?? null;
}

export async function isAuditWanted(queries: Queries, { tenantNo, device }: Named): Promise<boolean> {
  const rows = await queries.rows('SELECT 1 FROM device_audit WHERE tenant_no = $1 AND device = $2 AND asked_at_ms IS NOT NULL', [
    tenantNo,
    device,
  ]);
  return rows.length > 0;
}

export async function askForAudit(queries: Queries, { tenantNo, device }: Named, atMs: number): Promise<void> {
  await queries.execute(
    `INSERT INTO device_audit (tenant_no, device, asked_at_ms) VALUES ($1, $2, $3)
     ON CONFLICT (tenant_no, device) DO UPDATE SET asked_at_ms = excluded.asked_at_ms`,
    [tenantNo, device, atMs],
  );
}

export async function keepReport(queries: Queries, { tenantNo, device }: Named, report: AuditReport, atMs: number): Promise<void> {
  await queries.execute(
    `INSERT INTO device_audit (tenant_no, device, done_at_ms, report) VALUES ($1, $2, $3, $4::jsonb)
     ON CONFLICT (tenant_no, device) DO UPDATE SET asked_at_ms = NULL, done_at_ms = excluded.done_at_ms, report = excluded.report`,
    [tenantNo, device, atMs, JSON.stringify(report)],
  );
}
