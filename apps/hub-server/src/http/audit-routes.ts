/** What proves that nothing is missing: of a device, of a checkpoint that somebody kept; and the audit that a lane is asked for. */
import { parseCheckpoint, type Checkpoint } from '@holdfast/sync';
import type { RequestHandler, Response, Router } from 'express';
import { z } from 'zod';

import { allCheckpoints, isOurs, lostHeads, type CheckpointPorts } from '../audit/checkpoints.ts';
import { askForAudit } from '../audit/device-audit.ts';
import { proveDevice } from '../audit/proof.ts';
import { findDeviceByName, type EnrolledDevice } from '../enrolment/enrol.ts';
import { raiseByBackup, type BackupRefusal } from '../ledger/safe.ts';
import type { VerifyPorts } from '../ledger/verify.ts';
import { judge } from './judge.ts';
import { sendProblem } from './problems.ts';

export interface AuditRoutePorts extends VerifyPorts, CheckpointPorts {
  /** A device of this store should ask for a manifest. */
  readonly onAuditAsked: (store: string) => void;
}

const MAX_STORES = 10_000;
const BACKUP_REFUSALS: Readonly<Record<BackupRefusal['type'], string>> = {
  neverSafe: 'This hub keeps its data in its own folder and never calls a disk’s flush: what it holds is never safe.',
  notSigned: 'A checkpoint is not signed by this hub. Nothing became safe.',
  notHeld: 'This hub holds less than a checkpoint says. Nothing became safe: verify this hub first.',
};

export function addAuditRoutes(router: Router, ports: AuditRoutePorts, json: RequestHandler): void {
  const find = async (response: Response, name: string | string[] | undefined): Promise<EnrolledDevice | undefined> => {
    const device = typeof name === 'string' ? await findDeviceByName(ports.database, ports.identity, name) : undefined;
    if (device === undefined) sendProblem(response, { type: 'noSuchDevice', status: 404, title: 'The hub knows no such device.' });
    return device;
  };
  router.get('/api/v1/devices/:device/proof', async (request, response) => {
    const device = await find(response, request.params['device']);
    if (device !== undefined) response.json(await proveDevice(ports, device));
  });
  router.post('/api/v1/devices/:device/audit', async (request, response) => {
    const device = await find(response, request.params['device']);
    if (device === undefined) return;
    await askForAudit(ports.database, device, ports.clock.nowMs());
    ports.onAuditAsked(device.store);
    response.status(202).json({});
  });
  router.get('/api/v1/checkpoints', async (_request, response) => {
    response.json({ tenant: ports.identity.tenant, checkpoints: await allCheckpoints(ports) });
  });
  router.post('/api/v1/backups/verified', json, async (request, response) => {
    const body = judge(response, z.object({ checkpoints: z.array(z.unknown()).min(1).max(MAX_STORES) }), request.body);
    if (body === undefined) return;
    const checkpoints: Checkpoint[] = [];
    for (const said of body.checkpoints) {
      const parsed = parseCheckpoint(said);
      if (!parsed.ok)
        return sendProblem(response, { type: 'badRequest', status: 400, title: 'This is no checkpoint.', detail: parsed.error.at });
      checkpoints.push(parsed.value);
    }
    const raised = await raiseByBackup(ports, checkpoints);
    if (typeof raised !== 'number') return sendProblem(response, { type: raised.type, status: 409, title: BACKUP_REFUSALS[raised.type] });
    response.json({ epochs: raised });
  });
  router.post('/api/v1/checkpoints/check', json, async (request, response) => {
    const parsed = parseCheckpoint(request.body);
    if (!parsed.ok)
      return sendProblem(response, { type: 'badRequest', status: 400, title: 'This is no checkpoint.', detail: parsed.error.at });
    const checkpoint = parsed.value;
    const lost = await lostHeads(ports, ports.database, checkpoint);
    response.json({
      signed: isOurs(ports, checkpoint),
      heads: checkpoint.heads.length,
      lost: lost.flatMap((index) => checkpoint.heads[index] ?? []),
    });
  });
}
