/** What headquarters says of a device that is gone, and of what came of it afterwards. */
import type { Response } from 'express';
import { z } from 'zod';

import { revokeDevice } from '../enrolment/certificates.ts';
import { findDeviceByName, type EnrolledDevice, type EnrolmentPorts } from '../enrolment/enrol.ts';
import { listWipes, orderWipe } from '../enrolment/wipes.ts';
import type { Folder } from '../ledger/folder.ts';
import { releaseHeld } from '../ledger/stolen.ts';
import type { CompanyKeys } from '../secrets/company-keys.ts';
import { REVOKED, WIPES, WIPE_ORDERED } from './answers/device.ts';
import type { Api } from './api-paths.ts';
import { mayConsole, type JudgePorts } from './judge.ts';
import { sendProblem } from './problems.ts';

export interface RevocationRoutePorts extends EnrolmentPorts, JudgePorts {
  readonly keys: CompanyKeys;
  /** Devices were called (`callDevices`). */
  readonly onRevoked: () => void;
  readonly folder: Folder;
}

const deviceSchema = z.object({ device: z.string() });
const revokeSchema = z.object({ reason: z.enum(['replaced', 'stolen']) });

export function addRevocationRoutes(api: Api, ports: RevocationRoutePorts): void {
  const find = async (response: Response, { device: name }: z.output<typeof deviceSchema>): Promise<EnrolledDevice | undefined> => {
    const device = await findDeviceByName(ports.database, ports.identity, name);
    if (device === undefined) sendProblem(response, { type: 'noSuchDevice', status: 404, title: 'The hub knows no such device.' });
    else if (await mayConsole(ports, response, 'enrolDevice', [`store:${device.store}`])) return device;
    return undefined;
  };
  api.add(
    {
      method: 'post',
      path: '/api/v1/devices/:device/revoke',
      sight: 'somewhere',
      summary: 'A device is trusted no longer',
      question: deviceSchema,
      body: revokeSchema,
      answer: REVOKED,
    },
    async (response, { question, body }) => {
      const device = await find(response, question);
      if (device === undefined) return;
      const revoked = await revokeDevice(ports, device.device, body.reason);
      if (!revoked.ok) return sendProblem(response, { type: 'alreadyGone', status: 409, title: 'This device was revoked before.' });
      ports.onRevoked();
      response.json(revoked.value);
    },
  );
  api.add(
    {
      method: 'post',
      path: '/api/v1/devices/:device/wipe',
      sight: 'somewhere',
      summary: 'Orders a device to erase itself once it handed over what it holds',
      question: deviceSchema,
      answer: WIPE_ORDERED,
    },
    async (response, { question }) => {
      const device = await find(response, question);
      if (device === undefined) return;
      const orderedAtMs = await orderWipe(ports, device);
      ports.onRevoked();
      response.json({ device: device.device, orderedAtMs });
    },
  );
  api.add(
    { method: 'get', path: '/api/v1/wipes', summary: 'Devices that were told to erase themselves', answer: WIPES },
    async (response) => {
      response.json({ wipes: await listWipes(ports.database, ports.tenantNo) });
    },
  );
  api.add(
    {
      method: 'post',
      path: '/api/v1/devices/:device/count-held',
      summary: 'What a stolen device sent and was held counts after all',
      question: deviceSchema,
      answer: z.object({ entries: z.int() }),
    },
    async (response, { question }) => {
      const device = await find(response, question);
      if (device === undefined) return;
      const entries = await ports.database.transaction(async (tx) => releaseHeld(tx, device.device));
      ports.folder.nudge();
      response.json({ entries });
    },
  );
}
