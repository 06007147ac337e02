/** Pictures of goods over HTTP: put by headquarters, asked for by name. */
import type { Response, Router } from 'express';
import { z } from 'zod';

import { findPlace } from '../goods/merged-entities.ts';
import { PICTURE_MEDIA_TYPE } from '../goods/picture-form.ts';
import { type PictureFault, type PicturePorts, readPicture, setPicture } from '../goods/pictures.ts';
import { isPlainText } from '../plain-text.ts';
import { GOODS_SCOPE, type GoodsRoutePorts } from './goods-routes.ts';
import { judge, mayConsole } from './judge.ts';
import { sendProblem } from './problems.ts';
import { readFrame } from './read-frame.ts';

const questionSchema = z.object({ sku: z.string().refine((sku) => isPlainText(sku, 400), 'is no SKU'), scope: GOODS_SCOPE });

/** A file that a browser made too large is told so by the form's own words, not by the reader of bodies. */
const MOST_READ = 64 * 1024;

export function addPictureRoutes(router: Router, ports: GoodsRoutePorts & PicturePorts): void {
  const set = async (response: Response, question: unknown, bytes: Uint8Array | null): Promise<void> => {
    const asked = judge(response, questionSchema, question);
    const place = asked === undefined ? undefined : await findPlace(ports.database, ports.tenantNo, asked.scope);
    if (asked === undefined) return;
    if (place === undefined) return sendProblem(response, { type: 'noSuchStore', status: 404, title: 'There is no such store.' });
    if (!(await mayConsole(ports, response, 'publish', [asked.scope]))) return;
    const done = await setPicture(ports, place, asked.sku, bytes);
    if (done.ok) response.json(done.value);
    else sendFault(response, done.error);
  };
  const path = '/api/v1/product/:sku/picture';
  router.put(path, readFrame(MOST_READ), async (request, response) => {
    if (request.headers['content-type'] !== PICTURE_MEDIA_TYPE)
      return sendProblem(response, {
        type: 'badPicture',
        status: 415,
        title: `A picture is sent as ${PICTURE_MEDIA_TYPE}. Nothing was kept.`,
      });
    const bytes = new Uint8Array(request.body as Uint8Array);
    await set(response, { ...request.query, sku: request.params['sku'] }, bytes);
    return undefined;
  });
  router.delete(path, async (request, response) => set(response, { ...request.query, sku: request.params.sku }, null));
  router.get('/api/v1/pictures/:hash', async (request, response) => {
    sendPicture(response, request.params.hash, await readPicture(ports, request.params.hash));
  });
}

/** To a browser or a device: its name is its content, so it is asked for once. */
export function sendPicture(response: Response, hash: string, bytes: Uint8Array | undefined): void {
  if (bytes === undefined) return sendProblem(response, { type: 'noSuchPicture', status: 404, title: 'There is no such picture.' });
  response.setHeader('ETag', `"${hash}"`);
  response.setHeader('Cache-Control', 'private, max-age=31536000, immutable');
  response.type(PICTURE_MEDIA_TYPE);
  response.end(bytes);
  return undefined;
}

function sendFault(response: Response, fault: PictureFault): void {
  if (fault.type === 'unknownGoods')
    return sendProblem(response, { type: fault.type, status: 404, title: 'There are no such goods there. Nothing was kept.' });
  return sendProblem(response, {
    type: fault.type,
    status: 422,
    title: 'This is no picture of goods. Nothing was kept.',
    detail: fault.reason,
  });
}
