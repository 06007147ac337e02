/** What each tax class charges at a place, now and next; a new rate begins on a day, after a look at what every store would charge, and with a second person's yes where there is one. */
import { Button, Drawer, PasswordInput, Select, Tabs, Textarea, TextInput } from '@mantine/core';
import { type ReactElement, useState } from 'react';

import { type Address, withFilters } from '../address.ts';
import type { Places } from '../api.ts';
import { addDays, dateIn, plural } from '../format.ts';
import { ChangeList } from '../inquiry/change-list.tsx';
import { placeText } from '../inquiry/changes.ts';
import { AddressLink, moveTo } from '../navigation.tsx';
import { useStaff } from '../people/people.ts';
import { useSession } from '../people/sign-in.ts';
import { placeName } from '../places.ts';
import { May, MayPublish, useRights } from '../rights.tsx';
import { Failure, HeadCells, NoRows, PlaceFilter, Tag } from '../table-parts.tsx';
import { type Rule, useOfPlace, useRulePreview, useSaveRules } from './rules.ts';
import {
  basketText,
  chargedOn,
  classOf,
  type Component,
  forText,
  nextDay,
  type Period,
  sameText,
  type TaxClass,
  taxesIn,
  taxesText,
  type TaxPreview,
  type TaxWish,
  whenText,
  withPeriod,
  type WrittenClass,
} from './tax-classes.ts';

export interface TaxPageProps {
  readonly places: Places;
  readonly address: Address;
  readonly timeZone: string | undefined;
  readonly hubNowMs: number;
}

const NEW = '+';

export const TaxPage = ({ places, address, timeZone, hubNowMs }: TaxPageProps): ReactElement => {
  const { place = '', item = '', tab = 'rates' } = address.filters;
  const scope = place === '' ? 'global' : place;
  const asked = useOfPlace('tax-classes', scope);
  const rules = asked.data?.rules ?? [];
  const open = rules.find(({ key }) => key === item);
  const isOpen = item === NEW || open !== undefined;
  const today = dateIn(hubNowMs, timeZone);
  const close = (): void => moveTo(withFilters(address, { item: '', tab: '' }), 'replace');
  const common = { places, scope, today, timeZone, lsn: asked.data?.lsn ?? 0, onDone: close };
  return (
    <div className="page" data-testid="tax">
      <header className="page-head">
        <h1>Tax</h1>
        <span className="mut">{placeName(places, scope)}</span>
        <div className="tools">
          <PlaceFilter address={address} />
          <May action="publish" at={scope}>
            <Button variant="default" onClick={() => moveTo(withFilters(address, { item: NEW }))} data-testid="new-tax-class">
              New class
            </Button>
          </May>
        </div>
      </header>
      {rules.length === 0 ? (
        <div className="card" data-testid="no-tax">
          <NoRows asked={asked} none="There is no tax class">
            Goods name the class by which they are taxed.
          </NoRows>
        </div>
      ) : (
        <div className="table-frame">
          <table className="data">
            <thead>
              <tr>
                <HeadCells labels={['Tax class', 'Charged today', 'Next', 'Says who', 'Of their own']} />
              </tr>
            </thead>
            <tbody>
              {rules.map((rule) => (
                <Row key={rule.key} of={rule} scope={scope} today={today} address={address} />
              ))}
            </tbody>
          </table>
        </div>
      )}
      <Drawer
        opened={isOpen}
        onClose={close}
        position="right"
        size={720}
        lockScroll={false}
        title={
          <span className="dialog-title">
            {item === NEW ? 'New tax class' : `${open === undefined ? '' : classOf(open).name}: ${placeName(places, scope)}`}
          </span>
        }
      >
        {item === NEW ? (
          <NewClass {...common} />
        ) : open === undefined ? null : (
          <Tabs
            value={tab}
            onChange={(next) => moveTo(withFilters(address, { tab: next === 'rates' ? '' : (next ?? '') }), 'replace')}
            keepMounted={false}
          >
            <Tabs.List>
              <Tabs.Tab value="rates">Rates</Tabs.Tab>
              <Tabs.Tab value="history">History</Tabs.Tab>
            </Tabs.List>
            <Tabs.Panel value="rates" pt="md">
              <Rates key={`${scope} ${open.key} ${common.lsn}`} of={open} {...common} />
            </Tabs.Panel>
            <Tabs.Panel value="history" pt="md">
              <ChangeList query={{ type: 'tax', key: open.key }} timeZone={timeZone} isOfOne />
            </Tabs.Panel>
          </Tabs>
        )}
      </Drawer>
    </div>
  );
};

