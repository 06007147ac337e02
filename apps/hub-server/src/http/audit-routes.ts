/** What proves that nothing is missing: of a device, of a checkpoint that somebody kept; and the audit that a lane is asked for. */
import { parseCheckpoint, type Checkpoint } from '@holdfast/sync';
import type { Response } from 'express';
import { z } from 'zod';

import { allCheckpoints, isOurs, lostHeads, type CheckpointPorts } from '../audit/checkpoints.ts';
import { askForAudit } from '../audit/device-audit.ts';
import { findHeld } from '../audit/held-entries.ts';
import { proveDevice } from '../audit/proof.ts';
import { findDeviceByName, type EnrolledDevice } from '../enrolment/enrol.ts';
import { raiseByBackup, type BackupRefusal } from '../ledger/safe.ts';
import type { VerifyPorts } from '../ledger/verify.ts';
import { DONE } from './answers/parts.ts';
import { CHECKED_CHECKPOINT, CHECKPOINTS, DEVICE_PROOF, HELD_ENTRIES } from './answers/proof.ts';
import type { Api } from './api-paths.ts';
import { sendProblem } from './problems.ts';

export interface AuditRoutePorts extends VerifyPorts, CheckpointPorts {
  /** A device of this store should ask for a manifest. */
  readonly onAuditAsked: (store: string) => void;
}

const deviceSchema = z.object({ device: z.string() });
const heldSchema = z.object({
  entries: z
    .array(
      z.object({
        device: z.string().regex(/^[!-~]{1,64}$/u),
        epoch: z.string().regex(/^[0-9a-f]{16}$/u),
        seq: z
          .int()
          .min(1)
          .max(2 ** 40),
        hash: z.string().regex(/^[0-9a-f]{64}$/u),
      }),
    )
    .min(1)
    .max(1_000),
});
const MAX_STORES = 10_000;
const backupSchema = z.object({ checkpoints: z.array(z.unknown()).min(1).max(MAX_STORES) });
const BACKUP_REFUSALS: Readonly<Record<BackupRefusal['type'], string>> = {
  neverSafe: 'This hub keeps its data in its own folder and never calls a disk’s flush: what it holds is never safe.',
  notSigned: 'A checkpoint is not signed by this hub. Nothing became safe.',
  notHeld: 'This hub holds less than a checkpoint says. Nothing became safe: verify this hub first.',
};

export function addAuditRoutes(api: Api, ports: AuditRoutePorts): void {
  const find = async (response: Response, name: string): Promise<EnrolledDevice | undefined> => {
    const device = await findDeviceByName(ports.database, ports.identity, name);
    if (device === undefined) sendProblem(response, { type: 'noSuchDevice', status: 404, title: 'The hub knows no such device.' });
    return device;
  };
  api.add(
    {
      method: 'get',
      path: '/api/v1/devices/:device/proof',
      summary: 'What the hub can prove of a device: that nothing of it is missing',
      question: deviceSchema,
      answer: DEVICE_PROOF,
    },
    async (response, { question }) => {
      const device = await find(response, question.device);
      if (device !== undefined) response.json(await proveDevice(ports, device));
    },
  );
  api.add(
    {
      method: 'post',
      path: '/api/v1/devices/:device/audit',
      summary: 'Asks a device to compare itself with the hub',
      question: deviceSchema,
      status: 202,
      answer: DONE,
    },
    async (response, { question }) => {
      const device = await find(response, question.device);
      if (device === undefined) return;
      await askForAudit(ports.database, device, ports.clock.nowMs());
      ports.onAuditAsked(device.store);
      response.status(202).json({});
    },
  );
  api.add(
    { method: 'get', path: '/api/v1/checkpoints', summary: 'A signed checkpoint of each store, to be kept elsewhere', answer: CHECKPOINTS },
    async (response) => {
      response.json({ tenant: ports.identity.tenant, checkpoints: await allCheckpoints(ports) });
    },
  );
  api.add(
    {
      method: 'post',
      path: '/api/v1/backups/verified',
      summary: 'What a verified backup holds becomes safe',
      body: backupSchema,
      answer: z.object({ epochs: z.int() }),
    },
    async (response, { body }) => {
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
    },
  );
  api.add(
    {
      method: 'post',
      path: '/api/v1/checkpoints/check',
      onlyReads: true,
      summary: 'Whether the hub still holds what a checkpoint says',
      body: z.record(z.string(), z.unknown()),
      answer: CHECKED_CHECKPOINT,
    },
    async (response, { body }) => {
      const parsed = parseCheckpoint(body);
      if (!parsed.ok)
        return sendProblem(response, { type: 'badRequest', status: 400, title: 'This is no checkpoint.', detail: parsed.error.at });
      const checkpoint = parsed.value;
      const lost = await lostHeads(ports, ports.database, checkpoint);
      response.json({
        signed: isOurs(ports, checkpoint),
        heads: checkpoint.heads.length,
        lost: lost.flatMap((index) => checkpoint.heads[index] ?? []),
      });
    },
  );
  api.add(
    {
      method: 'post',
      path: '/api/v1/entries/held',
      onlyReads: true,
      summary: 'Where the hub holds entries of devices: on a main line, in another history, or nowhere',
      body: heldSchema,
      answer: HELD_ENTRIES,
    },
    async (response, { body }) => {
      response.json({ entries: await findHeld(ports.database, ports.identity.tenantNo, body.entries) });
    },
  );
}
