/** What proves that nothing is missing: of a device, of a checkpoint that somebody kept; and the audit that a lane is asked for. */
import { parseCheckpoint } from '@holdfast/sync';
import type { RequestHandler, Response, Router } from 'express';

import { allCheckpoints, isOurs, lostHeads, type CheckpointPorts } from '../audit/checkpoints.ts';
import { askForAudit } from '../audit/device-audit.ts';
import { proveDevice } from '../audit/proof.ts';
import { findDeviceByName, type EnrolledDevice } from '../enrolment/enrol.ts';
import type { VerifyPorts } from '../ledger/verify.ts';
import { sendProblem } from './problems.ts';

export interface AuditRoutePorts extends VerifyPorts, CheckpointPorts {
  /** A device of this store should ask for a manifest. */
  readonly onAuditAsked: (store: string) => void;
}

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
