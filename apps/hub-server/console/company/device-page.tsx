/** One device: how it stands, what it says of itself, what is proven of its ledger, what it exchanged with the hub and when; and what is done when it is gone. */
import { EmptyState } from '@holdfast/ui';
import { Button, Modal } from '@mantine/core';
import { type ReactElement, type ReactNode, useState } from 'react';

import type { Address } from '../address.ts';
import type { Places } from '../api.ts';
import { failureOf, failureText } from '../ask.ts';
import { agoText, clockText, durationText } from '../duration.ts';
import { businessDateText, dateTimeText, format, plural, timeText } from '../format.ts';
import { AddressLink } from '../navigation.tsx';
import { May, useRights } from '../rights.tsx';
import { Failure, HeadCells, Tag } from '../table-parts.tsx';
import {
  bytesText,
  deviceName,
  type DevicePage as Facts,
  type DeviceStep,
  GONE_NAMES,
  isDiskLow,
  publicationsDown,
  reasonText,
  ROLE_NAMES,
  roomText,
  useDevicePage,
  useDeviceStep,
} from './devices.ts';
import { EnrolDialog } from './enrol-dialog.tsx';
import { LaneFindings } from './lane-proof.tsx';
import { laneDoubts, laneState } from './lane-state.ts';

const Card = ({ title, children }: { readonly title: string; readonly children: ReactNode }): ReactElement => (
  <section className="card" aria-label={title}>
    <div className="card-head">
      <h2>{title}</h2>
    </div>
    {children}
  </section>
);

const FactRow = ({ label, children }: { readonly label: string; readonly children: ReactNode }): ReactElement => (
  <div>
    <dt>{label}</dt>
    <dd>{children}</dd>
  </div>
);

/** How far it is behind what is published, in publications and in time. */
function courseText({ heldLsn, toldLsn, toldAtMs, lsn }: Facts, hubNowMs: number): string {
  if (heldLsn === null) return 'nothing yet';
  if (heldLsn >= lsn) return `publication ${format.count(heldLsn)}, the newest`;
  const since = toldLsn === null || toldAtMs === null || toldLsn <= heldLsn ? '' : `, told of it ${agoText(hubNowMs - toldAtMs)}`;
  return `publication ${format.count(heldLsn)} of ${format.count(lsn)}${since}`;
}

const Standing = ({ facts, hubNowMs }: { readonly facts: Facts; readonly hubNowMs: number }): ReactElement => (
  <Card title="How it stands">
    <dl className="standing">
      <FactRow label="Last seen">{facts.lastSeenMs === null ? 'never' : agoText(Math.max(0, hubNowMs - facts.lastSeenMs))}</FactRow>
      <FactRow label="Waiting there">
        {facts.waitingEntries === 0
          ? 'nothing'
          : `${plural(facts.waitingEntries, 'entry', 'entries')}, ${plural(facts.waitingSales, 'sale')}`}
      </FactRow>
      <FactRow label="Received here">{plural(facts.receivedEntries, 'entry', 'entries')}</FactRow>
      <FactRow label="Catalogue">{courseText(facts, hubNowMs)}</FactRow>
      <FactRow label="Clock">{facts.clockOffsetMs === null ? '–' : clockText(facts.clockOffsetMs)}</FactRow>
      {laneDoubts(facts).map((doubt) => (
        <FactRow key={doubt} label="To explain">
          <Tag tone="warn">{doubt}</Tag>
        </FactRow>
      ))}
    </dl>
  </Card>
);

