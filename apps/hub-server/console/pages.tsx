/** Which pages the console has: what each is called, where the navigation shows it, and what draws it. */
import type { ReactElement } from 'react';

import type { Address, Page } from './address.ts';
import type { Places } from './api.ts';
import { ReceiptsPage } from './company/receipts-page.tsx';
import { SettingsPage } from './company/settings-page.tsx';
import { StoresPage } from './company/stores-page.tsx';
import { TaxPage } from './company/tax-page.tsx';
import { TendersPage } from './company/tenders-page.tsx';
import { WebhooksPage } from './company/webhooks-page.tsx';
import { CataloguePage } from './goods/catalogue-page.tsx';
import { FilingPage } from './goods/filing-page.tsx';
import { KeyPagesPage } from './goods/key-pages-page.tsx';
import { PricesPage } from './goods/prices-page.tsx';
import { RolloutsPage } from './goods/rollouts-page.tsx';
import { AuditPage } from './inquiry/audit-page.tsx';
import { ConflictsPage } from './inquiry/conflicts-page.tsx';
import { SetAsidePage } from './inquiry/set-aside-page.tsx';
import { AccountsPage } from './people/accounts-page.tsx';
import { ApiTokensPage } from './people/api-tokens-page.tsx';
import { AttendancePage } from './people/attendance-page.tsx';
import { CustomersPage } from './people/customers-page.tsx';
import { PeoplePage } from './people/people-page.tsx';
import { ProfilePage } from './people/profile-page.tsx';
import { RolesPage } from './people/roles-page.tsx';
import type { Rights } from './rights.tsx';
import { CardCasesPage } from './selling/card-cases-page.tsx';
import { OverviewPage } from './selling/overview-page.tsx';
import { ReceiptMailsPage } from './selling/receipt-mails-page.tsx';
import { SalesPage } from './selling/sales-page.tsx';
import { StoreDaysPage } from './selling/store-days-page.tsx';

export interface PageProps {
  readonly places: Places;
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
  profile: { name: 'Your sign-in', shows: ({ places: { stores }, timeZone }) => <ProfilePage stores={stores} timeZone={timeZone} /> },
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
