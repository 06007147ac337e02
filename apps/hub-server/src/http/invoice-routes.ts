/** Invoices over HTTP: keys for the names on them, one opened, a year forgotten. */
import { z } from 'zod';

import { forgetInvoiceKey, KEPT_YEARS, makeInvoiceKeys, type InvoiceKeyPorts } from '../invoices/invoice-keys.ts';
import { openInvoice, type OpenInvoicePorts } from '../invoices/open-invoice.ts';
import { isPlainText } from '../plain-text.ts';
import { INVOICE, INVOICE_YEAR, INVOICE_YEARS } from './answers/invoice.ts';
import type { Api } from './api-paths.ts';
import { mayConsole } from './judge.ts';
import { sendProblem } from './problems.ts';

const plain = z
  .string()
  .min(1)
  .max(64)
  .refine((text) => isPlainText(text, 64), 'holds control characters');
const openSchema = z.object({ store: plain, invoiceNumber: plain });
const yearSchema = z.object({ year: z.coerce.number().int().min(2_000).max(9_999) });

export function addInvoiceRoutes(api: Api, ports: InvoiceKeyPorts & OpenInvoicePorts): void {
  api.add(
    {
      method: 'post',
      path: '/api/v1/invoice-keys',
      sight: 'somewhere',
      summary: 'Makes the keys for names on invoices of this year and the next',
      status: 201,
      answer: INVOICE_YEARS,
    },
    async (response) => {
      if (await mayConsole(ports, response, 'publish', ['global'])) response.status(201).json({ years: await makeInvoiceKeys(ports) });
    },
  );
  api.add(
    {
      method: 'post',
      path: '/api/v1/invoices/open',
      sight: 'somewhere',
      onlyReads: true,
      summary: 'Opens the name on an invoice',
      body: openSchema,
      answer: INVOICE,
    },
    async (response, { body: wish }) => {
      if (!(await mayConsole(ports, response, 'openInvoice', [`store:${wish.store}`]))) return;
      const invoice = await openInvoice(ports, wish);
      if (invoice !== undefined) response.json(invoice);
      else
        sendProblem(response, {
          type: 'noSuchInvoice',
          status: 404,
          title: `The hub holds no invoice ${wish.invoiceNumber} of store ${wish.store}.`,
        });
    },
  );
  api.add(
    {
      method: 'post',
      path: '/api/v1/invoice-keys/:year/forget',
      sight: 'somewhere',
      summary: 'Forgets the names on all invoices of a year',
      question: yearSchema,
      answer: INVOICE_YEAR,
    },
    async (response, { question: wish }) => {
      if (!(await mayConsole(ports, response, 'openInvoice', ['global']))) return;
      const done = await forgetInvoiceKey(ports, wish.year);
      if (done === 'forgotten') response.json({ year: wish.year });
      else if (done === 'kept')
        sendProblem(response, {
          type: 'mustBeKept',
          status: 409,
          title: `Invoices of ${wish.year} are kept for ${KEPT_YEARS} years after it.`,
        });
      else sendProblem(response, { type: 'noSuchKey', status: 404, title: `There is no key of ${wish.year}, or it is forgotten already.` });
    },
  );
}
