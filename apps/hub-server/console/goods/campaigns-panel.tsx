/** Price campaigns: the list of them, and one with its lines as several people write them, what each store would get, and the steps to its publication. */
import { EmptyState } from '@holdfast/ui';
import { Button, Modal, PasswordInput, Select, Textarea, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { type ReactElement, useState } from 'react';

import { type Address, withFilters } from '../address.ts';
import type { Places } from '../api.ts';
import { dateTimeText, minuteText, plural } from '../format.ts';
import { AddressLink, moveTo } from '../navigation.tsx';
import { namesOf, useStaff } from '../people/people.ts';
import { useSession } from '../people/sign-in.ts';
import { placeName } from '../places.ts';
import { Awaiting, Failure, HeadCells, NoRows, Tag } from '../table-parts.tsx';
import {
  type Campaign,
  type CampaignLine,
  type CampaignStep,
  formOfLine,
  isOpen,
  lineText,
  newLineName,
  STATES,
  STEPS,
  stepsOf,
  useCampaign,
  useCampaignPreview,
  useCampaigns,
  useOpenCampaign,
  useTakeCampaign,
  useWriteCampaign,
  type WholeCampaign,
} from './campaigns.ts';
import { PriceFields } from './price-drawer.tsx';
import { PricePreviewList } from './price-preview.tsx';
import { EMPTY_FORM, kindText, lineOf, type PriceForm } from './prices.ts';
import { useProducts } from './products.ts';
import { SimulationPanel } from './simulation-panel.tsx';

const TYPED_MS = 200;

/** Names of people by their keys; a key where it is nobody's any more. */
function useNames(): {
  readonly people: readonly { readonly value: string; readonly label: string }[];
  readonly nameOf: (user: string) => string;
} {
  const { data: staff = [] } = useStaff();
  const nameOf = namesOf(staff);
  const users = new Set(staff.filter(({ isBreakGlass }) => !isBreakGlass).map(({ user }) => user));
  return { people: [...users].map((value) => ({ value, label: nameOf(value) })), nameOf };
}

interface WhoProps {
  readonly who: string;
  readonly onChange: (who: string) => void;
}

/** Of whoever signed in; behind glass nobody is known. */
function useOwnKey(): string | undefined {
  const { data } = useSession();
  return data?.isBreakGlass === false ? data.user : undefined;
}

/** Whose hand it is, behind glass, is said anew with each page that is opened: nothing of it stays in the browser. */
function useWho(): readonly [string, (who: string) => void] {
  const own = useOwnKey();
  const [who, setWho] = useState('');
  return [own ?? who, setWho];
}

const Who = ({ who, onChange }: WhoProps): ReactElement | null => {
  const { people } = useNames();
  if (useOwnKey() !== undefined) return null;
  return (
    <Select
      aria-label="You are"
      placeholder="You are…"
      w={200}
      searchable
      data={[...people]}
      value={who === '' ? null : who}
      onChange={(next) => onChange(next ?? '')}
      data-testid="who"
    />
  );
};

interface PanelProps {
  readonly places: Places;
  readonly address: Address;
  readonly timeZone: string | undefined;
}

export const CampaignsPanel = (props: PanelProps): ReactElement => {
  const [who, setWho] = useWho();
  const { campaign = '' } = props.address.filters;
  return campaign === '' ? (
    <List {...props} who={who} onChange={setWho} />
  ) : (
    <One key={campaign} {...props} campaign={campaign} who={who} onChange={setWho} />
  );
};

const List = ({ address, timeZone, who, onChange }: PanelProps & WhoProps): ReactElement => {
  const asked = useCampaigns();
  const open = useOpenCampaign();
  const { nameOf } = useNames();
  const [name, setName] = useState('');
  const campaigns = asked.data ?? [];
  return (
    <div className="block">
      <form
        className="filter-row"
        data-testid="new-campaign"
        onSubmit={(event) => {
          event.preventDefault();
          open.mutate(
            { name: name.trim(), by: who },
            { onSuccess: (made) => moveTo(withFilters(address, { campaign: String(made.campaign) })) },
          );
        }}
      >
        <Who who={who} onChange={onChange} />
        <TextInput
          aria-label="Name of a new campaign"
          placeholder="A new campaign…"
          w={260}
          maxLength={200}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <Button type="submit" className="strong-button" loading={open.isPending} disabled={name.trim() === '' || who === ''}>
          Begin
        </Button>
      </form>
      <Failure error={open.error} />
      {campaigns.length === 0 ? (
        <div className="card" data-testid="no-campaigns">
          <NoRows asked={asked} none="There are no campaigns yet">
            Several people write the prices of a campaign at once, another one approves it, and it is published as one.
          </NoRows>
        </div>
      ) : (
        <div className="table-frame">
          <table className="data">
            <thead>
              <tr>
                <HeadCells labels={['Campaign', 'State', 'Prices', 'Begun by', 'Approved by', 'Changed']} />
              </tr>
            </thead>
            <tbody>
              {campaigns.map((each) => (
                <tr key={each.campaign} data-testid="campaign-row">
                  <th scope="row">
                    <AddressLink to={withFilters(address, { campaign: String(each.campaign) })}>{each.name}</AddressLink>
                  </th>
                  <td>
                    <Tag tone={STATES[each.state].tone}>{STATES[each.state].text}</Tag>
                  </td>
                  <td>{plural(each.lineCount, 'price')}</td>
                  <td>{nameOf(each.createdBy)}</td>
                  <td>{each.approvedBy === null ? '' : nameOf(each.approvedBy)}</td>
                  <td className="mut">{dateTimeText(each.changedAtMs, timeZone)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </div>
  );
};

interface LineFormProps {
  readonly places: Places;
  /** Absent: a new one. */
  readonly of?: CampaignLine;
  readonly isSending: boolean;
  readonly onSend: (line: {
    readonly line: string;
    readonly content: NonNullable<ReturnType<typeof lineOf>>;
    readonly basedOn: number;
  }) => void;
  readonly onLeave: () => void;
}

const formOf = (of: CampaignLine | undefined): PriceForm => {
  const content = of?.content ?? null;
  return content === null ? { ...EMPTY_FORM, scopes: ['global'] } : formOfLine(content);
};

/** The article is found as on every page; the rest is what makes a price. */
const LineForm = ({ places, of, isSending, onSend, onLeave }: LineFormProps): ReactElement => {
  const [sku, setSku] = useState(of?.content?.sku ?? '');
  const [typed, setTyped] = useState(sku);
  const [text] = useDebouncedValue(typed.trim(), TYPED_MS);
  const found = useProducts(text, 'global').data?.pages.flatMap(({ products }) => products) ?? [];
  const [form, setForm] = useState<PriceForm>(formOf(of));
  const content = lineOf(sku, form);
  // What was chosen stays among the choices while others are looked for.
  const options = new Map([
    ...(sku === '' ? [] : [[sku, sku] as const]),
    ...found.map((each) => [each.sku, `${each.name} · ${each.sku}`] as const),
  ]);
  return (
    <form
      className="card enrol-form"
      data-testid="campaign-line-form"
      onSubmit={(event) => {
        event.preventDefault();
        if (content !== undefined) onSend({ line: of?.line ?? newLineName(), content, basedOn: of?.version ?? 0 });
      }}
    >
      <Select
        label="Article"
        searchable
        data={[...options].map(([value, label]) => ({ value, label }))}
        filter={({ options: all }) => all}
        value={sku === '' ? null : sku}
        onChange={(next) => setSku(next ?? '')}
        onSearchChange={setTyped}
        nothingFoundMessage="Nothing is called that"
        disabled={of !== undefined}
        maxDropdownHeight={280}
      />
      <PriceFields form={form} places={places} onChange={setForm} />
      <div className="row-actions">
        <Button type="submit" className="strong-button" disabled={content === undefined} loading={isSending} data-testid="write-line">
          {of === undefined ? 'Add' : 'Write'}
        </Button>
        <Button variant="default" onClick={onLeave}>
          Leave it
        </Button>
      </div>
    </form>
  );
};

interface LinesProps {
  readonly of: WholeCampaign;
  readonly places: Places;
  readonly timeZone: string | undefined;
  readonly nameOf: (user: string) => string;
  /** Undefined where nothing is written any more. */
  readonly onEdit: ((line: CampaignLine) => void) | undefined;
  readonly onWrite: (line: CampaignLine, content: CampaignLine['content']) => void;
  readonly onClear: (line: CampaignLine) => void;
}

type OneLineProps = Omit<LinesProps, 'of'> & { readonly of: CampaignLine };

const Overtaken = ({ of: line, places, nameOf, onWrite, onClear }: OneLineProps): ReactElement | null => {
  const { overtaken } = line;
  if (overtaken === null) return null;
  return (
    <tr className="overtaken">
      <td colSpan={6} role="note">
        <Tag tone="warn">both wrote it</Tag> {nameOf(overtaken.by)}:{' '}
        {overtaken.content === null ? 'taken out' : lineText(overtaken.content, (scope) => placeName(places, scope))}{' '}
        <Button size="compact-sm" variant="default" onClick={() => onWrite(line, overtaken.content)}>
          Take that
        </Button>{' '}
        <Button size="compact-sm" variant="default" onClick={() => onClear(line)}>
          Leave as it is
        </Button>
      </td>
    </tr>
  );
};

const whenText = (text: string): string => text.replace('T', ' ');

const LineRow = (props: OneLineProps): ReactElement => {
  const { of: line, places, timeZone, nameOf, onEdit, onWrite } = props;
  const { content } = line;
  return (
    <>
      <tr data-testid="campaign-line">
        <th scope="row">
          {content === null ? <Tag tone="quiet">taken out</Tag> : <bdi>{line.name ?? content.sku}</bdi>}
          <div className="mut">{content === null ? '' : `${content.sku} · ${kindText(content.type).toLowerCase()}`}</div>
        </th>
        <td>{content?.scopes.map((scope) => placeName(places, scope)).join(', ')}</td>
        <td className="when">
          {content === null ? '' : content.from === '' ? 'at once' : whenText(content.from)}
          <div className="mut">{content === null || content.to === '' ? '' : `until ${whenText(content.to)}`}</div>
        </td>
        <td className="n">{content === null ? '' : (content.amount ?? 'none')}</td>
        <td className="mut">
          {nameOf(line.by)}
          <div>{minuteText(line.atMs, timeZone)}</div>
        </td>
        <td>
          {onEdit === undefined || content === null ? null : (
            <div className="row-actions">
              <Button size="compact-sm" variant="default" aria-label={`Write ${content.sku}`} onClick={() => onEdit(line)}>
                Write
              </Button>
              <Button size="compact-sm" variant="default" aria-label={`Take out ${content.sku}`} onClick={() => onWrite(line, null)}>
                Take out
              </Button>
            </div>
          )}
        </td>
      </tr>
      <Overtaken {...props} />
    </>
  );
};

const Lines = ({ of, ...rest }: LinesProps): ReactElement => (
  <div className="table-frame">
    <table className="data tight wide-rows">
      <thead>
        <tr>
          <HeadCells labels={['Article', 'Where', 'When']} />
          <HeadCells labels={['Price']} numeric />
          <HeadCells labels={['Written by', 'Change']} />
        </tr>
      </thead>
      <tbody>
        {of.lines.map((line) => (
          <LineRow key={line.line} of={line} {...rest} />
        ))}
      </tbody>
    </table>
  </div>
);

const StepDialog = ({
  of,
  step,
  who,
  basedOn,
  onClose,
}: {
  readonly of: Campaign;
  readonly step: CampaignStep;
  readonly who: string;
  readonly basedOn: number | undefined;
  readonly onClose: () => void;
}): ReactElement => {
  const { mutate, isPending, error } = useTakeCampaign(String(of.campaign));
  const { people } = useNames();
  const [by, setBy] = useState(who);
  const [pin, setPin] = useState('');
  const [note, setNote] = useState('');
  const { label, about, asksPin: isPinAsked, asksNote } = STEPS[step];
  const isKnown = useOwnKey() !== undefined;
  const asksPin = isPinAsked === true && !isKnown;
  return (
    <Modal
      opened
      lockScroll={false}
      centered
      onClose={onClose}
      title={
        <span className="dialog-title">
          {label}: {of.name}
        </span>
      }
    >
      <form
        className="enrol-form"
        data-testid="campaign-step"
        onSubmit={(event) => {
          event.preventDefault();
          const taking = {
            step,
            by,
            version: of.version,
            ...(asksPin && { pin }),
            ...(note.trim() !== '' && { note: note.trim() }),
            ...(basedOn !== undefined && { basedOn }),
          };
          mutate(taking, { onSuccess: onClose });
        }}
      >
        <p className="mut">{about}</p>
        {isKnown ? null : (
          <Select label="You are" searchable data={[...people]} value={by === '' ? null : by} onChange={(next) => setBy(next ?? '')} />
        )}
        {asksPin ? (
          <PasswordInput
            label="Your PIN"
            description="What you sign on with at a lane"
            inputMode="numeric"
            autoComplete="off"
            value={pin}
            onChange={(event) => setPin(event.currentTarget.value)}
            data-autofocus
          />
        ) : null}
        {asksNote ? (
          <Textarea
            label="Why"
            rows={3}
            maxLength={500}
            value={note}
            onChange={(event) => setNote(event.currentTarget.value)}
            data-autofocus
          />
        ) : null}
        <Failure error={error} />
        <Button
          type="submit"
          className="strong-button"
          loading={isPending}
          disabled={by === '' || (asksPin && !/^\d{4,12}$/.test(pin))}
          data-testid="take-step"
        >
          {label}
        </Button>
      </form>
    </Modal>
  );
};

const Standing = ({
  of,
  nameOf,
  timeZone,
}: {
  readonly of: Campaign;
  readonly nameOf: (user: string) => string;
  readonly timeZone: string | undefined;
}): ReactElement => (
  <span className="mut" role="status">
    {of.submittedBy === null || of.submittedAtMs === null
      ? ''
      : `${nameOf(of.submittedBy)} asked ${minuteText(of.submittedAtMs, timeZone)}`}
    {of.approvedBy === null || of.approvedAtMs === null
      ? ''
      : ` · ${nameOf(of.approvedBy)} approved ${minuteText(of.approvedAtMs, timeZone)}`}
    {of.note === null ? '' : ` · “${of.note}”`}
  </span>
);

const One = ({
  campaign,
  places,
  address,
  timeZone,
  who,
  onChange,
}: PanelProps & WhoProps & { readonly campaign: string }): ReactElement => {
  const asked = useCampaign(campaign);
  const write = useWriteCampaign(campaign);
  const preview = useCampaignPreview(campaign);
  const { nameOf } = useNames();
  const [editing, setEditing] = useState<CampaignLine | 'new'>();
  const [step, setStep] = useState<CampaignStep>();
  const held = asked.data;
  if (held === undefined) return <Awaiting asked={asked} />;
  const mayWrite = isOpen(held) && who !== '';
  const send = (lines: Parameters<typeof write.mutate>[0]['lines'], cleared: readonly string[] = []): void => {
    preview.reset();
    write.mutate({ by: who, lines: lines ?? [], cleared }, { onSuccess: () => setEditing(undefined) });
  };
  return (
    <div className="block" data-testid="campaign">
      <div className="block-head">
        <AddressLink to={withFilters(address, { campaign: '' })}>‹ All campaigns</AddressLink>
        <h2>{held.name}</h2>
        <Tag tone={STATES[held.state].tone}>{STATES[held.state].text}</Tag>
        <Standing of={held} nameOf={nameOf} timeZone={timeZone} />
        <div className="tools">{isOpen(held) ? <Who who={who} onChange={onChange} /> : null}</div>
      </div>
      {held.state !== 'review' && held.state !== 'approved' ? null : (
        <p className="mut">Whoever writes a line now takes it back to its beginning: it is asked for and approved anew.</p>
      )}
      {held.lines.length === 0 ? (
        <div className="card">
          <EmptyState title="It has no prices yet">
            {who === '' ? 'Say who you are, and add the first one.' : 'Add the first one: an article, a price, where and when.'}
          </EmptyState>
        </div>
      ) : (
        <Lines
          of={held}
          places={places}
          timeZone={timeZone}
          nameOf={nameOf}
          onEdit={mayWrite ? setEditing : undefined}
          onWrite={(line, content) => send([{ line: line.line, content, basedOn: line.version }], [line.line])}
          onClear={(line) => send([], [line.line])}
        />
      )}
      <Failure error={write.error} />
      {editing === undefined ? null : (
        <LineForm
          key={editing === 'new' ? `new ${held.version}` : editing.line}
          places={places}
          {...(editing !== 'new' && { of: editing })}
          isSending={write.isPending}
          onSend={(line) => send([line])}
          onLeave={() => setEditing(undefined)}
        />
      )}
      {preview.data === undefined ? null : <PricePreviewList of={preview.data} places={places} timeZone={timeZone} />}
      <Failure error={preview.error} />
      <div className="filter-row">
        {isOpen(held) && editing === undefined ? (
          <Button variant="default" disabled={!mayWrite} onClick={() => setEditing('new')} data-testid="add-line">
            Add a price
          </Button>
        ) : null}
        {isOpen(held) && held.lineCount > 0 ? (
          <Button variant="default" loading={preview.isPending} onClick={() => preview.mutate()} data-testid="preview-campaign">
            Preview by store
          </Button>
        ) : null}
        {stepsOf(held).map((each, index) => (
          <Button
            key={each}
            {...(index === 0 && each !== 'drop' ? { className: 'strong-button' } : { variant: 'default' })}
            onClick={() => setStep(each)}
            data-testid={`campaign-${each}`}
          >
            {STEPS[each].label}…
          </Button>
        ))}
        {held.lsn === null ? null : (
          <AddressLink className="chip" to={withFilters(address, { campaign: '', tab: 'reach', lsn: String(held.lsn) })}>
            Which stores have it
          </AddressLink>
        )}
      </div>
      {held.lineCount === 0 ? null : <SimulationPanel campaign={held.campaign} places={places} />}
      {step === undefined ? null : (
        <StepDialog of={held} step={step} who={who} basedOn={preview.data?.lsn} onClose={() => setStep(undefined)} />
      )}
    </div>
  );
};
