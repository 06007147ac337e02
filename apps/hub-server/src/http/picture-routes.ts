/** Pictures of goods over HTTP: put by headquarters, asked for by name. */
import type { Request, Response } from 'express';
import { z } from 'zod';

import { type DrawFault, FILE_TYPES, MAX_FILE_BYTES } from '../goods/draw-picture.ts';
import { findPlace } from '../goods/merged-entities.ts';
import { PICTURE_MEDIA_TYPE } from '../goods/picture-form.ts';
import { type PictureFault, type PicturePorts, readPicture, setPicture } from '../goods/pictures.ts';
import { isPlainText } from '../plain-text.ts';
import { PICTURE_SET } from './answers/goods.ts';
import type { Api } from './api-paths.ts';
import { askerOf } from './asker.ts';
import { GOODS_SCOPE, type GoodsRoutePorts } from './goods-routes.ts';
import { mayConsole } from './judge.ts';
import { sendProblem } from './problems.ts';
import { readFrame } from './read-frame.ts';

const questionSchema = z.object({ sku: z.string().refine((sku) => isPlainText(sku, 400), 'is no SKU'), scope: GOODS_SCOPE });

const pictureSchema = z.object({ hash: z.string() });

/** A file of a picture as a body; what it is its first bytes say. */
export const PICTURE_FILE = { type: FILE_TYPES, read: readFrame(MAX_FILE_BYTES) };

/** Undefined once it is answered. */
export function pictureIn(request: Request, response: Response): Uint8Array | undefined {
  if (FILE_TYPES.some((type) => type === request.headers['content-type'])) return new Uint8Array(request.body as Uint8Array);
  sendProblem(response, { type: 'badPicture', status: 415, title: `A picture is sent as ${FILE_TYPES.join(', ')}. Nothing was kept.` });
  return undefined;
}

export function addPictureRoutes(api: Api, ports: GoodsRoutePorts & PicturePorts): void {
  const set = async (response: Response, asked: z.output<typeof questionSchema>, file: Uint8Array | null): Promise<void> => {
    const place = await findPlace(ports.database, ports.tenantNo, asked.scope);
    if (place === undefined) return sendProblem(response, { type: 'noSuchStore', status: 404, title: 'There is no such store.' });
    if (!(await mayConsole(ports, response, 'publish', [asked.scope]))) return;
    const done = await setPicture(ports, place, asked.sku, file, askerOf(response).user);
    if (done.ok) response.json(done.value);
    else sendFault(response, done.error);
  };
  const path = '/api/v1/product/:sku/picture';

  api.add(
    {
      method: 'put',
      path,
      sight: 'somewhere',
      summary: 'Gives an article its picture',
      question: questionSchema,
      takes: PICTURE_FILE,
      answer: PICTURE_SET,
    },
    async (response, { question }, request) => {
      const file = pictureIn(request, response);
      if (file !== undefined) await set(response, question, file);
    },
  );
  api.add(
    {
      method: 'delete',
      path,
      sight: 'somewhere',
      summary: 'Takes an article’s picture away',
      question: questionSchema,
      answer: PICTURE_SET,
    },
    async (response, { question }) => set(response, question, null),
  );
  api.add(
    {
      method: 'get',
      path: '/api/v1/pictures/:hash',
      sight: 'somewhere',
      summary: 'A picture by its content',
      question: pictureSchema,
      gives: PICTURE_MEDIA_TYPE,
    },
    async (response, { question: { hash } }) => {
      sendPicture(response, hash, await readPicture(ports, hash));
    },
  );
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
  if (fault.type !== 'unknownGoods') return sendDrawFault(response, fault);
  return sendProblem(response, { type: fault.type, status: 404, title: 'There are no such goods there. Nothing was kept.' });
}

const AGAIN_SECONDS = 5;

export function sendDrawFault(response: Response, fault: DrawFault): void {
  if (fault.type === 'badPicture')
    return sendProblem(response, {
      type: fault.type,
      status: 422,
      title: 'This is no picture that this hub reads. Nothing was kept.',
      detail: `This file is no picture that the hub reads: ${fault.reason}. Nothing was kept.`,
    });
  response.setHeader('Retry-After', AGAIN_SECONDS);
  return sendProblem(response, {
    type: fault.type,
    status: 503,
    title: 'Too many pictures came at once. Nothing was kept: send it again.',
  });
}
