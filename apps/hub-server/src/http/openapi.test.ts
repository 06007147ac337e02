import express from 'express';
import { expect, test } from 'vitest';
import { z } from 'zod';

import { apiPage } from './api-page.ts';
import { createApi } from './api-paths.ts';
import { describeApi } from './openapi.ts';

const api = createApi(express.Router(), {
  once: () => (_request, _response, next) => next(),
  keepsPace: () => true,
  maySee: () => Promise.resolve(true),
  narrowly: async (_path, _response, answer) => answer(),
  fields: { mayWrite: () => Promise.resolve(true), watch: () => () => Promise.resolve() },
});
api.add(
  {
    method: 'put',
    path: '/api/v1/shelf/:shelf/goods',
    summary: 'Puts <goods> on a shelf & says so',
    question: z.object({ shelf: z.string().max(9), at: z.coerce.number().int().min(1).default(1) }),
    body: z.object({ skus: z.array(z.string()), note: z.string().optional() }),
    status: 201,
    isVersioned: true,
    answer: z.object({}),
  },
  () => undefined,
);
api.add(
  { method: 'get', path: '/api/v1/shelf', summary: 'All shelves', answer: z.object({ shelves: z.array(z.string()) }) },
  () => undefined,
);
const document = describeApi(api.paths);

test('a path is described as whoever asks writes it: before defaults and conversions', () => {
  expect(document.paths['/api/v1/shelf/{shelf}/goods']?.['put']).toMatchObject({
    operationId: 'putShelfByShelfGoods',
    tags: ['shelf'],
    parameters: [
      { name: 'shelf', in: 'path', required: true, schema: { type: 'string', maxLength: 9 } },
      { name: 'at', in: 'query', required: false, schema: { type: 'integer', minimum: 1, default: 1 } },
      { name: 'If-Match', in: 'header', required: false },
      { name: 'Idempotency-Key', in: 'header', required: false },
    ],
    requestBody: {
      required: true,
      content: { 'application/json': { schema: { type: 'object', required: ['skus'] } } },
    },
    responses: { 201: { description: 'It did what was asked.' }, 412: {}, default: { $ref: '#/components/responses/problem' } },
  });
  expect(document.paths['/api/v1/shelf']?.['get']?.responses['200']).toMatchObject({
    content: { 'application/json': { schema: { type: 'object', properties: { shelves: { type: 'array', items: { type: 'string' } } } } } },
  });
});

test('what a document refers to is in it', () => {
  const references = [...JSON.stringify(document).matchAll(/"\$ref":"#\/([^"]+)"/g)].map(([, path = '']) => path.split('/'));
  expect(references.length).toBeGreaterThan(0);
  for (const path of references) {
    const found = path.reduce<unknown>((at, name) => (at as Readonly<Record<string, unknown>> | undefined)?.[name], document);
    expect(found, path.join('/')).toBeDefined();
  }
});

test('the page holds every path, escapes what is said of it, and runs and styles nothing without its nonce', () => {
  const page = apiPage(document, 'abc');
  expect(page).toContain('id="putShelfByShelfGoods"');
  expect(page).toContain('Puts &lt;goods&gt; on a shelf &amp; says so');
  expect(page).not.toContain('<goods>');
  expect(page.match(/<(?:script|style)[^>]*>/g)).toEqual(['<style nonce="abc">', '<script nonce="abc">']);
  expect(page).not.toMatch(/ (?:style|on\w+)="|https?:/);
});
