/** Which pages the console has: what each is called, where the navigation shows it, and what draws it. */
import type { ReactElement } from 'react';

import { AccountsPage } from './accounts-page.tsx';
import type { Address, Page } from './address.ts';
import { ApiTokensPage } from './api-tokens-page.tsx';
import type { Overview } from './api.ts';
import { AttendancePage } from './attendance-page.tsx';
import { AuditPage } from './audit-page.tsx';
import { CardCasesPage } from './card-cases-page.tsx';
import { CataloguePage } from './catalogue-page.tsx';
import { ConflictsPage } from './conflicts-page.tsx';
import { CustomersPage } from './customers-page.tsx';
import { FilingPage } from './filing-page.tsx';
import { KeyPagesPage } from './key-pages-page.tsx';
import { OverviewPage } from './overview-page.tsx';
import { PeoplePage } from './people-page.tsx';
import { PricesPage } from './prices-page.tsx';
import { ProfilePage } from './profile-page.tsx';
import { ReceiptMailsPage } from './receipt-mails-page.tsx';
import { ReceiptsPage } from './receipts-page.tsx';
import type { Rights } from './rights.tsx';
import { RolesPage } from './roles-page.tsx';
import { RolloutsPage } from './rollouts-page.tsx';
import { SalesPage } from './sales-page.tsx';
import { SetAsidePage } from './set-aside-page.tsx';
import { SettingsPage } from './settings-page.tsx';
import { StoreDaysPage } from './store-days-page.tsx';
import { StoresPage } from './stores-page.tsx';
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
  /** Whose it is, among those who see any place; absent: everybody's. */
  readonly isFor?: (rights: Rights) => boolean;
  readonly shows: (props: PageProps) => ReactElement;
}

const ofCompany = ({ seesCompany }: Rights): boolean => seesCompany;

export const CONSOLE_PAGES: Readonly<Record<Page, ConsolePage>> = {
  overview: { name: 'Overview', shows: (props) => <OverviewPage {...props} /> },
  catalogue: { name: 'Catalogue', shows: (props) => <CataloguePage {...props} /> },
  filing: { name: 'Categories', isFor: ofCompany, shows: (props) => <FilingPage {...props} /> },
  prices: { name: 'Prices', shows: (props) => <PricesPage {...props} /> },
  sales: { name: 'Sales', shows: (props) => <SalesPage {...props} /> },
  days: { name: 'Store days', shows: (props) => <StoreDaysPage {...props} /> },
  cards: { name: 'Card payments', shows: (props) => <CardCasesPage {...props} /> },
  attendance: { name: 'Attendance', shows: (props) => <AttendancePage {...props} /> },
  people: { name: 'People', shows: (props) => <PeoplePage {...props} /> },
  accounts: { name: 'Sign-ins', isFor: ({ may }) => may('manageAccounts'), shows: (props) => <AccountsPage {...props} /> },
  customers: { name: 'Customers', isFor: ({ may }) => may('findCustomer', 'global'), shows: (props) => <CustomersPage {...props} /> },
  keys: { name: 'Keys', shows: (props) => <KeyPagesPage {...props} /> },
  conflicts: { name: 'Conflicts', isFor: ofCompany, shows: (props) => <ConflictsPage {...props} /> },
  aside: { name: 'Set aside', isFor: ofCompany, shows: (props) => <SetAsidePage {...props} /> },
  rollouts: { name: 'Roll-outs', isFor: ofCompany, shows: (props) => <RolloutsPage {...props} /> },
  mails: { name: 'E-receipts', shows: (props) => <ReceiptMailsPage {...props} /> },
  stores: { name: 'Stores', shows: (props) => <StoresPage {...props} /> },
  receipts: { name: 'Receipts', shows: (props) => <ReceiptsPage {...props} /> },
  tax: { name: 'Tax', isFor: ofCompany, shows: (props) => <TaxPage {...props} /> },
  tenders: { name: 'Tenders', isFor: ofCompany, shows: (props) => <TendersPage {...props} /> },
  roles: { name: 'Roles', isFor: ofCompany, shows: (props) => <RolesPage {...props} /> },
  settings: { name: 'Settings', shows: (props) => <SettingsPage {...props} /> },
  webhooks: { name: 'Webhooks', isFor: ({ may }) => may('manageAccounts', 'global'), shows: (props) => <WebhooksPage {...props} /> },
  tokens: { name: 'API tokens', shows: (props) => <ApiTokensPage {...props} /> },
  audit: { name: 'Audit', isFor: ofCompany, shows: (props) => <AuditPage {...props} /> },
  profile: { name: 'Your sign-in', shows: ({ overview: { stores }, timeZone }) => <ProfilePage stores={stores} timeZone={timeZone} /> },
};

/** The navigation, from what is looked at all day to what is looked at when something is wrong. */
export const PAGE_GROUPS = [
  { name: 'Selling', pages: ['overview', 'sales', 'days', 'cards', 'mails'] },
  { name: 'Goods', pages: ['catalogue', 'filing', 'prices', 'keys', 'rollouts'] },
  { name: 'People', pages: ['people', 'accounts', 'roles', 'attendance', 'customers'] },
  { name: 'Company', pages: ['stores', 'receipts', 'tax', 'tenders', 'settings', 'webhooks', 'tokens'] },
  { name: 'To look into', pages: ['conflicts', 'aside', 'audit'] },
] as const satisfies readonly { readonly name: string; readonly pages: readonly Page[] }[];

export function isOpenTo(page: Page, rights: Rights): boolean {
  // One's own is there for who sees no place at all.
  if (page === 'profile') return true;
  return rights.may('useConsole') && CONSOLE_PAGES[page].isFor?.(rights) !== false;
}
