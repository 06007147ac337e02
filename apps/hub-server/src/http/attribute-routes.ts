/** Attributes over HTTP: which there are, and each defined, defined anew, and removed. */
import {
  admitsCategory,
  type Attribute,
  ATTRIBUTE_TYPES,
  MAX_ATTRIBUTE_DECIMALS,
  MAX_ATTRIBUTE_NAME,
  MAX_ATTRIBUTE_UNIT,
  MAX_CHOICE_LENGTH,
  MAX_CHOICES,
} from '@holdfast/domain';
import type { Request, Response } from 'express';
import { z } from 'zod';

import {
  type AttributeChange,
  type AttributeError,
  readAttributes,
  sizesOfAttributes,
  versionOfAttribute,
  writeAttribute,
} from '../goods/attributes.ts';
import { pathOf } from '../goods/category-tree.ts';
import { readParents } from '../goods/filing.ts';
import { isPlainText } from '../plain-text.ts';
import { ATTRIBUTE, ATTRIBUTES } from './answers/goods.ts';
import { PUBLISHED } from './answers/parts.ts';
import type { Api } from './api-paths.ts';
import { askerOf } from './asker.ts';
import type { GoodsRoutePorts } from './goods-routes.ts';
import { mayConsole } from './judge.ts';
import { sendProblem } from './problems.ts';
import { ATTRIBUTE_CODE, sendChangedSince, versionOf } from './product-routes.ts';
import { wordOf } from './text-schemas.ts';

const MAX_CATEGORY = 400;

const listQuestion = z.object({
  /** Those of goods that are filed under it; empty: of goods that are filed under nothing. Absent: all. */
  category: z
    .string()
    .max(MAX_CATEGORY)
    .refine((text) => isPlainText(text, MAX_CATEGORY), 'holds control characters')
    .optional(),
  /** How many articles have each. */
  counts: z
    .enum(['true', 'false'])
    .default('false')
    .transform((text) => text === 'true'),
});
const named = z.object({ attribute: ATTRIBUTE_CODE });
const putBody = z.object({
  name: wordOf(MAX_ATTRIBUTE_NAME),
  type: z.enum(ATTRIBUTE_TYPES),
  /** Of a number. */
  unit: wordOf(MAX_ATTRIBUTE_UNIT).optional(),
  decimals: z.int().min(0).max(MAX_ATTRIBUTE_DECIMALS).optional(),
  /** Of a choice, in the order in which they are offered. */
  choices: z.array(wordOf(MAX_CHOICE_LENGTH)).min(1).max(MAX_CHOICES).optional(),
  /** Only of goods of this category and of what lies in it. */
  category: wordOf(MAX_CATEGORY).optional(),
});

const shown = ({ code, ...rest }: Attribute) => ({ attribute: code, ...rest });

export function addAttributeRoutes(api: Api, ports: GoodsRoutePorts): void {
  api.add(
    {
      method: 'get',
      path: '/api/v1/attributes',
      sight: 'somewhere',
      summary: 'The attributes that articles may have, in the order of their names',
      question: listQuestion,
      answer: ATTRIBUTES,
    },
    async (response, { question: { category, counts } }) => {
      const path = category === undefined ? undefined : category === '' ? [] : pathOf(await readParents(ports), category);
      const attributes = (await readAttributes(ports)).filter((each) => path === undefined || admitsCategory(each, path));
      const sizes = counts ? await sizesOfAttributes(ports) : undefined;
      response.json({ attributes: attributes.map((each) => ({ ...shown(each), ...(sizes && { size: sizes.get(each.code) ?? 0 }) })) });
    },
  );
  api.add(
    {
      method: 'get',
      path: '/api/v1/attributes/:attribute',
      sight: 'somewhere',
      summary: 'An attribute',
      question: named,
      isVersioned: true,
      answer: ATTRIBUTE,
    },
    async (response, { question }, request) => {
      const held = (await readAttributes(ports)).find(({ code }) => code === question.attribute);
      if (held === undefined) return sendError(response, { type: 'unknownAttribute' });
      const version = versionOfAttribute(held);
      response.setHeader('ETag', `"${version}"`);
      response.setHeader('Cache-Control', 'private, no-cache');
      if (request.headers['if-none-match'] === `"${version}"`) response.status(304).end();
      else response.json({ ...shown(held), version });
    },
  );
  api.add(
    {
      method: 'put',
      path: '/api/v1/attributes/:attribute',
      sight: 'somewhere',
      summary: 'Defines an attribute, or defines it anew: what is not named is cleared',
      question: named,
      body: putBody,
      isVersioned: true,
      answer: PUBLISHED,
    },
    async (response, { question, body }, request) =>
      write(ports, request, response, { code: question.attribute, attribute: definedBy(body) }),
  );
  api.add(
    {
      method: 'delete',
      path: '/api/v1/attributes/:attribute',
      sight: 'somewhere',
      summary: 'Removes an attribute, with all that articles have of it',
      question: named,
      isVersioned: true,
      answer: PUBLISHED,
    },
    async (response, { question }, request) => write(ports, request, response, { code: question.attribute, attribute: null }),
  );
}

function definedBy({ name, type, unit, decimals, choices, category }: z.output<typeof putBody>): NonNullable<AttributeChange['attribute']> {
  return {
    name,
    type,
    ...(unit !== undefined && { unit }),
    ...(decimals !== undefined && { decimals }),
    ...(choices !== undefined && { choices }),
    ...(category !== undefined && { category }),
  };
}

async function write(
  ports: GoodsRoutePorts,
  request: Request,
  response: Response,
  change: Pick<AttributeChange, 'code' | 'attribute'>,
): Promise<void> {
  if (!(await mayConsole(ports, response, 'publish', ['global']))) return;
  const written = await writeAttribute(ports.catalog, ports, {
    ...change,
    by: askerOf(response).user,
    version: versionOf(request.headers['if-match']),
  });
  if (written.ok) response.json(written.value);
  else sendError(response, written.error);
}

function sendError(response: Response, error: AttributeError): void {
  const { type } = error;
  if (type === 'unknownAttribute')
    return sendProblem(response, { type, status: 404, title: 'There is no such attribute. Nothing was changed.' });
  if (type === 'changedSince') return sendChangedSince(response);
  if (type === 'attributeInUse')
    return sendProblem(response, {
      type,
      status: 409,
      title: 'Articles have it as what it is: its type stays, or it is removed first. Nothing was changed.',
    });
  return sendProblem(response, { type, status: 422, title: `${error.reason}. Nothing was changed.` });
}
