/** Styles over HTTP: which there are, and one with all of its variants. */
import { MAX_STYLE_LENGTH } from '@holdfast/domain';
import { z } from 'zod';

import { listNames } from '../goods/goods-filter.ts';
import { findPlace } from '../goods/merged-entities.ts';
import { readStyle } from '../goods/styles.ts';
import { isPlainText } from '../plain-text.ts';
import { STYLE, STYLES } from './answers/goods.ts';
import type { Api } from './api-paths.ts';
import { GOODS_SCOPE, type GoodsRoutePorts, NAMES_QUESTION, pricesAt } from './goods-routes.ts';
import { sendProblem } from './problems.ts';

const styleQuestion = z.object({
  style: z
    .string()
    .min(1)
    .max(MAX_STYLE_LENGTH)
    .refine((name) => isPlainText(name, MAX_STYLE_LENGTH) && !name.includes('\n'), 'holds control characters'),
  scope: GOODS_SCOPE,
});

export function addStyleRoutes(api: Api, ports: GoodsRoutePorts): void {
  api.add(
    {
      method: 'get',
      path: '/api/v1/styles',
      sight: 'somewhere',
      summary: 'The styles that articles are variants of, in the order of their names',
      question: NAMES_QUESTION,
      answer: STYLES,
    },
    async (response, { question }) => {
      const { q: begins, limit, cursor: after, counts } = question;
      const { names: styles, ...rest } = await listNames(ports, 'styles', { begins, limit, after, counts });
      response.json({ styles, ...rest });
    },
  );
  api.add(
    {
      method: 'get',
      path: '/api/v1/styles/:style',
      sight: 'somewhere',
      summary: 'A style: what its variants differ in, and each of them with its price',
      question: styleQuestion,
      answer: STYLE,
    },
    async (response, { question: { style, scope } }) => {
      const place = await findPlace(ports.database, ports.tenantNo, scope);
      if (place === undefined) return sendProblem(response, { type: 'noSuchStore', status: 404, title: 'There is no such store.' });
      const { items, ...read } = await readStyle(place, style);
      if (items.length === 0)
        return sendProblem(response, { type: 'noSuchStyle', status: 404, title: 'No article there is of that style.' });
      const priceOf = await pricesAt(ports, place, items);
      const variants = items.map((item) => ({ sku: item.sku, name: item.name, options: item.options ?? [], price: priceOf(item) }));
      response.json({ style, ...read, variants });
      return undefined;
    },
  );
}
