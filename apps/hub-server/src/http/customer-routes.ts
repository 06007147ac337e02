import { type AccountLimit, type Action, currencyOf, isPersonId, parseMinor, PERSON_LENGTHS, RECEIPT_LANGUAGES } from '@holdfast/domain';
/** Customers over HTTP. Names, phones and cards stand in bodies alone: an address is in logs. */
import type { Response } from 'express';
import { z } from 'zod';

import {
  changeCustomer,
  createCustomer,
  type CustomerDraft,
  type CustomerFault,
  type CustomerPorts,
  eraseCustomer,
  findRow,
  noteAccess,
  readCustomerView,
} from '../customers/customers.ts';
import { exportCustomer } from '../customers/export-customer.ts';
import { searchCustomers } from '../customers/find-customers.ts';
import { isPlainText } from '../plain-text.ts';
import { CUSTOMER, CUSTOMER_EXPORT, FOUND_CUSTOMERS, KEPT_CUSTOMER } from './answers/customer.ts';
import type { Api } from './api-paths.ts';
import { askerOf } from './asker.ts';
import { mayConsole } from './judge.ts';
import { sendProblem } from './problems.ts';
import { sendChangedSince, versionOf } from './product-routes.ts';

const plain = (most: number) => z.string().refine((text) => isPlainText(text, most), 'holds control characters, or is too long');
const searchSchema = z.object({ text: plain(PERSON_LENGTHS.name).default(''), limit: z.int().min(1).max(100).default(50) });
/** As it is typed: `500.00` of a currency. */
const limitSchema = z
  .object({ amount: z.string().max(20), currency: z.string().length(3) })
  .transform(({ amount, currency }, context): AccountLimit => {
    const digits = currencyOf(currency)?.minorDigits;
    const parsed = digits === undefined ? undefined : parseMinor(amount.trim().replace(',', '.'), digits);
    if (parsed?.ok === true && parsed.value >= 0) return { amountMinor: parsed.value, currency };
    context.addIssue({ code: 'custom', message: 'is no amount of 0 or more in a currency that this hub knows' });
    return z.NEVER;
  });
const customerSchema = z.object({ customer: z.string().max(64) });
const draftSchema = z.object({
  store: plain(64),
  /** Of somebody whom cells and ledgers know already. */
  customer: z.string().refine(isPersonId, 'is an opaque id').optional(),
  person: z.object({
    name: plain(PERSON_LENGTHS.name),
    address: plain(PERSON_LENGTHS.address).optional(),
    phone: plain(PERSON_LENGTHS.phone).optional(),
    email: plain(PERSON_LENGTHS.email).optional(),
    cards: z.array(plain(PERSON_LENGTHS.card)).max(PERSON_LENGTHS.cards).optional(),
    language: z.enum(RECEIPT_LANGUAGES).or(z.literal('')).optional(),
  }),
  rights: z
    .object({
      groups: z
        .array(plain(64).regex(/^[^\n]+$/u))
        .max(50)
        .default([]),
      exemptionCertificate: z
        .string()
        .regex(/^[\w./:-]{1,64}$/)
        .optional(),
      exemptionTo: z
        .string()
        .regex(/^\d{4}-\d{2}-\d{2}$/)
        .optional(),
      onAccount: z.boolean().optional(),
      accountLimit: limitSchema.optional(),
    })
    .refine(
      ({ exemptionTo, exemptionCertificate }) => exemptionTo === undefined || exemptionCertificate !== undefined,
      'an end without a certificate',
    )
    .default({ groups: [] }),
});

const FAULTS: Readonly<Record<Exclude<CustomerFault['type'], 'changedSince'>, { readonly status: number; readonly title: string }>> = {
  noSuchStore: { status: 422, title: 'There is no such store. Nothing was kept.' },
  noSuchCustomer: { status: 404, title: 'There is no such customer, or they were forgotten.' },
  badPerson: { status: 422, title: 'This is not what a person is kept as. Nothing was kept.' },
  customerExists: { status: 409, title: 'Another customer has this id, card or phone. Nothing was kept.' },
};

function sendFault(response: Response, fault: CustomerFault): void {
  if (fault.type === 'changedSince') return sendChangedSince(response);
  const detail = fault.type === 'badPerson' ? fault.field : fault.type === 'customerExists' ? fault.customer : undefined;
  sendProblem(response, { type: fault.type, ...FAULTS[fault.type], ...(detail !== undefined && { detail }) });
}

