/** Customers: found by name, one opened, changed, handed out whole and forgotten whole. What a person said stands on this page alone, and is not in its address. */
import { Button, Checkbox, Modal, Select, Textarea, TextInput } from '@mantine/core';
import { type ReactElement, useState } from 'react';

import type { Places } from '../api.ts';
import { dateTimeText, plural } from '../format.ts';
import { May } from '../rights.tsx';
import { Failure, HeadCells, LongSelect, NoRows, Tag } from '../table-parts.tsx';
import {
  type Customer,
  type CustomerForm,
  formOf,
  MOST_CUSTOMERS,
  type ReceiptLanguage,
  useCustomer,
  useCustomers,
  useEraseCustomer,
  useExportCustomer,
  useKeepCustomer,
} from './customers.ts';

const LANGUAGES: readonly { readonly value: ReceiptLanguage; readonly label: string }[] = [
  { value: '', label: 'The store’s' },
  { value: 'en', label: 'English' },
  { value: 'de', label: 'Deutsch' },
  { value: 'fr', label: 'Français' },
  { value: 'es', label: 'Español' },
  { value: 'ar', label: 'العربية' },
  { value: 'ja', label: '日本語' },
  { value: 'he', label: 'עברית' },
  { value: 'th', label: 'ไทย' },
];

const TEXTS = [
  ['name', 'Name', 'Lanes are told the initials alone'],
  ['phone', 'Phone', 'Lanes of the store find them by it, as a hash'],
  ['email', 'E-mail', ''],
  ['cards', 'Card numbers', 'With commas between them; lanes have hashes'],
  ['groups', 'Groups', 'Whose prices and promotions are theirs, with commas between them'],
  ['exemptionCertificate', 'Tax exemption', 'Number of the certificate'],
  ['exemptionTo', 'Exempt until', 'The first day without it, 2027-01-01'],
] as const satisfies readonly (readonly [keyof CustomerForm, string, string])[];

interface EditProps {
  readonly places: Places;
  readonly held: Customer | undefined;
  readonly store: string;
  readonly onDone: () => void;
}

const Edit = ({ places, held, store, onDone }: EditProps): ReactElement => {
  const currencyOf = (home: string): string => places.stores.find((each) => each.store === home)?.currency ?? 'EUR';
  const [form, setForm] = useState(() => formOf(store, currencyOf(store), held));
  // The version goes with what was read when the form was opened: whoever looks meanwhile reads anew, and the form does not.
  const [begun] = useState(held);
  const { mutate, isPending, error } = useKeepCustomer(begun);
  return (
    <form
      className="enrol-form"
      onSubmit={(event) => {
        event.preventDefault();
        mutate(form, { onSuccess: onDone });
      }}
    >
      {TEXTS.slice(0, 1).map(([field, label, description]) => (
        <TextInput
          key={field}
          label={label}
          description={description}
          value={form[field]}
          data-autofocus
          data-testid={`customer-${field}`}
          onChange={(event) => setForm({ ...form, [field]: event.currentTarget.value })}
        />
      ))}
      <LongSelect
        label="Home store"
        data={places.stores.map((each) => ({ value: each.store, label: `${each.store} · ${each.name}` }))}
        value={form.store}
        allowDeselect={false}
        onChange={(value) => {
          const home = value ?? form.store;
          setForm({ ...form, store: home, ...(form.accountLimit === '' && { limitCurrency: currencyOf(home) }) });
        }}
      />
      <Textarea
        label="Address"
        autosize
        maxRows={4}
        value={form.address}
        onChange={(event) => setForm({ ...form, address: event.currentTarget.value })}
      />
      {TEXTS.slice(1).map(([field, label, description]) => (
        <TextInput
          key={field}
          label={label}
          description={description}
          value={form[field]}
          data-testid={`customer-${field}`}
          onChange={(event) => setForm({ ...form, [field]: event.currentTarget.value })}
        />
      ))}
      <Select
        label="Language of receipts"
        data={LANGUAGES}
        value={form.language}
        allowDeselect={false}
        onChange={(value) => setForm({ ...form, language: LANGUAGES.find((each) => each.value === value)?.value ?? '' })}
      />
      <Checkbox
        label="May buy on account"
        checked={form.onAccount}
        onChange={(event) => setForm({ ...form, onAccount: event.currentTarget.checked })}
      />
      {form.onAccount ? (
        <TextInput
          label={`At most, ${form.limitCurrency}`}
          description="What they may owe over all stores; empty: no limit. Without the hub each lane sells what it was granted of it, and its own limit besides"
          value={form.accountLimit}
          inputMode="decimal"
          data-testid="customer-accountLimit"
          onChange={(event) => setForm({ ...form, accountLimit: event.currentTarget.value })}
        />
      ) : null}
      <Failure error={error} />
      <May action="keepCustomer">
        <Button type="submit" className="strong-button" loading={isPending} disabled={form.name.trim() === ''} data-testid="keep-customer">
          {held === undefined ? 'Take up: they agreed that this is kept' : 'Keep'}
        </Button>
      </May>
    </form>
  );
};

