/** Customers as the hub tells them, checked on arrival. Names go in bodies, never into an address: neither this page's nor a request's. */
import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';

import type { Operations } from '../hub-api.ts';
import { type Answer, askHub } from '../hub-client.ts';

export type Customer = Answer<'getCustomersByCustomer'>;
type Draft = Operations['postCustomers']['body'];
export type ReceiptLanguage = NonNullable<Draft['person']['language']>;
export type Person = NonNullable<Customer['person']>;

export const MOST_CUSTOMERS = 50;

/** Without a text: who was taken up or changed last. */
export const useCustomers = (text: string) =>
  useQuery({
    queryKey: ['customers', text],
    queryFn: async ({ signal }) => askHub('postCustomersSearch', { body: { text, limit: MOST_CUSTOMERS } }, signal),
    placeholderData: keepPreviousData,
  });

export const useCustomer = (customer: string) =>
  useQuery({
    queryKey: ['customer', customer],
    queryFn: async ({ signal }) => askHub('getCustomersByCustomer', { question: { customer } }, signal),
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
  readonly language: ReceiptLanguage;
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

type Texts = Pick<CustomerForm, 'address' | 'phone' | 'email'>;
const saidIn = ({ address, phone, email }: Texts): Partial<Texts> => ({
  ...(address.trim() !== '' && { address }),
  ...(phone.trim() !== '' && { phone }),
  ...(email.trim() !== '' && { email }),
});

/** As the hub takes it: what is empty is not said. */
export function draftOf(form: CustomerForm): Draft {
  const { store, cards, groups, exemptionCertificate, exemptionTo, onAccount, accountLimit, limitCurrency, name, language, ...texts } =
    form;
  const amount = accountLimit.trim();
  const exemption = exemptionCertificate.trim();
  return {
    store,
    person: { name, ...saidIn(texts), ...(language !== '' && { language }), cards: listOf(cards) },
    rights: {
      groups: listOf(groups),
      onAccount,
      ...(amount !== '' && { accountLimit: { amount, currency: limitCurrency } }),
      ...(exemption !== '' && { exemptionCertificate: exemption }),
      ...(exemption !== '' && exemptionTo !== '' && { exemptionTo }),
    },
  };
}

/** `held`: as it was read; where somebody wrote it anew since, the hub refuses. */
export const useKeepCustomer = (held: Pick<Customer, 'customer' | 'version'> | undefined) => {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async (form: CustomerForm) =>
      held === undefined
        ? askHub('postCustomers', { body: draftOf(form) })
        : askHub('putCustomersByCustomer', { question: { customer: held.customer }, body: draftOf(form), ifMatch: held.version }),
    networkMode: 'always',
    onSuccess: async () => Promise.all(['customers', 'customer'].map(async (key) => client.invalidateQueries({ queryKey: [key] }))),
  });
};

export const useEraseCustomer = (customer: string) => {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async () => askHub('postCustomersByCustomerErase', { question: { customer } }),
    networkMode: 'always',
    onSuccess: async () => Promise.all(['customers', 'customer'].map(async (key) => client.invalidateQueries({ queryKey: [key] }))),
  });
};

/** All that is held, as it came: for the person who asked. */
export const useExportCustomer = (customer: string) =>
  useMutation({
    mutationFn: async () => askHub('postCustomersByCustomerExport', { question: { customer } }),
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
