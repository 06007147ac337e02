/**
 * Holds the hub to its word: every answer that tests get is judged by the document of the API as it is served. What the document leaves open to whoever asks (that an answer may come to hold more) is closed
 * here, so that it leaves nothing out.
 */
import { z } from 'zod';

import type { ApiDocument, JsonSchema } from '../http/openapi.ts';
import { answerOf } from '../http/typed-client.ts';

export type AnswerJudge = (method: string, path: string, response: Response) => Promise<void>;

interface Judged {
  readonly method: string;
  readonly pattern: RegExp;
  readonly places: number;
  readonly name: string;
  readonly schema: () => z.ZodType | undefined;
}

export function createAnswerJudge(document: ApiDocument): AnswerJudge {
  const known = Object.entries(document.paths)
    .flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, of]) => judgedOf(method, path, of.operationId, answerOf(of.responses))),
    )
    // What stands as it is written goes before what stands for anything.
    .toSorted((left, right) => left.places - right.places);
  return async (method, path, response) => {
    if (!response.ok || response.headers.get('content-type')?.startsWith('application/json') !== true) return;
    const asked = known.find((each) => each.method === method.toLowerCase() && each.pattern.test(path.split('?', 1)[0] ?? ''));
    const schema = asked?.schema();
    if (asked === undefined || schema === undefined) return;
    const parsed = schema.safeParse(await response.clone().json());
    if (parsed.success) return;
    const issues = parsed.error.issues.map((issue) => `${issue.path.join('.') || 'the answer'}: ${issue.message}`);
    throw new Error(`${asked.name} answered what its document does not say: ${issues.slice(0, 10).join('; ')}`);
  };
}

function judgedOf(method: string, path: string, name: string, answer: JsonSchema | undefined): Judged {
  const parts = path.split(/\{\w+\}/);
  let made: z.ZodType | undefined;
  return {
    method,
    pattern: new RegExp(`^${parts.map((part) => part.replaceAll(/[.*+?^$()|[\]\\]/g, '\\$&')).join('[^/]+')}$`),
    places: parts.length,
    name,
    schema: () =>
      answer !== undefined ? (made ??= z.fromJSONSchema(closed(answer) as Parameters<typeof z.fromJSONSchema>[0])) : undefined,
  };
}

function closed(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(closed);
  if (typeof schema !== 'object' || schema === null) return schema;
  const inside = Object.fromEntries(Object.entries(schema).map(([name, held]) => [name, closed(held)]));
  const isOpen = inside['type'] === 'object' && 'properties' in inside && !('additionalProperties' in inside);
  return isOpen ? { ...inside, additionalProperties: false } : inside;
}