interface RowProps {
  readonly of: Rule;
  readonly scope: string;
  readonly today: string;
  readonly address: Address;
}

const Row = ({ of, scope, today, address }: RowProps): ReactElement => {
  const held = classOf(of);
  const next = of.from === '' ? undefined : nextDay(held, today);
  return (
    <tr data-testid="tax-row">
      <th scope="row">
        <AddressLink to={withFilters(address, { item: of.key })}>{of.from === '' ? of.key : held.name}</AddressLink>
        <div className="mut">{of.key}</div>
      </th>
      <td>{of.from === '' ? <span className="mut">–</span> : chargedOn(held, today)}</td>
      <td>
        {next === undefined ? (
          ''
        ) : (
          <>
            {chargedOn(held, next)} <span className="mut">from {next}</span>
          </>
        )}
      </td>
      <td>
        {of.from === scope ? <Tag tone="good">set here</Tag> : <span className="mut">{of.from === '' ? '' : placeText(of.from)}</span>}
      </td>
      <td className="mut">{of.elsewhere.length <= 2 ? of.elsewhere.map(placeText).join(', ') : plural(of.elsewhere.length, 'place')}</td>
    </tr>
  );
};

interface EditProps {
  readonly places: Places;
  readonly scope: string;
  readonly today: string;
  readonly timeZone: string | undefined;
  readonly lsn: number;
  readonly onDone: () => void;
}

const PeriodRows = ({
  of,
  today,
  onRemove,
}: {
  readonly of: TaxClass;
  readonly today: string;
  /** Absent: nothing is taken away here. */
  readonly onRemove?: (period: Period) => void;
}): ReactElement => (
  <table className="plain" data-testid="tax-periods">
    <thead>
      <tr>
        <HeadCells labels={['When', 'For', 'Taxes', ...(onRemove === undefined ? [] : [''])]} />
      </tr>
    </thead>
    <tbody>
      {of.periods.map((period) => (
        <tr key={JSON.stringify(period)}>
          <td>{whenText(period)}</td>
          <td className="mut">{forText(period)}</td>
          <td>{taxesText(period.taxes)}</td>
          {onRemove === undefined ? null : (
            <td>
              {period.from !== undefined && period.from > today ? (
                <Button size="compact-sm" variant="default" aria-label={`Take away ${whenText(period)}`} onClick={() => onRemove(period)}>
                  Take away
                </Button>
              ) : null}
            </td>
          )}
        </tr>
      ))}
      <tr>
        <td>{of.periods.length === 0 ? 'always' : 'on other days'}</td>
        <td className="mut">everybody</td>
        <td>{sameText(of)}</td>
        {onRemove === undefined ? null : <td />}
      </tr>
    </tbody>
  </table>
);

interface PublishProps extends EditProps {
  readonly written: WrittenClass;
  readonly preview: TaxPreview;
  readonly onLeave: () => void;
}

