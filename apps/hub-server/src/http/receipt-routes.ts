/** What a receipt of a place would look like with the texts and the logo that somebody is bringing. */
import { assert } from '@holdfast/base';
import { isReceiptLanguage, RECEIPT_LOGO_MAX_LENGTH } from '@holdfast/domain';
import { decodeLogo, encodeLogo, LOGO_MAX, readLogo } from '@holdfast/paper/logo';
import { z } from 'zod';

import type { PictureDrawer } from '../goods/draw-picture.ts';
import { findPlace } from '../goods/merged-entities.ts';
import { PAPER_COLUMNS, previewReceipt } from '../receipts/receipt-preview.ts';
import { settingsWith, type SettingPorts } from '../settings/settings.ts';
import type { Api } from './api-paths.ts';
import { mayConsole } from './judge.ts';
import { PICTURE_FILE, pictureIn, sendDrawFault } from './picture-routes.ts';
import { PRICE_SCOPE } from './price-routes.ts';
import { sendProblem } from './problems.ts';
import { SETTING_VALUE } from './setting-routes.ts';

export interface ReceiptRoutePorts extends SettingPorts {
  readonly clock: { nowMs(): number };
  readonly pictures: PictureDrawer;
}

const text = SETTING_VALUE.nullable().optional();
const questionSchema = z.object({
  scope: PRICE_SCOPE.default('global'),
  /** Letters on a line of the paper. */
  columns: z.enum(PAPER_COLUMNS.map(String) as ['32', '42', '48']).default('42'),
  /** Of a shopper who chose one; absent: the store’s own. */
  language: z.string().max(35).refine(isReceiptLanguage, 'is a language that receipts are printed in').optional(),
});
/** What is written; what is absent is as it is there, null as if the place said nothing of it. */
const bodySchema = z.object({
  receiptHeader: text,
  receiptFooter: text,
  receiptLegal: text,
  storeName: text,
  storeAddress: text,
  /** As `POST /api/v1/logo-drawings` answers it. */
  receiptLogo: z
    .string()
    .max(RECEIPT_LOGO_MAX_LENGTH)
    .refine((logo) => logo === '' || readLogo(logo) !== undefined, 'is a logo')
    .nullable()
    .optional(),
});
const drawingSchema = z.object({ scope: PRICE_SCOPE.default('global') });
const LOGO_DRAWN = z.object({
  /** In base64, as the setting `receiptLogo` takes it. */
  png: z.string(),
  width: z.int(),
  height: z.int(),
});

const RECEIPT_PREVIEW = z.object({
  language: z.string(),
  direction: z.enum(['ltr', 'rtl']),
  columns: z.int(),
  lines: z.array(
    z.union([
      z.object({ type: z.literal('text'), text: z.string(), isBold: z.boolean(), isLarge: z.boolean() }),
      /** A row that printers draw as a picture, because no cells of one width hold its letters. */
      z.object({
        type: z.literal('drawn'),
        start: z.string(),
        end: z.string(),
        isCentred: z.boolean(),
        isBold: z.boolean(),
        isLarge: z.boolean(),
      }),
      /** A PNG in base64. */
      z.object({ type: z.literal('picture'), png: z.string() }),
      z.object({ type: z.literal('svg'), svg: z.string(), data: z.string() }),
      z.object({ type: z.literal('barcode'), data: z.string() }),
    ]),
  ),
});

export function addReceiptRoutes(api: Api, ports: ReceiptRoutePorts): void {
  api.add(
    {
      method: 'post',
      path: '/api/v1/receipt-previews',
      sight: 'place',
      onlyReads: true,
      summary: 'A receipt as a place would print it with these texts, line by line',
      question: questionSchema,
      body: bodySchema,
      answer: RECEIPT_PREVIEW,
    },
    async (response, { question: { scope, columns, language }, body }) => {
      const place = await findPlace(ports.database, ports.tenantNo, scope);
      const values = Object.fromEntries(Object.entries(body).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])));
      const settings = place === undefined ? undefined : await settingsWith(place, values);
      if (settings === undefined)
        return sendProblem(response, {
          type: 'noSuchPlace',
          status: 404,
          title: `There is no store at ${scope} whose receipt could be shown.`,
        });
      const atMs = ports.clock.nowMs();
      response.json(previewReceipt({ settings, columns: PAPER_COLUMNS.find((each) => String(each) === columns) ?? 42, language, atMs }));
    },
  );
  api.add(
    {
      method: 'post',
      path: '/api/v1/logo-drawings',
      sight: 'place',
      onlyReads: true,
      summary: 'A file of a picture as it would stand above receipts; nothing is published',
      question: drawingSchema,
      takes: PICTURE_FILE,
      answer: LOGO_DRAWN,
    },
    async (response, { question: { scope } }, request) => {
      const file = pictureIn(request, response);
      if (file === undefined || !(await mayConsole(ports, response, 'publish', [scope]))) return;
      const grey = await ports.pictures.grey(file, LOGO_MAX);
      if (!grey.ok) return sendDrawFault(response, grey.error);
      const png = encodeLogo(grey.value);
      if (!png.ok) return sendDrawFault(response, { type: 'badPicture', reason: 'it has too much in it for a receipt, even small' });
      const drawn = decodeLogo(png.value);
      assert(drawn.ok, 'what was drawn is read');
      response.json({ png: Buffer.from(png.value).toString('base64'), width: drawn.value.width, height: drawn.value.height });
    },
  );
}
