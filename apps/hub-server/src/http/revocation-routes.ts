/** What headquarters says of a device that is gone, and of what came of it afterwards. */
import type { RequestHandler, Response, Router } from 'express';
import { z } from 'zod';

import { revokeDevice } from '../enrolment/certificates.ts';
import { findDeviceByName, type EnrolledDevice, type EnrolmentPorts } from '../enrolment/enrol.ts';
import { listWipes, orderWipe } from '../enrolment/wipes.ts';
import type { Folder } from '../ledger/folder.ts';
import { releaseHeld } from '../ledger/stolen.ts';
import { judge, mayConsole, type JudgePorts } from './judge.ts';
import { sendProblem } from './problems.ts';

export interface RevocationRoutePorts extends EnrolmentPorts, JudgePorts {
  /** Devices should hear of the new list. */
  readonly onRevoked: () => void;
  readonly folder: Folder;
}

const revokeSchema = z.object({ reason: z.enum(['replaced', 'stolen']) });

export function addRevocationRoutes(router: Router, ports: RevocationRoutePorts, json: RequestHandler): void {
  const find = async (response: Response, name: string | string[] | undefined): Promise<EnrolledDevice | undefined> => {
    const device = typeof name === 'string' ? await findDeviceByName(ports.database, ports.identity, name) : undefined;
    if (device === undefined) sendProblem(response, { type: 'noSuchDevice', status: 404, title: 'The hub knows no such device.' });
    else if (await mayConsole(ports, response, 'enrolDevice', [`store:${device.store}`])) return device;
    return undefined;
  };
  router.post('/api/v1/devices/:device/revoke', json, async (request, response) => {
    const wanted = judge(response, revokeSchema, request.body);
    const device = wanted === undefined ? undefined : await find(response, request.params['device']);
    if (wanted === undefined || device === undefined) return;
    const revoked = await revokeDevice(ports, device.device, wanted.reason);
    if (!revoked.ok) return sendProblem(response, { type: 'alreadyGone', status: 409, title: 'This device was revoked before.' });
    ports.onRevoked();
    response.json(revoked.value);
  });
  router.post('/api/v1/devices/:device/wipe', async (request, response) => {
    const device = await find(response, request.params['device']);
    if (device === undefined) return;
    const orderedAtMs = await orderWipe(ports.database, ports, device);
    ports.onRevoked();
    response.json({ device: device.device, orderedAtMs });
  });
  router.get('/api/v1/wipes', async (_request, response) => {
    response.json({ wipes: await listWipes(ports.database, ports.tenantNo) });
  });
  router.post('/api/v1/devices/:device/count-held', async (request, response) => {
    const device = await find(response, request.params['device']);
    if (device === undefined) return;
    const entries = await ports.database.transaction(async (tx) => releaseHeld(tx, device.device));
    ports.folder.nudge();
    response.json({ entries });
  });
}
