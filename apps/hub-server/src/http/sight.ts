/**
 * What somebody sees at all, before what they may do there: asked at each path of the API, so that a path that says nothing of itself is closed to whoever does not see the whole company. What lies
 * at a place that they do not see is to them as if it were not there.
 */
import { splitScope } from '@holdfast/sync';
import type { Request, Response } from 'express';

import type { NarrowedDatabase } from '../db/narrowed.ts';
import { createPermissions } from '../permissions/permissions.ts';
import { type ApiPath, isWriting, type Narrowly } from './api-paths.ts';
import { askerOf } from './asker.ts';
import type { JudgePorts } from './judge.ts';
import { sendOutsideToken, sendUnseen } from './problems.ts';

/**
 * `company`: who sees all of it. `place`: who sees the store or the scope that the question names, and all of the company where it names none. `somewhere`: who sees the place that it names, or where it names none any; the path itself
 * leaves out what they do not see. `anyone`: who is signed in. `everyone`: nobody is asked who they are.
 */
export type Sight = 'company' | 'place' | 'somewhere' | 'anyone' | 'everyone';

export type MaySee = (path: ApiPath, question: unknown, request: Request, response: Response) => Promise<boolean>;

const textOf = (question: unknown, name: string): string | undefined => {
  const held = typeof question === 'object' && question !== null ? (question as Readonly<Record<string, unknown>>)[name] : undefined;
  return typeof held === 'string' ? held : undefined;
};

function placeOf(question: unknown): string {
  const [store, scope] = [textOf(question, 'store'), textOf(question, 'scope')];
  if (store !== undefined) return `store:${store}`;
  return scope === undefined ? 'global' : splitScope(scope).scope;
}

export const createSight =
  (ports: JudgePorts): MaySee =>
  async (path, question, request, response) => {
    const { sight = 'company', takes } = path;
    if (sight === 'everyone') return true;
    const asker = askerOf(response);
    if (asker.token !== undefined && isWriting(path) && (sight === 'anyone' || asker.only?.size === 0)) {
      // What is somebody's own, how they sign in and which tokens they have, is changed by themselves alone.
      sendOutsideToken(response, sight === 'anyone' ? 'No token is for that.' : 'This token reads, and changes nothing.');
      return false;
    }
    if (sight === 'anyone') return true;
    // Behind glass everything is seen: what may be done is asked of it as of anybody.
    if (asker.isBreakGlass === true) return true;
    const permissions = createPermissions(ports.database, ports.tenantNo);
    const named = sight === 'company' ? 'global' : placeOf(question);
    const places = sight === 'somewhere' && named === 'global' ? asker.posts.map(({ scope }) => scope) : [named];
    for (const place of places) if ((await permissions.askOf(asker, 'useConsole', place)).ok) return true;
    // Of a file what was not read is not waited for.
    if (takes !== undefined && takes.read === undefined) request.resume();
    sendUnseen(response, named);
    return false;
  };

export interface NarrowlyPorts extends JudgePorts {
  readonly within: NarrowedDatabase['within'];
}

/** What reads for somebody who sees a part of the company reads of its stores theirs alone, whatever it asks for. What writes is judged by its own action, place by place. */
export const createNarrowly =
  ({ within, ...ports }: NarrowlyPorts): Narrowly =>
  async (path, response, answer) => {
    const { sight = 'company' } = path;
    if (isWriting(path) || (sight !== 'somewhere' && sight !== 'place')) return answer();
    const asker = askerOf(response);
    const permissions = createPermissions(ports.database, ports.tenantNo);
    if (asker.isBreakGlass === true || (await permissions.askOf(asker, 'useConsole', 'global')).ok) return answer();
    return within(await permissions.storesFor(asker, 'useConsole'), answer);
  };
