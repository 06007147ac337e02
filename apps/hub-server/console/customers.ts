/** Customers as the hub tells them, checked on arrival. Names go in bodies, never into an address: neither this page's nor a request's. */
import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { z } from 'zod';

import { ask } from './ask.ts';

const personSchema = z.object({
  name: z.string(),
  address: z.string().optional(),
  phone: z.string().optional(),
  email: z.string().optional(),
  cards: z.array(z.string()),
  language: z.string().optional(),
  consentAtMs: z.int(),
});
export type Person = z.infer<typeof personSchema>;

const foundSchema = z.object({
  customers: z.array(z.object({ customer: z.string(), store: z.string(), person: personSchema })),
  isMore: z.boolean(),
});

const customerSchema = z.object({
  customer: z.string(),
  store: z.string(),
  person: personSchema.nullable(),
  rights: z.object({
    groups: z.array(z.string()),
    tier: z.string().optional(),
    exemptionCertificate: z.string().optional(),
    exemptionTo: z.string().optional(),
    onAccount: z.boolean().optional(),
    accountLimit: z.object({ amount: z.string(), currency: z.string() }).optional(),
  }),
  createdAtMs: z.int(),
  changedAtMs: z.int(),
  erasedAtMs: z.int().nullable(),
  aliases: z.array(z.string()),
});
export type Customer = z.infer<typeof customerSchema>;

export const MOST_CUSTOMERS = 50;

const sent = (method: string, body: unknown): RequestInit => ({
  method,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
});

/** Without a text: who was taken up or changed last. */
export const useCustomers = (text: string) =>
  useQuery({
    queryKey: ['customers', text],
    queryFn: async ({ signal }) => ask(foundSchema, '/api/v1/customers/search', sent('POST', { text, limit: MOST_CUSTOMERS }), signal),
    placeholderData: keepPreviousData,
  });

export const useCustomer = (customer: string) =>
  useQuery({
    queryKey: ['customer', customer],
    queryFn: async ({ signal }) => ask(customerSchema, `/api/v1/customers/${encodeURIComponent(customer)}`, {}, signal),
  });

/** What the form holds: each field a text. */
export interface CustomerForm {
  readonly store: string;
  readonly name: string;
  readonly address: string;
  readonly phone: string;
  readonly email: string;
  /** With commas between them. */
  readonly cards: string;
  readonly language: string;
  readonly groups: string;
  readonly exemptionCertificate: string;
  readonly exemptionTo: string;
  readonly onAccount: boolean;
  /** Of their home store's currency, or of the one that it is held in. */
  readonly accountLimit: string;
  readonly limitCurrency: string;
}

export const formOf = (store: string, currency: string, held?: Pick<Customer, 'person' | 'rights'>): CustomerForm => ({
  store,
  name: held?.person?.name ?? '',
  address: held?.person?.address ?? '',
  phone: held?.person?.phone ?? '',
  email: held?.person?.email ?? '',
  cards: held?.person?.cards.join(', ') ?? '',
  language: held?.person?.language ?? '',
  groups: held?.rights.groups.join(', ') ?? '',
  exemptionCertificate: held?.rights.exemptionCertificate ?? '',
  exemptionTo: held?.rights.exemptionTo ?? '',
  onAccount: held?.rights.onAccount === true,
  accountLimit: held?.rights.accountLimit?.amount ?? '',
  limitCurrency: held?.rights.accountLimit?.currency ?? currency,
});

const listOf = (text: string): readonly string[] =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');

/** As the hub takes it: what is empty is not said. */
export function draftOf(form: CustomerForm): object {
  const { store, cards, groups, exemptionCertificate, exemptionTo, onAccount, accountLimit, limitCurrency, ...texts } = form;
  const amount = accountLimit.trim();
  const said = Object.fromEntries(Object.entries(texts).filter(([, text]) => text.trim() !== ''));
  const exemption = exemptionCertificate.trim();
  return {
    store,
    person: { ...said, name: texts.name, cards: listOf(cards) },
    rights: {
      groups: listOf(groups),
      onAccount,
      ...(amount !== '' && { accountLimit: { amount, currency: limitCurrency } }),
      ...(exemption !== '' && { exemptionCertificate: exemption }),
      ...(exemption !== '' && exemptionTo !== '' && { exemptionTo }),
    },
  };
}

const keptSchema = z.object({ customer: z.string() });

export const useKeepCustomer = (customer: string | undefined) => {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async (form: CustomerForm) =>
      customer === undefined
        ? ask(keptSchema, '/api/v1/customers', sent('POST', draftOf(form)))
        : ask(keptSchema, `/api/v1/customers/${encodeURIComponent(customer)}`, sent('PUT', draftOf(form))),
    networkMode: 'always',
    onSuccess: async () => Promise.all(['customers', 'customer'].map(async (key) => client.invalidateQueries({ queryKey: [key] }))),
  });
};

export const useEraseCustomer = (customer: string) => {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async () => ask(keptSchema, `/api/v1/customers/${encodeURIComponent(customer)}/erase`, { method: 'POST' }),
    networkMode: 'always',
    onSuccess: async () => Promise.all(['customers', 'customer'].map(async (key) => client.invalidateQueries({ queryKey: [key] }))),
  });
};

/** All that is held, as it came: for the person who asked. */
export const useExportCustomer = (customer: string) =>
  useMutation({
    mutationFn: async () =>
      ask(z.record(z.string(), z.unknown()), `/api/v1/customers/${encodeURIComponent(customer)}/export`, { method: 'POST' }),
    networkMode: 'always',
    onSuccess: (held) => saveJson(`${customer}.json`, held),
  });

function saveJson(name: string, held: object): void {
  const url = URL.createObjectURL(new Blob([JSON.stringify(held, null, 2)], { type: 'application/json' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}