/** What every store would charge, and who says yes to it. */
const Publish = ({ places, scope, lsn, onDone, written, preview, onLeave }: PublishProps): ReactElement => {
  const [reason, setReason] = useState('');
  const { data: session } = useSession();
  // Behind glass nobody is known: whoever it is says so.
  const own = session?.isBreakGlass === false ? session.user : undefined;
  const [named, setBy] = useState('');
  const by = own ?? named;
  const [approver, setApprover] = useState('');
  const [pin, setPin] = useState('');
  const { data: staff = [] } = useStaff();
  const save = useSaveRules<TaxWish>('tax-classes', onDone);
  const isAsked = preview.approvers.length > 0;
  const people = [...new Map(staff.map(({ user, name }) => [user, name ?? user]))].map(([value, label]) => ({ value, label }));
  const approvers = preview.approvers.filter(({ user }) => user !== by).map(({ user, name }) => ({ value: user, label: name }));
  const isReady =
    reason.trim() !== '' && (!isAsked || (by !== '' && (approvers.length === 0 || (approver !== '' && /^\d{4,12}$/.test(pin)))));
  return (
    <form
      className="enrol-form"
      data-testid="publish-tax-form"
      onSubmit={(event) => {
        event.preventDefault();
        if (!isReady) return;
        const wish = {
          scope,
          ...written,
          reason: reason.trim(),
          basedOn: lsn,
          ...(isAsked && { by }),
          ...(isAsked && approvers.length > 0 && { approval: { by: approver, pin } }),
        };
        save.mutate(wish);
      }}
    >
      <ul className="preview" data-testid="tax-preview">
        {preview.groups.map(({ stores, classes }) => (
          <li key={stores.join(' ')}>
            <b>
              {stores.length > 6 ? plural(stores.length, 'store') : stores.map((store) => placeName(places, `store:${store}`)).join(', ')}
            </b>
            {classes.map(({ taxClass, after, basket }) => (
              <div key={taxClass}>
                {after === null ? (
                  <Tag tone="bad">no such class there any more</Tag>
                ) : (
                  <PeriodRows of={{ key: taxClass, ...after, periods: after.variants ?? [] }} today="" />
                )}
                <p className={basket === null ? 'mut' : undefined}>
                  {basket === null ? 'No day from today on is taxed otherwise.' : `From ${basket.date} on. ${basketText(basket)}`}
                </p>
              </div>
            ))}
          </li>
        ))}
      </ul>
      <TextInput
        label="What for"
        description="Stands in the audit"
        value={reason}
        maxLength={200}
        onChange={(event) => setReason(event.currentTarget.value)}
        data-autofocus
      />
      {isAsked ? (
        <div className="two-columns">
          {own === undefined ? (
            <Select label="You are" searchable data={people} value={by === '' ? null : by} onChange={(next) => setBy(next ?? '')} />
          ) : null}
          {approvers.length === 0 ? null : (
            <>
              <Select
                label="Approved by"
                description="Somebody else who may publish there"
                searchable
                data={approvers}
                value={approver === '' ? null : approver}
                onChange={(next) => setApprover(next ?? '')}
              />
              <PasswordInput
                label="Their PIN"
                description="What they sign on with at a lane"
                inputMode="numeric"
                autoComplete="off"
                value={pin}
                onChange={(event) => setPin(event.currentTarget.value)}
              />
            </>
          )}
        </div>
      ) : null}
      <Failure error={save.error} />
      <div className="row-actions">
        <Button type="submit" className="strong-button" loading={save.isPending} disabled={!isReady} data-testid="publish-tax">
          Publish
        </Button>
        <Button variant="default" onClick={onLeave}>
          Write on
        </Button>
      </div>
    </form>
  );
};

/** What is written is looked at first; nothing is published without. */
function useTaxPreview({ scope, lsn }: Pick<EditProps, 'scope' | 'lsn'>) {
  const preview = useRulePreview<'tax-classes', TaxWish>('tax-classes');
  const [written, setWritten] = useState<WrittenClass>();
  return {
    preview,
    written,
    look: (next: WrittenClass): void => {
      setWritten(next);
      preview.mutate({ scope, ...next, reason: 'a look', basedOn: lsn });
    },
  };
}

const TaxLines = ({ value, onChange }: { readonly value: string; readonly onChange: (value: string) => void }): ReactElement => (
  <Textarea
    label="Taxes"
    description="On each line a name and its percentage: VAT 19. None: untaxed"
    autosize
    minRows={2}
    value={value}
    onChange={(event) => onChange(event.currentTarget.value)}
  />
);

const linesOf = (taxes: readonly Component[]): string =>
  taxes.flatMap((tax) => (tax.ratePpm === undefined ? [] : [componentLine(tax.name, tax.ratePpm)])).join('\n');
const componentLine = (name: string, ppm: number): string => `${name.replace(/\s*[\d.,]+\s*%$/, '')} ${ppm / 10_000}`;

const ANY = 'any';

