/** Receipts that shoppers wanted by mail: what was sent, what waits, what failed and why. To whom, nobody reads here: it stands sealed in the ledger. */
import { Button, Select } from '@mantine/core';
import type { ReactElement } from 'react';

import type { Address } from '../address.ts';
import type { Places } from '../api.ts';
import { dateTimeText, plural } from '../format.ts';
import { May } from '../rights.tsx';
import { ExportButton, HeadCells, NoRows, setFilter, StoreFilter, Tag } from '../table-parts.tsx';
import { canTryAgain, MAIL_STATES, mailText, MOST_MAILS, useReceiptMails, useTryAgain, type ReceiptMail } from './receipt-mails.ts';

const TONES: Readonly<Record<ReceiptMail['state'], 'good' | 'quiet' | 'bad'>> = { sent: 'good', waiting: 'quiet', failed: 'bad' };

const EXPORT_HEADER = ['receipt', 'store', 'lane', 'asked', 'state', 'tries', 'done', 'why'];
const iso = (atMs: number | null): string => (atMs === null ? '' : new Date(atMs).toISOString());
const exportRows = (mails: readonly ReceiptMail[]): readonly (readonly string[])[] =>
  mails.map((mail) => [
    mail.receiptNumber,
    mail.store,
    String(mail.lane),
    iso(mail.askedAtMs),
    mail.state,
    String(mail.attempts),
    iso(mail.doneAtMs),
    mailText(mail),
  ]);

interface RowProps {
  readonly mail: ReceiptMail;
  readonly storeName: string;
  readonly timeZone: string | undefined;
  /** Absent: another try would end the same way. */
  readonly onAgain: (() => void) | undefined;
}

const MailRow = ({ mail, storeName, timeZone, onAgain }: RowProps): ReactElement => {
  const { receiptNumber, lane, state, askedAtMs, nextAtMs, doneAtMs } = mail;
  const next = state === 'waiting' && mail.attempts > 0 ? nextAtMs : null;
  return (
    <tr>
      <th scope="row">{receiptNumber}</th>
      <td>
        {storeName}, lane {lane}
      </td>
      <td>{dateTimeText(askedAtMs, timeZone)}</td>
      <td>
        <Tag tone={TONES[state]}>{MAIL_STATES[state].toLowerCase()}</Tag>{' '}
        <span className="mut">
          {doneAtMs === null ? '' : dateTimeText(doneAtMs, timeZone)}
          {next === null ? '' : `again ${dateTimeText(next, timeZone)}`}
        </span>
      </td>
      <td className="mut">{mailText(mail)}</td>
      <td className="n">
        {onAgain === undefined ? null : (
          <May action="settleExceptions" at="global">
            <Button size="compact-sm" variant="default" onClick={onAgain} aria-label={`Send ${receiptNumber} again`}>
              Send again
            </Button>
          </May>
        )}
      </td>
    </tr>
  );
};

interface PageProps {
  readonly places: Places;
  readonly address: Address;
  readonly timeZones: ReadonlyMap<string, string>;
}

export const ReceiptMailsPage = ({ places, address, timeZones }: PageProps): ReactElement => {
  const { store = '', state = '' } = address.filters;
  const { data, error } = useReceiptMails({ store, state });
  const { mutate } = useTryAgain();
  const mails = data ?? [];
  return (
    <div className="page" data-testid="receipt-mails">
      <header className="page-head">
        <h1>E-receipts</h1>
        <span className="mut">
          {data === undefined ? '' : mails.length === MOST_MAILS ? `the newest ${MOST_MAILS}` : plural(mails.length, 'e-receipt')}
        </span>
        <div className="tools">
          <StoreFilter places={places} address={address} />
          <Select
            aria-label="State"
            placeholder="All"
            w={150}
            clearable
            data={Object.entries(MAIL_STATES).map(([value, label]) => ({ value, label }))}
            value={state === '' ? null : state}
            onChange={(value) => setFilter(address, 'state', value ?? '')}
          />
          <ExportButton name="e-receipts" header={EXPORT_HEADER} rows={() => exportRows(mails)} />
        </div>
      </header>
      {mails.length === 0 ? (
        <div className="card" data-testid="no-receipt-mails">
          <NoRows asked={{ data, error }} none="No e-receipts">
            Lanes offer receipts by e-mail once the hub is started with SMTP_URL and MAIL_FROM. Addresses are sealed; none is shown here.
          </NoRows>
        </div>
      ) : (
        <div className="table-frame">
          <table className="data">
            <thead>
              <tr>
                <HeadCells labels={['Receipt', 'Where', 'Asked for', 'State', 'Why']} />
                <th scope="col">
                  <span className="for-readers">Send again</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {mails.map((mail) => (
                <MailRow
                  key={mail.entryNo}
                  mail={mail}
                  storeName={places.stores.find((each) => each.store === mail.store)?.name ?? mail.store}
                  timeZone={timeZones.get(mail.store)}
                  onAgain={canTryAgain(mail) ? () => mutate(mail.entryNo) : undefined}
                />
              ))}
            </tbody>
          </table>
        </div>
      )}
    </div>
  );
};
