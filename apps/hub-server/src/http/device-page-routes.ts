/** Devices for whoever looks after them: all that somebody sees, and one of them whole. */
import type { Response } from 'express';
import { z } from 'zod';

import { findDevice, type OverviewPorts } from '../console-api/overview.ts';
import type { ContactLog } from '../enrolment/contact-log.ts';
import { listDeviceRows, readDeviceHistory, type DevicePage } from '../enrolment/device-page.ts';
import { createPermissions } from '../permissions/permissions.ts';
import { DEVICE_PAGE, DEVICE_ROWS } from './answers/device.ts';
import type { Api } from './api-paths.ts';
import { askerOf } from './asker.ts';
import { sendProblem } from './problems.ts';

export interface DevicePageRoutePorts extends OverviewPorts {
  readonly contacts: ContactLog;
}

export function addDevicePageRoutes(api: Api, ports: DevicePageRoutePorts): void {
  const { database, tenantNo, clock, contacts } = ports;
  const storesSeen = async (response: Response): Promise<ReadonlySet<string> | undefined> => {
    const asker = askerOf(response);
    return asker.isBreakGlass === true ? undefined : createPermissions(database, tenantNo).storesFor(asker, 'useConsole');
  };
  api.add(
    {
      method: 'get',
      path: '/api/v1/devices',
      sight: 'somewhere',
      summary: 'All devices, and what each said of itself last',
      answer: DEVICE_ROWS,
    },
    async (response) => {
      const seen = await storesSeen(response);
      const devices = await listDeviceRows(database, tenantNo);
      response.json({ devices: devices.filter(({ store }) => seen?.has(store) !== false) });
    },
  );
  api.add(
    {
      method: 'get',
      path: '/api/v1/devices/:device',
      sight: 'somewhere',
      summary: 'A device: how it stands, what it said of itself, and what it exchanged with the hub in the last two days',
      question: z.object({ device: z.string() }),
      answer: DEVICE_PAGE,
    },
    async (response, { question }) => {
      const view = await findDevice(ports, question.device);
      if (view === undefined || (await storesSeen(response))?.has(view.store) === false)
        return sendProblem(response, { type: 'noSuchDevice', status: 404, title: 'The hub knows no such device.' });
      await contacts.flush();
      const history = await readDeviceHistory(database, { tenantNo, device: view.device }, clock.nowMs());
      response.json({ ...view, ...history } satisfies DevicePage);
    },
  );
}
