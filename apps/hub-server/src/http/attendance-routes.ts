/** Who was at work, over HTTP. */
import { z } from 'zod';

import { listAttendance } from '../attendance/attendance.ts';
import type { StoreDayPorts } from '../store-day/store-day.ts';
import type { Api } from './api-paths.ts';

const MOMENT_MS = z.coerce.number().int().min(0).max(8_640_000_000_000_000);
const MOST_DAYS = 400;
const listSchema = z
  .object({ store: z.string().min(1).max(64).optional(), fromMs: MOMENT_MS, toMs: MOMENT_MS })
  .refine(({ fromMs, toMs }) => toMs - fromMs <= MOST_DAYS * 86_400_000, `spans at most ${MOST_DAYS} days`);
const ATTENDANCE = z.object({
  attendance: z.array(
    z.object({
      store: z.string(),
      person: z.string(),
      fromMs: z.int().optional(),
      toMs: z.int().optional(),
      isForgotten: z.boolean().optional(),
      isStated: z.boolean().optional(),
    }),
  ),
});

export function addAttendanceRoutes(api: Api, ports: Pick<StoreDayPorts, 'database' | 'tenantNo' | 'clock'>): void {
  api.add(
    {
      method: 'get',
      path: '/api/v1/attendance',
      sight: 'place',
      summary: 'Who was at work, and when',
      question: listSchema,
      answer: ATTENDANCE,
    },
    async (response, { question }) => {
      const at = { database: ports.database, nowMs: ports.clock.nowMs() };
      response.json({ attendance: await listAttendance(at, { ...question, tenantNo: ports.tenantNo }) });
    },
  );
}
