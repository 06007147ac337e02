/** What every path of the console asks first: is this a request, and may its sender. */
import type { Action } from '@holdfast/domain';
import type { Response } from 'express';
import type { z } from 'zod';

import type { Database } from '../db/database.ts';
import { createPermissions, isBeyond } from '../permissions/permissions.ts';
import { approversAt } from '../rules/second-person.ts';
import { askerOf } from './asker.ts';
import { sendOutsideToken, sendProblem, sendUnseen } from './problems.ts';

export interface JudgePorts {
  readonly database: Database;
  readonly tenantNo: number;
}

/** Where U+0000 stands: in no name and no text of anything; the database keeps none, and can be asked for none. */
function placeOfNul(value: unknown): string | undefined {
  const open: (readonly [place: string, held: unknown])[] = [['', value]];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const [place, held] = next;
    if (typeof held === 'string' && held.includes('\u0000')) return place || 'the request';
    if (typeof held !== 'object' || held === null) continue;
    for (const [name, inside] of Object.entries(held)) {
      if (name.includes('\u0000')) return place || 'the request';
      open.push([place === '' ? name : `${place}.${name}`, inside]);
    }
  }
  return undefined;
}

/** Undefined once the answer is a problem that names each wrong value. */
export function judge<T>(response: Response, schema: z.ZodType<T>, value: unknown): T | undefined {
  const parsed = schema.safeParse(value);
  const nulAt = placeOfNul(value);
  if (parsed.success && nulAt === undefined) return parsed.data;
  const issues = parsed.error?.issues.map((issue) => `${issue.path.join('.') || 'the request'}: ${issue.message}`) ?? [];
  const detail = [...(nulAt === undefined ? [] : [`${nulAt}: holds U+0000`]), ...issues].join('; ');
  sendProblem(response, {
    type: 'badRequest',
    status: 400,
    title: 'The request is not what this path takes.',
    detail: detail.slice(0, 1_000),
  });
  return undefined;
}

/** Whether who asks may do this at all of these places; where they may not, the answer is a problem that says so, and of a place that they do not even see that there is none. */
export async function mayConsole(ports: JudgePorts, response: Response, action: Action, scopes: Iterable<string>): Promise<boolean> {
  const permissions = createPermissions(ports.database, ports.tenantNo);
  const asker = askerOf(response);
  for (const scope of new Set(scopes)) {
    if (isBeyond(asker, action)) {
      sendOutsideToken(response, `This token is not for that (${action}).`);
      return false;
    }
    const permission = await permissions.askOf(asker, action, scope);
    if (permission.ok) continue;
    if (scope !== 'global' && asker.isBreakGlass !== true && !(await permissions.askOf(asker, 'useConsole', scope)).ok) {
      sendUnseen(response, scope);
      return false;
    }
    const title = `${asker.isBreakGlass === true ? 'Headquarters' : 'You'} may not do this at ${scope} (${action}). Nothing was changed.`;
    const { error } = permission;
    const detail = error.type === 'approvalNeeded' ? `It is granted to: ${error.detail.approvers}.` : 'It is granted to nobody there.';
    sendProblem(response, { type: error.type, status: 403, title, detail });
    return false;
  }
  return true;
}

/**
 * Whether who asks may write tax classes there with nobody beside them: by cells, or by taking a change back. Where there is a second person these go by the path of tax classes, which asks for them.
 * The hub's own token is for programs and for the day on which nobody can sign in; its use is told.
 */
export async function mayWriteAlone(ports: JudgePorts, response: Response, taxes: readonly { readonly scope: string }[]): Promise<boolean> {
  const asker = askerOf(response);
  if (asker.isBreakGlass === true) return true;
  for (const scope of new Set(taxes.map((tax) => tax.scope))) {
    if ((await approversAt(ports.database, ports.tenantNo, scope, asker.user)).length === 0) continue;
    sendProblem(response, {
      type: 'secondPersonNeeded',
      status: 403,
      title: 'Tax classes are changed on their own page, where somebody else approves it. Nothing was changed.',
      detail: 'PUT /api/v1/tax-classes takes both of you.',
    });
    return false;
  }
  return true;
}