const Said = ({ facts: { says }, timeZone }: { readonly facts: Facts; readonly timeZone: string | undefined }): ReactElement => (
  <Card title="What it says of itself">
    {says === null ? (
      <p className="mut">Nothing yet: it was not in contact since it was set up, or its build is too old to say.</p>
    ) : (
      <>
        <dl className="standing">
          <FactRow label="Build">{says.version}</FactRow>
          <FactRow label="Room on its disk">
            {roomText(says.freeMegabytes)} {isDiskLow(says) ? <Tag tone="bad">little</Tag> : null}
          </FactRow>
          {says.devices.map(({ device, state, reason }) => (
            <FactRow key={device} label={deviceName(device)}>
              <Tag tone={state === 'ready' ? 'good' : state === 'warning' ? 'warn' : 'bad'}>
                {state === 'ready' ? 'ready' : reason === undefined ? state : reasonText(reason)}
              </Tag>
            </FactRow>
          ))}
        </dl>
        <p className="mut">Said {dateTimeText(says.atMs, timeZone)}. It speaks again when something of this changes.</p>
      </>
    )}
  </Card>
);

/** Sums of days go ahead of their sales where many of these wait. */
const Awaited = ({
  facts: { awaited },
  timeZone,
}: {
  readonly facts: Facts;
  readonly timeZone: string | undefined;
}): ReactElement | null => {
  const [first] = awaited;
  return first === undefined ? null : (
    <section className="block" aria-labelledby="awaited-head">
      <h2 id="awaited-head">Reported, not yet here</h2>
      <p className="mut">
        On {dateTimeText(Math.max(...awaited.map(({ toldAtMs }) => toldAtMs)), timeZone)} it said what the sales come to that it has not
        sent. They stand in no sum, and are taken off here as they come.
      </p>
      <div className="table-frame" tabIndex={0} role="region" aria-label="Reported, not yet here">
        <table className="data" data-testid="awaited">
          <thead>
            <tr>
              <HeadCells labels={['Business day']} />
              <HeadCells labels={['Sales', 'Total']} numeric />
            </tr>
          </thead>
          <tbody>
            {awaited.map(({ businessDate, currency, minorDigits, sales, totalMinor }) => (
              <tr key={`${businessDate} ${currency}`}>
                <td>{businessDateText(businessDate)}</td>
                <td className="n">{format.count(sales)}</td>
                <td className="n">{format.currency(totalMinor, minorDigits, currency)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
};

/** Each sale counts; its number names two. */
const DoubledReceipts = ({
  facts: { doubledReceipts },
  timeZone,
}: {
  readonly facts: Facts;
  readonly timeZone: string | undefined;
}): ReactElement | null =>
  doubledReceipts.length === 0 ? null : (
    <section className="block" aria-labelledby="doubled-head">
      <h2 id="doubled-head">Receipt numbers that were given twice</h2>
      <p className="mut">
        Two copies of its disk sold under one number each. Every sale counts, once; whoever brings such a receipt is told apart by its time
        and total.
      </p>
      <div className="table-frame" tabIndex={0} role="region" aria-label="Receipt numbers that were given twice">
        <table className="data" data-testid="doubled-receipts">
          <thead>
            <tr>
              <HeadCells labels={['Receipt', 'Sold', 'In its ledger']} />
              <HeadCells labels={['Total']} numeric />
            </tr>
          </thead>
          <tbody>
            {doubledReceipts.flatMap(({ receiptNumber, sales }) =>
              sales.map(({ epoch, seq, branch, atMs, currency, minorDigits, totalMinor }, index) => (
                <tr key={`${receiptNumber} ${index}`}>
                  <td className="mono">{receiptNumber}</td>
                  <td>{dateTimeText(atMs, timeZone)}</td>
                  <td>
                    <span className="mono">{`${epoch} ${seq}`}</span> {branch ? <Tag tone="warn">other history</Tag> : null}
                  </td>
                  <td className="n">{format.currency(totalMinor, minorDigits, currency)}</td>
                </tr>
              )),
            )}
          </tbody>
        </table>
      </div>
    </section>
  );

const Contacts = ({ facts, timeZone }: { readonly facts: Facts; readonly timeZone: string | undefined }): ReactElement => {
  const publications = publicationsDown(facts.contacts);
  return (
    <section className="block" aria-labelledby="contacts-head">
      <h2 id="contacts-head">Exchanges with the hub, by the quarter of an hour</h2>
      {facts.contacts.length === 0 ? (
        <div className="card">
          <EmptyState title="None in the last two days">What it exchanges with the hub stands here within seconds.</EmptyState>
        </div>
      ) : (
        <div className="table-frame contacts" tabIndex={0} role="region" aria-label="Exchanges">
          <table className="data" data-testid="contacts">
            <thead>
              <tr>
                <HeadCells labels={['From', 'Last']} />
                <HeadCells labels={['Exchanges', 'Sent', 'Fetched', 'Entries up', 'Publications down']} numeric />
              </tr>
            </thead>
            <tbody>
              {facts.contacts.map((spell, index) => (
                <tr key={spell.fromMs} data-testid="contact-row">
                  <td>{dateTimeText(spell.fromMs, timeZone)}</td>
                  <td className="mut">{timeText(spell.lastAtMs, timeZone)}</td>
                  <td className="n">{format.count(spell.exchanges)}</td>
                  <td className="n">{bytesText(spell.bytesUp)}</td>
                  <td className="n">{bytesText(spell.bytesDown)}</td>
                  <td className="n">{format.count(spell.entriesUp)}</td>
                  <td className="n">
                    {publications[index] === null ? <span className="mut">–</span> : format.count(publications[index] ?? 0)}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
};

const STEPS: Readonly<Record<DeviceStep, { readonly name: string; readonly about: string; readonly done: string }>> = {
  replaced: {
    name: 'Replace it',
    about:
      'The hub serves this device no more, and other lanes trust it no longer. What it still holds of its ledger is taken all the same, and counts. Then enrol the machine that comes in its place: it gets a number of its own.',
    done: 'It is replaced.',
  },
  stolen: {
    name: 'Report it stolen',
    about:
      'The hub serves this device no more, and other lanes trust it no longer. What it signs from now on is kept and counts only where another lane of its store has seen it, or a person says so.',
    done: 'It is reported stolen.',
  },
  wipe: {
    name: 'Erase it',
    about:
      'With its next contact the device hands over what the hub has not got, and then erases itself: its sales are here, its data is nowhere else. This is not taken back.',
    done: 'It was told to erase itself.',
  },
};

const StepDialog = ({
  of,
  step,
  onClose,
}: {
  readonly of: Facts;
  readonly step: DeviceStep;
  readonly onClose: () => void;
}): ReactElement => {
  const { mutate, isPending, error } = useDeviceStep(of.device);
  const { name, about } = STEPS[step];
  return (
    <Modal
      opened
      centered
      lockScroll={false}
      onClose={onClose}
      title={<span className="dialog-title">{`${name}: lane ${of.lane}, ${of.name}`}</span>}
    >
      <div className="enrol-form">
        <p>{about}</p>
        {of.waitingEntries === 0 ? null : (
          <p className="warn">
            When it was last seen, {plural(of.waitingEntries, 'entry', 'entries')} waited there, {plural(of.waitingSales, 'sale')} among
            them.
          </p>
        )}
        <Failure error={error} />
        <Button
          className="strong-button"
          color="red"
          loading={isPending}
          data-testid={`do-${step}`}
          onClick={() => mutate(step, { onSuccess: onClose })}
        >
          {name}
        </Button>
      </div>
    </Modal>
  );
};

const Ending = ({
  facts,
  places,
  timeZone,
}: {
  readonly facts: Facts;
  readonly places: Places;
  readonly timeZone: string | undefined;
}): ReactElement => {
  const [step, setStep] = useState<DeviceStep>();
  const [enrolling, setEnrolling] = useState(false);
  const { gone, wipeOrderedAtMs, wipeHandedOverAtMs } = facts;
  const store = places.stores.filter(({ store: name }) => name === facts.store);
  return (
    <Card title="When it goes">
      {gone === null ? null : (
        <p>
          It is <b>{GONE_NAMES[gone]}</b>, and served no more.
        </p>
      )}
      {wipeOrderedAtMs === null ? null : (
        <p data-testid="wipe-state">
          Told to erase itself {dateTimeText(wipeOrderedAtMs, timeZone)};{' '}
          {wipeHandedOverAtMs === null
            ? 'it has not handed over what it holds yet.'
            : `all that it had was here ${dateTimeText(wipeHandedOverAtMs, timeZone)}.`}
        </p>
      )}
      <div className="row-actions">
        {(['replaced', 'stolen', 'wipe'] as const)
          .filter((each) => (each === 'wipe' ? wipeOrderedAtMs === null : gone === null))
          .map((each) => (
            <Button key={each} variant="default" size="compact-sm" data-testid={`device-${each}`} onClick={() => setStep(each)}>
              {STEPS[each].name}…
            </Button>
          ))}
        {gone === null ? null : (
          <Button variant="default" size="compact-sm" data-testid="enrol-instead" onClick={() => setEnrolling(true)}>
            Enrol another in its place…
          </Button>
        )}
      </div>
      {step === undefined ? null : <StepDialog of={facts} step={step} onClose={() => setStep(undefined)} />}
      <EnrolDialog opened={enrolling} stores={store} onClose={() => setEnrolling(false)} />
    </Card>
  );
};

export interface DevicePageProps {
  readonly device: string;
  readonly places: Places;
  readonly address: Address;
  readonly hubNowMs: number;
  readonly timeZones: ReadonlyMap<string, string>;
}

export const DevicePage = ({ device, places, address, hubNowMs, timeZones }: DevicePageProps): ReactElement => {
  const { data: facts, error } = useDevicePage(device);
  const { seesCompany } = useRights();
  const back = <AddressLink to={{ ...address, filters: {} }}>All stores</AddressLink>;
  if (facts === undefined) {
    const failure = failureOf(error);
    const title =
      failure === null ? 'Asking the hub…' : failure.type === 'notFound' ? 'The hub knows no such device' : failureText(failure);
    return (
      <div className="page" data-testid="device-page">
        <header className="page-head">
          <h1>Device</h1>
        </header>
        <div className="card" role="status">
          <EmptyState title={title}>{back}</EmptyState>
        </div>
      </div>
    );
  }
  const timeZone = timeZones.get(facts.store);
  const state = laneState(facts, hubNowMs);
  const store = places.stores.find(({ store: name }) => name === facts.store);
  return (
    <div className="page" data-testid="device-page">
      <header className="page-head">
        <h1>{`Lane ${facts.lane}, ${store?.name ?? facts.store}`}</h1>
        <Tag tone={facts.gone === null ? state.tone : 'bad'}>{facts.gone === null ? state.text : GONE_NAMES[facts.gone]}</Tag>
        <span className="mut">
          {facts.name === `Lane ${facts.lane}` ? '' : `${facts.name} · `}
          {ROLE_NAMES[facts.role]} · <span className="mono">{facts.device}</span> · enrolled {durationText(hubNowMs - facts.enrolledAtMs)}{' '}
          ago
        </span>
        <div className="tools">
          <AddressLink to={{ page: 'sales', filters: { store: facts.store, device: facts.device }, sale: null }}>Its sales</AddressLink>
          {back}
        </div>
      </header>
      <div className="charts thirds">
        <Standing facts={facts} hubNowMs={hubNowMs} />
        <Said facts={facts} timeZone={timeZone} />
        <May action="enrolDevice" at={`store:${facts.store}`}>
          <Ending facts={facts} places={places} timeZone={timeZone} />
        </May>
      </div>
      {seesCompany ? (
        <Card title="What is proven of its ledger">
          <LaneFindings device={facts.device} timeZone={timeZone} />
        </Card>
      ) : null}
      <Awaited facts={facts} timeZone={timeZone} />
      <DoubledReceipts facts={facts} timeZone={timeZone} />
      <Contacts facts={facts} timeZone={timeZone} />
    </div>
  );
};
