/** Which pages the console has: what each is called, where the navigation shows it, and what draws it. */
import type { ReactElement } from 'react';

import type { Address, Page } from './address.ts';
import type { Overview } from './api.ts';
import { AttendancePage } from './attendance-page.tsx';
import { AuditPage } from './audit-page.tsx';
import { CardCasesPage } from './card-cases-page.tsx';
import { CataloguePage } from './catalogue-page.tsx';
import { ConflictsPage } from './conflicts-page.tsx';
import { CustomersPage } from './customers-page.tsx';
import { KeyPagesPage } from './key-pages-page.tsx';
import { OverviewPage } from './overview-page.tsx';
import { PeoplePage } from './people-page.tsx';
import { PricesPage } from './prices-page.tsx';
import { ReceiptMailsPage } from './receipt-mails-page.tsx';
import { RolesPage } from './roles-page.tsx';
import { RolloutsPage } from './rollouts-page.tsx';
import { SalesPage } from './sales-page.tsx';
import { SetAsidePage } from './set-aside-page.tsx';
import { SettingsPage } from './settings-page.tsx';
import { StoreDaysPage } from './store-days-page.tsx';
import { TaxPage } from './tax-page.tsx';
import { TendersPage } from './tenders-page.tsx';
import { WebhooksPage } from './webhooks-page.tsx';

export interface PageProps {
  readonly overview: Overview;
  readonly address: Address;
  readonly hubNowMs: number;
  readonly timeZones: ReadonlyMap<string, string>;
  /** The zone of all stores, where they have one in common. */
  readonly timeZone: string | undefined;
}

interface ConsolePage {
  readonly name: string;
  readonly shows: (props: PageProps) => ReactElement;
}

export const CONSOLE_PAGES: Readonly<Record<Page, ConsolePage>> = {
  overview: { name: 'Overview', shows: (props) => <OverviewPage {...props} /> },
  catalogue: { name: 'Catalogue', shows: (props) => <CataloguePage {...props} /> },
  prices: { name: 'Prices', shows: (props) => <PricesPage {...props} /> },
  sales: { name: 'Sales', shows: (props) => <SalesPage {...props} /> },
  days: { name: 'Store days', shows: (props) => <StoreDaysPage {...props} /> },
  cards: { name: 'Card payments', shows: (props) => <CardCasesPage {...props} /> },
  attendance: { name: 'Attendance', shows: (props) => <AttendancePage {...props} /> },
  people: { name: 'People', shows: (props) => <PeoplePage {...props} /> },
  customers: { name: 'Customers', shows: (props) => <CustomersPage {...props} /> },
  keys: { name: 'Keys', shows: (props) => <KeyPagesPage {...props} /> },
  conflicts: { name: 'Conflicts', shows: (props) => <ConflictsPage {...props} /> },
  aside: { name: 'Set aside', shows: (props) => <SetAsidePage {...props} /> },
  rollouts: { name: 'Roll-outs', shows: (props) => <RolloutsPage {...props} /> },
  mails: { name: 'E-receipts', shows: (props) => <ReceiptMailsPage {...props} /> },
  tax: { name: 'Tax', shows: (props) => <TaxPage {...props} /> },
  tenders: { name: 'Tenders', shows: (props) => <TendersPage {...props} /> },
  roles: { name: 'Roles', shows: (props) => <RolesPage {...props} /> },
  settings: { name: 'Settings', shows: (props) => <SettingsPage {...props} /> },
  webhooks: { name: 'Webhooks', shows: (props) => <WebhooksPage {...props} /> },
  audit: { name: 'Audit', shows: (props) => <AuditPage {...props} /> },
};

/** The navigation, from what is looked at all day to what is looked at when something is wrong. */
export const PAGE_GROUPS = [
  { name: 'Selling', pages: ['overview', 'sales', 'days', 'cards', 'mails'] },
  { name: 'Goods', pages: ['catalogue', 'prices', 'keys', 'rollouts'] },
  { name: 'People', pages: ['people', 'roles', 'attendance', 'customers'] },
  { name: 'Company', pages: ['tax', 'tenders', 'settings', 'webhooks'] },
  { name: 'To look into', pages: ['conflicts', 'aside', 'audit'] },
] as const satisfies readonly { readonly name: string; readonly pages: readonly Page[] }[];