const Erase = ({ customer, onDone }: { readonly customer: string; readonly onDone: () => void }): ReactElement => {
  const [isAsked, setIsAsked] = useState(false);
  const { mutate, isPending, error } = useEraseCustomer(customer);
  if (!isAsked) {
    return (
      <May action="eraseCustomer">
        <Button variant="default" onClick={() => setIsAsked(true)} data-testid="erase-customer">
          Forget them…
        </Button>
      </May>
    );
  }
  return (
    <div>
      <p>
        Name, address, phone, e-mail and cards are deleted for good, here and at every lane at its next contact. Sales, points and totals
        stay, under an id that says nothing. This cannot be undone.
      </p>
      <div className="row-actions">
        <Button color="red" loading={isPending} data-testid="erase-customer-yes" onClick={() => mutate(undefined, { onSuccess: onDone })}>
          Forget them for good
        </Button>
        <Button variant="default" onClick={() => setIsAsked(false)}>
          Keep them
        </Button>
      </div>
      <Failure error={error} />
    </div>
  );
};

const One = ({ places, customer, onClose }: { readonly places: Places; readonly customer: string; readonly onClose: () => void }) => {
  const { data, error } = useCustomer(customer);
  const handOut = useExportCustomer(customer);
  const title = data?.person?.name ?? customer;
  return (
    <Modal opened onClose={onClose} lockScroll={false} centered title={<span className="dialog-title">{title}</span>}>
      <Failure error={error} />
      {data === undefined || data.person === null ? null : (
        <div data-testid="one-customer">
          <p className="mut">
            {data.customer} · since {dateTimeText(data.createdAtMs)}
            {data.rights.tier === undefined ? null : (
              <>
                {' '}
                <Tag tone="good">{data.rights.tier}</Tag>
              </>
            )}
          </p>
          <div className="row-actions">
            <May action="eraseCustomer">
              <Button variant="default" loading={handOut.isPending} onClick={() => handOut.mutate()} data-testid="export-customer">
                Hand out all that is held
              </Button>
            </May>
            <Erase customer={data.customer} onDone={onClose} />
          </div>
          <Failure error={handOut.error} />
          <Edit places={places} held={data} store={data.store} onDone={onClose} />
        </div>
      )}
    </Modal>
  );
};

export const CustomersPage = ({ places }: { readonly places: Places }): ReactElement => {
  const [text, setText] = useState('');
  const [opened, setOpened] = useState<string | undefined>();
  const [isNew, setIsNew] = useState(false);
  const { data, error } = useCustomers(text.trim());
  const found = data?.customers ?? [];
  const isAll = text.trim() === '';
  const nameOf = (store: string): string => places.stores.find((each) => each.store === store)?.name ?? store;
  return (
    <div className="page" data-testid="customers">
      <header className="page-head">
        <h1>Customers</h1>
        <span className="mut">
          {data === undefined ? '' : isAll && found.length > 0 ? 'changed last' : plural(found.length, 'customer')}
          {data?.isMore === true ? `, the first ${MOST_CUSTOMERS}: type more letters` : ''}
        </span>
        <div className="tools">
          <TextInput
            aria-label="Name"
            placeholder="The beginning of a name"
            value={text}
            maxLength={120}
            data-testid="customer-search"
            onChange={(event) => setText(event.currentTarget.value)}
          />
          <May action="keepCustomer">
            <Button className="strong-button" onClick={() => setIsNew(true)} data-testid="new-customer">
              New customer
            </Button>
          </May>
        </div>
      </header>
      {found.length === 0 ? (
        <div className="card">
          <NoRows asked={{ data, error }} none={isAll ? 'No customers yet' : 'Nobody is found'}>
            {isAll
              ? 'Lanes take customers up, or you do here. What is personal is sealed for each of them.'
              : 'Two letters of a name or more. Accents and case make no difference; each word begins a word of the name.'}
          </NoRows>
        </div>
      ) : (
        <div className="table-frame">
          <table className="data">
            <thead>
              <tr>
                <HeadCells labels={['Name', 'Phone', 'Cards', 'Home store', '']} />
              </tr>
            </thead>
            <tbody>
              {found.map(({ customer, store, person }) => (
                <tr key={customer} data-testid="customer">
                  <td className="wraps">
                    <bdi>{person.name}</bdi>
                  </td>
                  <td>
                    <bdi>{person.phone ?? ''}</bdi>
                  </td>
                  <td className="wraps">{person.cards.join(', ')}</td>
                  <td>{nameOf(store)}</td>
                  <td>
                    <Button size="compact-sm" variant="default" onClick={() => setOpened(customer)} data-testid="open-customer">
                      Open
                    </Button>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {opened === undefined ? null : <One places={places} customer={opened} onClose={() => setOpened(undefined)} />}
      <Modal
        opened={isNew}
        onClose={() => setIsNew(false)}
        lockScroll={false}
        centered
        title={<span className="dialog-title">New customer</span>}
      >
        <Edit places={places} held={undefined} store={places.stores[0]?.store ?? ''} onDone={() => setIsNew(false)} />
      </Modal>
    </div>
  );
};