export function addCustomerRoutes(api: Api, ports: CustomerPorts): void {
  /** Undefined once it is answered: there is no such one, or it may not be. */
  const admitted = async (response: Response, { customer }: z.output<typeof customerSchema>, action: Action) => {
    const row = await findRow(ports.database, ports.tenantNo, customer);
    if (!(await mayConsole(ports, response, action, [row === undefined ? 'global' : `store:${row.store}`]))) return undefined;
    if (row === undefined) sendFault(response, { type: 'noSuchCustomer' });
    return row;
  };
  api.add(
    {
      method: 'post',
      path: '/api/v1/customers/search',
      sight: 'somewhere',
      onlyReads: true,
      summary: 'Customers by name, phone, mail or card',
      body: searchSchema.prefault({}),
      answer: FOUND_CUSTOMERS,
    },
    async (response, { body: question }) => {
      if (!(await mayConsole(ports, response, 'findCustomer', ['global']))) return;
      const { people, isMore } = await searchCustomers(ports, question.text, question.limit);
      await noteAccess(ports, askerOf(response).user, 'search', '');
      response.json({ customers: people, isMore });
    },
  );
  api.add(
    {
      method: 'post',
      path: '/api/v1/customers',
      sight: 'somewhere',
      summary: 'Makes a customer',
      body: draftSchema,
      status: 201,
      answer: KEPT_CUSTOMER,
    },
    async (response, { body: draft }) => {
      if (!(await mayConsole(ports, response, 'keepCustomer', [`store:${draft.store}`]))) return;
      const created = await createCustomer(ports, askerOf(response).user, draft satisfies CustomerDraft, draft.customer);
      if (created.ok) response.status(201).json(created.value);
      else sendFault(response, created.error);
    },
  );
  api.add(
    {
      method: 'get',
      path: '/api/v1/customers/:customer',
      sight: 'somewhere',
      summary: 'A customer whole; that somebody looked is kept',
      question: customerSchema,
      isVersioned: true,
      answer: CUSTOMER,
    },
    async (response, { question }, request) => {
      const row = await admitted(response, question, 'findCustomer');
      if (row === undefined) return;
      await noteAccess(ports, askerOf(response).user, 'open', row.customer);
      const view = await readCustomerView(ports, row.customer);
      const tag = `"${view?.version ?? ''}"`;
      response.setHeader('ETag', tag);
      response.setHeader('Cache-Control', 'private, no-cache');
      if (request.headers['if-none-match'] === tag) response.status(304).end();
      else response.json(view);
    },
  );
  api.add(
    {
      method: 'put',
      path: '/api/v1/customers/:customer',
      sight: 'somewhere',
      summary: 'Writes a customer anew',
      question: customerSchema,
      body: draftSchema,
      isVersioned: true,
      answer: KEPT_CUSTOMER,
    },
    async (response, { question, body: draft }, request) => {
      const row = await admitted(response, question, 'keepCustomer');
      if (row === undefined || !(await mayConsole(ports, response, 'keepCustomer', [`store:${draft.store}`]))) return;
      const version = versionOf(request.headers['if-match']);
      const changed = await changeCustomer(ports, askerOf(response).user, row.customer, draft, version);
      if (changed.ok) response.json(changed.value);
      else sendFault(response, changed.error);
    },
  );
  api.add(
    {
      method: 'post',
      path: '/api/v1/customers/:customer/export',
      isCostly: true,
      sight: 'somewhere',
      summary: 'All that is held of a customer',
      question: customerSchema,
      answer: CUSTOMER_EXPORT,
    },
    async (response, { question }) => {
      const row = await admitted(response, question, 'eraseCustomer');
      if (row !== undefined) response.json(await exportCustomer(ports, askerOf(response).user, row.customer));
    },
  );
  api.add(
    {
      method: 'post',
      path: '/api/v1/customers/:customer/erase',
      sight: 'somewhere',
      summary: 'Forgets a customer; sums stay as they are',
      question: customerSchema,
      answer: KEPT_CUSTOMER,
    },
    async (response, { question }) => {
      const row = await admitted(response, question, 'eraseCustomer');
      if (row === undefined) return;
      const erased = await eraseCustomer(ports, askerOf(response).user, row.customer);
      if (erased.ok) response.json(erased.value);
      else sendFault(response, erased.error);
    },
  );
}