const Rates = (props: EditProps & { readonly of: Rule }): ReactElement => {
  const { of, scope, today } = props;
  const { may } = useRights();
  const held = classOf(of);
  const newest = held.periods[0]?.taxes ?? [{ component: 'vat', name: held.name, ratePpm: held.rateBps * 100 }];
  const [from, setFrom] = useState(addDays(today, 1));
  const [to, setTo] = useState('');
  const [service, setService] = useState<string>(ANY);
  const [text, setText] = useState(linesOf(newest));
  const { preview, written, look } = useTaxPreview(props);
  const taxes = taxesIn(
    text,
    held.periods.flatMap((period) => period.taxes),
  );
  const isReady = from !== '' && taxes !== undefined;
  if (preview.data !== undefined && written !== undefined)
    return <Publish {...props} written={written} preview={preview.data} onLeave={() => preview.reset()} />;
  const write = (periods: readonly Period[]): void =>
    look({ classes: [{ taxClass: held.key, name: held.name, rateBps: held.rateBps, periods }] });
  const isHere = of.from === scope;
  return (
    <>
      {of.from === '' ? null : (
        <PeriodRows
          of={held}
          today={today}
          {...(may('publish', scope) && { onRemove: (gone: Period) => write(held.periods.filter((period) => period !== gone)) })}
        />
      )}
      <form
        className="enrol-form"
        data-testid="new-rate"
        onSubmit={(event) => {
          event.preventDefault();
          if (!isReady) return;
          write(
            withPeriod(held.periods, {
              from,
              ...(to !== '' && { to }),
              ...((service === 'eatIn' || service === 'takeAway') && { service }),
              taxes: [...taxes],
            }),
          );
        }}
      >
        <h3>A new rate</h3>
        <div className="two-columns">
          <TextInput
            label="From"
            type="date"
            min={today}
            value={from}
            onChange={(event) => setFrom(event.currentTarget.value)}
            data-autofocus
          />
          <TextInput
            label="Until"
            description="The first day without it; empty: for good"
            type="date"
            min={from}
            value={to}
            onChange={(event) => setTo(event.currentTarget.value)}
          />
          <TaxLines value={text} onChange={setText} />
          <Select
            label="For what is"
            data={[
              { value: ANY, label: 'sold at all' },
              { value: 'eatIn', label: 'eaten in' },
              { value: 'takeAway', label: 'taken away' },
            ]}
            value={service}
            allowDeselect={false}
            onChange={(next) => setService(next ?? ANY)}
          />
        </div>
        <Failure error={preview.error} />
        <MayPublish at={scope}>
          <div className="row-actions">
            <Button type="submit" className="strong-button" loading={preview.isPending} disabled={!isReady} data-testid="preview-tax">
              Preview by store
            </Button>
            {isHere ? (
              <Button variant="default" onClick={() => look({ removed: [held.key] })} data-testid="remove-tax">
                {scope === 'global' ? 'Remove the class' : 'Say nothing here'}
              </Button>
            ) : null}
          </div>
        </MayPublish>
      </form>
    </>
  );
};

const NewClass = (props: EditProps): ReactElement => {
  const [key, setKey] = useState('');
  const [name, setName] = useState('');
  const [rate, setRate] = useState('');
  const { preview, written, look } = useTaxPreview(props);
  const [tax] = taxesIn(`x ${rate.trim()}`, []) ?? [];
  const rateBps = tax?.ratePpm === undefined || tax.ratePpm % 100 !== 0 ? undefined : tax.ratePpm / 100;
  const isReady = /^[\w-]{1,40}$/.test(key) && name.trim() !== '' && rateBps !== undefined;
  if (preview.data !== undefined && written !== undefined)
    return <Publish {...props} written={written} preview={preview.data} onLeave={() => preview.reset()} />;
  return (
    <form
      className="enrol-form"
      data-testid="new-class"
      onSubmit={(event) => {
        event.preventDefault();
        if (isReady) look({ classes: [{ taxClass: key, name: name.trim(), rateBps, periods: [] }] });
      }}
    >
      <div className="two-columns">
        <TextInput
          label="Key"
          description="What goods and files name it by, for ever"
          value={key}
          onChange={(event) => setKey(event.currentTarget.value)}
          data-autofocus
        />
        <TextInput label="Name" description="As receipts say it" value={name} onChange={(event) => setName(event.currentTarget.value)} />
        <TextInput
          label="Rate, %"
          description="Of at most two decimals; others begin on a day of their own"
          inputMode="decimal"
          value={rate}
          onChange={(event) => setRate(event.currentTarget.value)}
        />
      </div>
      <Failure error={preview.error} />
      <Button type="submit" className="strong-button" loading={preview.isPending} disabled={!isReady} data-testid="preview-tax">
        Preview by store
      </Button>
    </form>
  );
};
