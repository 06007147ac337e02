/** What the hub answers line by line: how far it is, and last what came of it. */
import { z } from 'zod';

import { ApiFailure } from './ask.ts';

const progressSchema = z.object({ type: z.literal('progress') }).catchall(z.int());
export type Progress = z.infer<typeof progressSchema>;
const errorSchema = z.object({ type: z.literal('error'), title: z.string() });
const problemSchema = z.object({ title: z.string() });

/** Its last line, as `schema` has it. Whatever ends it before that is a failure, and the hub did nothing. */
export async function askLines<T>(
  schema: z.ZodType<T>,
  path: string,
  init: RequestInit,
  onProgress: (progress: Progress) => void = () => undefined,
): Promise<T> {
  let response: Response;
  let text = '';
  try {
    response = await fetch(path, { ...init, credentials: 'same-origin' });
    const decoder = new TextDecoder();
    let begun = 0;
    for await (const chunk of response.body ?? []) {
      text += decoder.decode(chunk, { stream: true });
      const end = text.lastIndexOf('\n');
      const line = progressSchema.safeParse(parse(text.slice(begun, end).split('\n').at(-1) ?? ''));
      if (end >= begun) begun = end + 1;
      if (line.success) onProgress(line.data);
    }
  } catch {
    throw new ApiFailure({ type: 'unreachable' });
  }
  if (response.status === 401) throw new ApiFailure({ type: 'sessionLost' });
  return readAnswer(schema, response.status, text);
}

/** Exported for its test: the last line says what came of it. */
export function readAnswer<T>(schema: z.ZodType<T>, status: number, text: string): T {
  const last = parse(text.trimEnd().split('\n').at(-1) ?? '');
  const report = schema.safeParse(last);
  if (report.success) return report.data;
  const error = errorSchema.safeParse(last);
  const problem = problemSchema.safeParse(parse(text));
  if (error.success) throw new ApiFailure({ type: 'problem', status: 422, text: error.data.title });
  if (problem.success) throw new ApiFailure({ type: 'problem', status, text: problem.data.title });
  // It broke off: what it had begun is whole, or not there.
  throw new ApiFailure({ type: 'unreachable' });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
