/**
 * The console's client, written out of the document of the API: of each operation what it takes, what it answers, and the answer's schema, by which the console judges what comes. Made by the test beside it, which
 * fails while the file is behind (`vitest run apps/hub-server/src/http/typed-client.test.ts -u` writes it anew).
 */
import { assert } from '@holdfast/base';

import type { ApiDocument, JsonSchema, OperationDocument, ParameterDocument } from './openapi.ts';

const HEAD = `/**
 * The hub's API as the console asks it. Written by the hub out of its own document (src/http/typed-client.ts), and never by hand.
 */
/* oxlint-disable */
`;

/** Only what answers JSON: a file, or a stream, is asked for by itself. */
const isTyped = ({ responses }: OperationDocument): boolean => answerOf(responses) !== undefined;

/** The console asks for no fields one by one, and is answered all of them: what is said first (`someOf`). */
const SPARSE = 'fields';
const wholeAnswerOf = ({ parameters, responses }: OperationDocument): JsonSchema => {
  const answer = answerOf(responses) ?? {};
  const whole = parameters.some(({ name }) => name === SPARSE) ? (answer['anyOf'] as readonly JsonSchema[] | undefined)?.[0] : undefined;
  return whole ?? answer;
};

export function answerOf(responses: OperationDocument['responses']): JsonSchema | undefined {
  for (const [status, answer] of Object.entries(responses))
    if (status.startsWith('2') && 'content' in answer) return answer.content?.['application/json']?.schema;
  return undefined;
}

export function writeClient(document: ApiDocument): string {
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).flatMap(([method, of]) => (isTyped(of) ? [{ path, method, of }] : [])),
  );
  const types = operations.map(({ of }) => {
    const body = of.requestBody?.content['application/json']?.schema;
    const asked = [
      `question: ${parametersType(of.parameters)}`,
      `body: ${body === undefined ? 'undefined' : `${typeOf(body)}${of.requestBody?.required === true ? '' : ' | undefined'}`}`,
      `answer: ${typeOf(wholeAnswerOf(of))}`,
    ];
    return `  /** ${of.summary}. */\n  ${of.operationId}: { ${asked.join('; ')} };`;
  });
  const rows = operations.map(
    ({ path, method, of }) =>
      `  ${of.operationId}: { method: '${method.toUpperCase()}', path: ${JSON.stringify(path)}, answer: ${JSON.stringify(briefly(wholeAnswerOf(of)))} },`,
  );
  return `${HEAD}export interface Operations {\n${types.join('\n')}\n}\n\nexport const OPERATIONS = {\n${rows.join('\n')}\n} as const;\n`;
}

/** Without what is so of each whole number, and would be half of the file. */
function briefly(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(briefly);
  if (typeof schema !== 'object' || schema === null) return schema;
  const kept = Object.entries(schema).filter(([, held]) => held !== Number.MAX_SAFE_INTEGER && held !== Number.MIN_SAFE_INTEGER);
  return Object.fromEntries(kept.map(([name, held]) => [name, briefly(held)]));
}

function parametersType(parameters: readonly ParameterDocument[]): string {
  const asked = parameters.filter((parameter) => parameter.in !== 'header' && parameter.name !== SPARSE);
  return objectType(
    Object.fromEntries(asked.map(({ name, schema }) => [name, schema])),
    new Set(asked.flatMap(({ name, required }) => (required ? [name] : []))),
  );
}

function objectType(properties: Readonly<Record<string, JsonSchema>>, required: ReadonlySet<string>): string {
  const fields = Object.entries(properties).map(([name, of]) =>
    required.has(name) ? `readonly ${nameOf(name)}: ${typeOf(of)}` : `readonly ${nameOf(name)}?: ${typeOf(of)} | undefined`,
  );
  return fields.length === 0 ? '{}' : `{ ${fields.join('; ')} }`;
}

const nameOf = (name: string): string => (/^[a-z_$][\w$]*$/i.test(name) ? name : JSON.stringify(name));

function typeOf(schema: JsonSchema): string {
  const { enum: words, const: only, anyOf, oneOf, allOf, type, items, prefixItems, properties, required, additionalProperties } = schema;
  assert(!('$ref' in schema), 'what an operation takes and answers is written out, and refers to nothing');
  if (only !== undefined) return JSON.stringify(only);
  if (Array.isArray(words)) return words.map((word) => JSON.stringify(word)).join(' | ');
  const any = anyOf ?? oneOf;
  if (Array.isArray(any)) return any.map((one: JsonSchema) => typeOf(one)).join(' | ');
  if (Array.isArray(allOf)) return allOf.map((one: JsonSchema) => `(${typeOf(one)})`).join(' & ');
  if (Array.isArray(type)) return type.map((one: string) => typeOf({ ...schema, type: one })).join(' | ');
  switch (type) {
    case 'string':
      return 'string';
    case 'integer':
    case 'number':
      return 'number';
    case 'boolean':
      return 'boolean';
    case 'null':
      return 'null';
    case 'array':
      return Array.isArray(prefixItems)
        ? `readonly [${prefixItems.map((one: JsonSchema) => typeOf(one)).join(', ')}]`
        : `readonly (${typeOf((items ?? {}) as JsonSchema)})[]`;
    case 'object': {
      const held = objectType((properties ?? {}) as Readonly<Record<string, JsonSchema>>, new Set((required ?? []) as readonly string[]));
      const others = typeof additionalProperties === 'object' ? typeOf(additionalProperties as JsonSchema) : undefined;
      if (others === undefined) return held;
      return held === '{}' ? `Readonly<Record<string, ${others}>>` : `${held} & Readonly<Record<string, ${others}>>`;
    }
    default:
      return 'unknown';
  }
}
