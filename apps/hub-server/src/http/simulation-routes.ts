/** What real baskets would have paid at other prices, told line by line as it is worked out: whoever closes the line ends it. */
import type { Response } from 'express';
import { z } from 'zod';

import type { Database } from '../db/database.ts';
import { findCampaign, linesOf } from '../prices/campaigns.ts';
import { linesToSimulate, type PriceLine } from '../prices/price-changes.ts';
import { daysOf, simulate, type SimulationSpan } from '../prices/simulation.ts';
import type { Api } from './api-paths.ts';
import { priceLinesSchema, sendPriceError } from './price-routes.ts';
import { sendProblem } from './problems.ts';

export interface SimulationRoutePorts {
  readonly database: Database;
  readonly tenantNo: number;
  readonly clock: { monotonicMs(): number };
}

const MOST_DAYS = 31;
const date = z
  .string()
  .regex(/^\d{4}-\d{2}-\d{2}$/, 'is YYYY-MM-DD')
  .refine((day) => !Number.isNaN(Date.parse(`${day}T00:00:00Z`)), 'is a date');
const simulationSchema = z
  .object({
    /** Lines as `POST /api/v1/prices` takes them, or … */
    lines: priceLinesSchema.optional(),
    /** … those of a campaign as it stands. When each begins and ends is not asked: they hold on all days. */
    campaign: z.int().min(1).max(Number.MAX_SAFE_INTEGER).optional(),
    /** Business dates, both included. */
    from: date,
    to: date,
  })
  .refine(({ lines, campaign }) => (lines === undefined) !== (campaign === undefined), 'has lines, or a campaign')
  .refine(({ from, to }) => from <= to, 'ends before it begins')
  .refine((span) => span.from > span.to || daysOf(span).length <= MOST_DAYS, `is of at most ${MOST_DAYS} days`);

const NDJSON = 'application/x-ndjson; charset=utf-8';

export function addSimulationRoutes(api: Api, ports: SimulationRoutePorts): void {
  api.add(
    {
      method: 'post',
      path: '/api/v1/price-simulations',
      isCostly: true,
      summary: 'What the baskets of some days would have paid at other prices: how far it is, then what it came to',
      body: simulationSchema,
      gives: 'application/x-ndjson',
      onlyReads: true,
    },
    async (response, { body }) => {
      const lines = body.lines ?? (await linesOfCampaign(ports, response, body.campaign ?? 0));
      if (lines === undefined) return undefined;
      const priced = await linesToSimulate(ports, lines);
      return priced.ok ? tell(ports, response, priced.value, body) : sendPriceError(response, priced.error);
    },
  );
}

async function linesOfCampaign(
  ports: SimulationRoutePorts,
  response: Response,
  campaign: number,
): Promise<readonly PriceLine[] | undefined> {
  const held = await findCampaign(ports.database, ports, campaign);
  if (held === undefined) sendProblem(response, { type: 'noSuchCampaign', status: 404, title: 'There is no such campaign.' });
  else if (held.lineCount === 0) sendProblem(response, { type: 'noLines', status: 422, title: 'The campaign has no prices.' });
  return held === undefined || held.lineCount === 0 ? undefined : linesOf(held);
}

async function tell(
  ports: SimulationRoutePorts,
  response: Response,
  lines: Parameters<typeof simulate>[1],
  span: SimulationSpan,
): Promise<void> {
  response.type(NDJSON);
  for await (const news of simulate(ports, lines, { from: span.from, to: span.to }, () => response.closed)) {
    const isTaken = response.write(`${JSON.stringify(news)}\n`);
    if (!isTaken && !response.closed) await new Promise((resolve) => response.once('drain', resolve).once('close', resolve));
  }
  response.end();
}
