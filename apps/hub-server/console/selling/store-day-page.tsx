/** One store's day: what the lanes' entries come to, each lane's Z beside them, what the day still waits for, and what came after it was closed. */
import { EmptyState, toDecimalString } from '@holdfast/ui';
import { Button, Modal } from '@mantine/core';
import { type ReactElement, type ReactNode, useState } from 'react';

import { type Address, withFilters } from '../address.ts';
import { failureOf, failureText } from '../ask.ts';
import { useOfPlace } from '../company/rules.ts';
import { taxNameOf } from '../company/tax-classes.ts';
import { tenderNameOf } from '../company/tenders.ts';
import { addDays, businessDateText, dateTimeText, format, plural, timeText } from '../format.ts';
import { AddressLink } from '../navigation.tsx';
import { namesOf, useStaff } from '../people/people.ts';
import { May } from '../rights.tsx';
import { ExportButton, Failure, HeadCells, Tag } from '../table-parts.tsx';
import {
  countedShifts,
  type DayLane,
  type DayShift,
  type SafeMovement,
  type StoreDay,
  terminalsOf,
  useCloseDay,
  useStoreDay,
  waitText,
} from './store-days.ts';

type Money = (amountMinor: number) => string;

const moneyOf =
  ({ minorDigits, currency }: StoreDay): Money =>
  (amountMinor) =>
    format.currency(amountMinor, minorDigits, currency);

/** With its sign, or nothing where it is nothing. */
const OverShort = ({ amountMinor, money }: { readonly amountMinor: number; readonly money: Money }): ReactElement =>
  amountMinor === 0 ? <span className="mut">even</span> : <span className={amountMinor < 0 ? 'bad' : 'warn'}>{money(amountMinor)}</span>;

const ShiftState = ({ shift }: { readonly shift: DayShift }): ReactElement => (
  <>
    {shift.isSecondHistory ? <Tag tone="warn">second history</Tag> : null}{' '}
    {shift.unreadable > 0 ? <Tag tone="bad">{plural(shift.unreadable, 'entry', 'entries')} unreadable</Tag> : null}{' '}
    {shift.isClosedLater ? (
      <Tag tone="good">closed on a later day</Tag>
    ) : shift.z === null ? (
      <Tag tone="warn">open</Tag>
    ) : shift.z.differences.length > 0 ? (
      <Tag tone="bad">Z differs</Tag>
    ) : shift.z.isRolled ? (
      <Tag tone="warn">rolled over, not counted</Tag>
    ) : (
      <Tag tone="good">Z agrees</Tag>
    )}
  </>
);

const SHIFT_COLUMNS = ['Sales', 'Total', 'Tax', 'Must lie there', 'Counted', 'Over / short'] as const;

const Shifts = ({ day, money }: { readonly day: StoreDay; readonly money: Money }): ReactElement => (
  <section className="block" aria-labelledby="shifts">
    <div className="block-head">
      <h2 id="shifts">Lanes and shifts</h2>
      <span className="mut">by their entries; beside them what each lane’s own Z says</span>
    </div>
    <div className="table-frame">
      <table className="data" data-testid="shifts">
        <thead>
          <tr>
            <th scope="col">Lane</th>
            <th scope="col">Shift</th>
            <HeadCells labels={SHIFT_COLUMNS} numeric />
            <th scope="col">Z</th>
          </tr>
        </thead>
        <tbody>
          {day.shifts.map((shift) => (
            <ShiftRows
              key={`${shift.device} ${shift.drawer} ${shift.shift} ${shift.isSecondHistory}`}
              shift={shift}
              day={day}
              money={money}
            />
          ))}
        </tbody>
        <tfoot>
          <tr>
            <th scope="row" colSpan={2}>
              The store
            </th>
            <td className="n">{format.count(day.sums.sales)}</td>
            <td className="n">{money(day.sums.totalMinor)}</td>
            <td className="n">{money(taxOf(day.sums))}</td>
            <td className="n">{money(day.sums.drawerMinor)}</td>
            <td className="n">{countedShifts(day.shifts) === 0 ? '–' : money(day.countedMinor)}</td>
            <td className="n">{countedShifts(day.shifts) === 0 ? '–' : <OverShort amountMinor={day.overShortMinor} money={money} />}</td>
            <td className="mut">
              {countedShifts(day.shifts) < day.shifts.length
                ? `${countedShifts(day.shifts)} of ${plural(day.shifts.length, 'shift')} counted`
                : ''}
            </td>
          </tr>
        </tfoot>
      </table>
    </div>
  </section>
);

const taxOf = ({ taxes }: StoreDay['sums']): number => taxes.reduce((sum, { taxMinor }) => sum + taxMinor, 0);

const FIGURE_NAMES: Readonly<Record<string, string>> = {
  sales: 'Sales',
  refunds: 'Refunds',
  totalMinor: 'Total',
  refundedMinor: 'Refunded',
  discountMinor: 'Discounts',
  roundingMinor: 'Rounding',
  changeMinor: 'Change',
  payoutMinor: 'Cards paid out',
  drawerMinor: 'Must lie there',
  voidedLines: 'Voided lines',
  voidedSales: 'Voided sales',
  reprints: 'Reprints',
  approvals: 'Approvals',
};
/** Of these, and of `count` with what it is of behind it, there are so many; everything else is money. */
const COUNTED = /^(sales|refunds|voidedLines|voidedSales|reprints|approvals|count .*|terminal .* (\w+Count|settlements))$/;
const TERMINAL_FIGURE_NAMES: Readonly<Record<string, string>> = {
  takenMinor: 'taken',
  takenCount: 'payments',
  settlements: 'settlements',
  countedMinor: 'counted by it',
  countedCount: 'payments counted by it',
  settledMinor: 'had by the lane',
  settledCount: 'payments had by the lane',
};

function figureName(figure: string): string {
  const [, terminalId, name = ''] = /^terminal (.*) (\w+)$/u.exec(figure) ?? [];
  if (terminalId === undefined) return FIGURE_NAMES[figure] ?? figure;
  return `Terminal ${terminalId === '' ? 'without a name' : terminalId}: ${TERMINAL_FIGURE_NAMES[name] ?? name}`;
}
const figureText = (figure: string, value: number, money: Money): string => (COUNTED.test(figure) ? format.count(value) : money(value));

/** Of a lane itself; any other is the till insert of a cashier, by their key. */
const LANE_DRAWER = '1';
/** Where nobody signs on. */
const LONE_OPERATOR = '1';

const ShiftRows = ({ shift, day, money }: { readonly shift: DayShift; readonly day: StoreDay; readonly money: Money }): ReactElement => {
  const { data: staff = [] } = useStaff();
  const nameOf = namesOf(staff);
  const { sums, z } = shift;
  return (
    <>
      <tr data-testid={`shift-${shift.lane}-${shift.shift}`}>
        <th scope="row">
          <AddressLink to={{ page: 'sales', filters: { date: day.businessDate, store: day.store, device: shift.device }, sale: null }}>
            Lane {shift.lane}
          </AddressLink>
        </th>
        <td>
          {shift.shift}
          {shift.drawer === LANE_DRAWER ? null : <span className="mut"> {nameOf(shift.drawer)}</span>}
        </td>
        <td className="n">{format.count(sums.sales)}</td>
        <td className="n">{money(sums.totalMinor)}</td>
        <td className="n">{money(taxOf(sums))}</td>
        <td className="n">{money(sums.drawerMinor)}</td>
        <td className="n">{z === null || z.isRolled ? '–' : money(z.countedMinor)}</td>
        <td className="n">{z === null || z.isRolled ? '–' : <OverShort amountMinor={z.overShortMinor} money={money} />}</td>
        <td className="said">
          <ShiftState shift={shift} />{' '}
          <span className="mut">
            {z === null ? `last entry ${timeText(shift.lastAtMs, day.timeZone)}` : timeText(z.atMs, day.timeZone)}
            {z === null || z.isRolled || z.operator === LONE_OPERATOR ? '' : ` · counted by ${nameOf(z.operator)}`}
            {z?.reason ? ` · ${z.reason}` : ''}
          </span>
        </td>
      </tr>
      {z?.differences.map(({ figure, toldMinor, foundMinor }) => (
        <tr key={figure} className="lane" data-testid="z-difference">
          <th scope="row" colSpan={2}>
            {figureName(figure)}
          </th>
          <td colSpan={7}>
            the Z says <b>{figureText(figure, toldMinor, money)}</b>, its entries come to <b>{figureText(figure, foundMinor, money)}</b>
          </td>
        </tr>
      ))}
    </>
  );
};

const Card = ({ id, title, children }: { readonly id: string; readonly title: string; readonly children: ReactNode }): ReactElement => (
  <section className="card" aria-labelledby={id} data-testid={id}>
    <div className="card-head">
      <h2 id={id}>{title}</h2>
    </div>
    {children}
  </section>
);

interface AmountRow {
  readonly name: string;
  readonly detail?: string;
  readonly amountMinor: number;
}

const Amounts = ({ rows, money }: { readonly rows: readonly AmountRow[]; readonly money: Money }): ReactElement => (
  <table className="plain">
    <tbody>
      {rows.map(({ name, detail, amountMinor }) => (
        <tr key={`${name} ${detail}`}>
          <th scope="row">{name}</th>
          <td className="mut">{detail}</td>
          <td className="n">{money(amountMinor)}</td>
        </tr>
      ))}
    </tbody>
  </table>
);

/** Parts per million as a percentage, exact. */
const percentText = (ratePpm: number | null | undefined): string =>
  ratePpm === null || ratePpm === undefined ? 'per unit' : `${toDecimalString(ratePpm, 4).replace(/\.?0+$/, '')} %`;

const Sums = ({ day, money }: { readonly day: StoreDay; readonly money: Money }): ReactElement => {
  const { sums } = day;
  const { data: taxes } = useOfPlace('tax-classes', `store:${day.store}`);
  const { data: tenders } = useOfPlace('tenders', `store:${day.store}`);
  return (
    <div className="charts thirds">
      <Card id="day-taxes" title="Tax per rate">
        <Amounts
          money={money}
          rows={sums.taxes.map(({ taxClass, component, ratePpm, netMinor, taxMinor }) => ({
            name: taxNameOf(taxes?.rules ?? [], taxClass, component ?? null),
            detail: `${percentText(ratePpm)} of ${money(netMinor)}`,
            amountMinor: taxMinor,
          }))}
        />
      </Card>
      <Card id="day-tenders" title="Tenders">
        <Amounts
          money={money}
          rows={[
            ...sums.tenders.map(({ tenderType, amountMinor, count, tipMinor }) => ({
              name: tenderNameOf(tenders?.rules ?? [], tenderType),
              detail: tipMinor === 0 ? `${count} ×` : `${count} × · tips ${money(tipMinor)}`,
              amountMinor,
            })),
            { name: 'Change', amountMinor: -sums.changeMinor },
            { name: 'Rounding', amountMinor: sums.roundingMinor },
          ]}
        />
      </Card>
      <Card id="day-cash" title="Cash without a sale">
        <Amounts
          money={money}
          rows={[
            { name: 'Floats', amountMinor: sums.cash.float },
            { name: 'Paid in', amountMinor: sums.cash.paidIn },
            { name: 'Paid out', amountMinor: sums.cash.paidOut },
            { name: 'Drops to the safe', amountMinor: sums.cash.drop },
            { name: 'Loans from the safe', amountMinor: sums.cash.loan },
            { name: 'Cards paid out', amountMinor: -sums.payoutMinor },
          ]}
        />
      </Card>
    </div>
  );
};

/** Terminals count for themselves: what each took by the sales, and what it counted beside what its lane had over the same time. */
const Terminals = ({ day, money }: { readonly day: StoreDay; readonly money: Money }): ReactElement | null =>
  terminalsOf(day).length === 0 ? null : (
    <section className="block" aria-labelledby="terminals">
      <div className="block-head">
        <h2 id="terminals">Payment terminals</h2>
        <span className="mut">
          taken by the sales; counted by the terminal when it was settled, beside what its lane had since the time before
        </span>
      </div>
      <div className="table-frame">
        <table className="data" data-testid="terminals">
          <thead>
            <tr>
              <th scope="col">Lane</th>
              <th scope="col">Terminal</th>
              <HeadCells labels={['Taken', 'Settled', 'Counted by it', 'Lane had', 'Difference']} numeric />
            </tr>
          </thead>
          <tbody>
            {terminalsOf(day).map(({ lane, sum }) => (
              <tr key={`${lane} ${sum.terminalId}`} data-testid={`terminal-${lane}`} data-difference={sum.countedMinor - sum.settledMinor}>
                <th scope="row">Lane {lane}</th>
                <td>{sum.terminalId === '' ? <span className="mut">without a name</span> : sum.terminalId}</td>
                <td className="n">
                  {money(sum.takenMinor)} <span className="mut">{format.count(sum.takenCount)} ×</span>
                </td>
                <td className="n">{sum.settlements === 0 ? <Tag tone="warn">not yet</Tag> : `${format.count(sum.settlements)} ×`}</td>
                <td className="n">{sum.settlements === 0 ? '–' : `${money(sum.countedMinor)} (${format.count(sum.countedCount)})`}</td>
                <td className="n">{sum.settlements === 0 ? '–' : `${money(sum.settledMinor)} (${format.count(sum.settledCount)})`}</td>
                <td className="n">
                  {sum.settlements === 0 ? '–' : <OverShort amountMinor={sum.countedMinor - sum.settledMinor} money={money} />}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );

const Lanes = ({ day }: { readonly day: StoreDay }): ReactElement => (
  <Card id="day-lanes" title="What the day still waits for">
    <table className="plain">
      <tbody>
        {day.lanes.map((lane) => (
          <tr key={lane.device} data-testid={`lane-wait-${lane.lane}`}>
            <th scope="row">Lane {lane.lane}</th>
            <td>
              <Waits lane={lane} />
            </td>
            <td className="n mut">{lane.lastSeenMs === null ? 'never heard' : `heard ${dateTimeText(lane.lastSeenMs, day.timeZone)}`}</td>
          </tr>
        ))}
      </tbody>
    </table>
  </Card>
);

const Waits = ({ lane }: { readonly lane: DayLane }): ReactElement =>
  lane.waits.length === 0 ? (
    <Tag tone="good">all here</Tag>
  ) : (
    <>
      {lane.waits.map((wait) => (
        <Tag key={waitText(wait)} tone={wait.type === 'setAside' ? 'bad' : 'warn'}>
          {waitText(wait)}
        </Tag>
      ))}
    </>
  );

const SAFE_WORDS: Readonly<Record<SafeMovement['act'], string>> = {
  float: 'Float for a drawer',
  drop: 'Drop from a drawer',
  loan: 'Loan to a drawer',
  close: 'Drawer counted at its close',
  bankDeposit: 'To the bank',
  bankChange: 'Change from the bank',
  count: 'Counted',
};

const Safe = ({ day, money }: { readonly day: StoreDay; readonly money: Money }): ReactElement => (
  <section className="block" aria-labelledby="safe">
    <div className="block-head">
      <h2 id="safe">Safe</h2>
      <span className="mut">
        holds <b data-testid="safe-balance">{money(day.safe.balanceMinor)}</b> by all movements that are here
      </span>
    </div>
    {day.safe.movements.length === 0 ? null : (
      <div className="table-frame">
        <table className="data">
          <thead>
            <tr>
              <th scope="col">Time</th>
              <th scope="col">What</th>
              <th scope="col">Lane</th>
              <th scope="col">Who</th>
              <th scope="col">Bag or slip</th>
              <th scope="col" className="n">
                Amount
              </th>
              <th scope="col" className="n">
                Lies there
              </th>
            </tr>
          </thead>
          <tbody>
            {day.safe.movements.map((moved) => (
              <tr key={`${moved.device} ${moved.epoch} ${moved.seq}`} data-testid={`safe-${moved.act}`}>
                <td className="mut">{timeText(moved.atMs, day.timeZone)}</td>
                <td>{SAFE_WORDS[moved.act]}</td>
                <td>{moved.lane}</td>
                <td>{moved.operator}</td>
                <td>{moved.reference}</td>
                <td className="n">
                  {moved.countedMinor === null ? (
                    money(moved.amountMinor)
                  ) : (
                    <>
                      {money(moved.countedMinor)}, <OverShort amountMinor={moved.countedMinor - moved.balanceMinor} money={money} />
                    </>
                  )}
                </td>
                <td className="n">{money(moved.balanceMinor)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    )}
  </section>
);

const Supplements = ({ day, money }: { readonly day: StoreDay; readonly money: Money }): ReactElement | null =>
  day.closed === null ? null : (
    <Card
      id="day-supplements"
      title={`Closed ${dateTimeText(day.closed.atMs, day.timeZone)} at ${money(day.closed.sums.totalMinor)}; what came later`}
    >
      {day.supplements.length === 0 ? (
        <p className="mut">Nothing.</p>
      ) : (
        <table className="plain">
          <tbody>
            {day.supplements.map(({ device, lane, shift, sums, isZ }) => (
              <tr key={`${device} ${shift}`} data-testid={`supplement-${lane}`}>
                <th scope="row">
                  Lane {lane}, shift {shift}
                </th>
                <td className="mut">
                  {plural(sums.sales, 'sale')}
                  {isZ ? ' · its Z' : ''}
                </td>
                <td className="n">{money(sums.totalMinor)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </Card>
  );

const CloseDialog = ({
  day,
  opened,
  onClose,
}: {
  readonly day: StoreDay;
  readonly opened: boolean;
  readonly onClose: () => void;
}): ReactElement => {
  const { mutate, isPending, error, reset } = useCloseDay(day.store, day.businessDate);
  const waiting = day.lanes.filter(({ waits }) => waits.length > 0);
  const leave = (): void => {
    reset();
    onClose();
  };
  return (
    <Modal
      opened={opened}
      lockScroll={false}
      onClose={leave}
      title={<span className="dialog-title">Close {businessDateText(day.businessDate)}?</span>}
      centered
    >
      <div className="enrol-form">
        <p>
          The roll-up stands as it is now: {plural(day.sums.sales, 'sale')}, {moneyOf(day)(day.sums.totalMinor)}. It is never changed; what
          lanes send later is listed beside it.
        </p>
        {waiting.length === 0 ? null : (
          <p className="warn" data-testid="close-waiting">
            Still away: {waiting.map((lane) => `lane ${lane.lane} (${lane.waits.map(waitText).join(', ')})`).join('; ')}.
          </p>
        )}
        <Failure error={error} />
        <Button
          className="strong-button"
          loading={isPending}
          data-testid="close-day-confirm"
          onClick={() => mutate(undefined, { onSuccess: leave })}
        >
          Close the day
        </Button>
      </div>
    </Modal>
  );
};

const EXPORT_HEADER = [
  'lane',
  'shift',
  'drawer',
  'sales',
  'total',
  'tax',
  'expected',
  'counted',
  'over_short',
  'counted_by',
  'z_at',
  'differences',
];
const exportRows = (day: StoreDay): readonly (readonly string[])[] =>
  day.shifts.map(({ lane, shift, drawer, sums, z }) => {
    const decimal = (amountMinor: number): string => toDecimalString(amountMinor, day.minorDigits);
    return [
      String(lane),
      String(shift),
      drawer,
      String(sums.sales),
      decimal(sums.totalMinor),
      decimal(taxOf(sums)),
      decimal(sums.drawerMinor),
      z === null ? '' : decimal(z.countedMinor),
      z === null ? '' : decimal(z.overShortMinor),
      z === null || z.isRolled ? '' : z.operator,
      z === null ? '' : new Date(z.atMs).toISOString(),
      z === null ? '' : z.differences.map(({ figure }) => figure).join('; '),
    ];
  });

export const StoreDayPage = ({
  address,
  store,
  date,
}: {
  readonly address: Address;
  readonly store: string;
  readonly date: string;
}): ReactElement => {
  const { data: day, error } = useStoreDay(store, date);
  const [closing, setClosing] = useState(false);
  const failure = failureOf(error);
  const money = day === undefined ? undefined : moneyOf(day);
  return (
    <div className="page" data-testid="store-day">
      <header className="page-head">
        <h1>{businessDateText(date)}</h1>
        <span className="mut">
          {day?.name ?? store} · <AddressLink to={{ page: 'days', filters: {}, sale: null }}>all days</AddressLink>
        </span>
        <div className="tools">
          <div className="day">
            <AddressLink to={withFilters(address, { date: addDays(date, -1) })} aria-label="The day before" className="step">
              ‹
            </AddressLink>
            <AddressLink to={withFilters(address, { date: addDays(date, 1) })} aria-label="The day after" className="step">
              ›
            </AddressLink>
          </div>
          {day === undefined ? null : <ExportButton name={`day-${store}-${date}`} header={EXPORT_HEADER} rows={() => exportRows(day)} />}
          {day === undefined || day.closed !== null ? null : (
            <May action="closeStoreDay" at={`store:${day.store}`}>
              <Button className="strong-button" data-testid="close-day" onClick={() => setClosing(true)}>
                Close the day
              </Button>
            </May>
          )}
        </div>
      </header>
      {day === undefined || money === undefined ? (
        <div className="card" role="status" data-testid="no-day">
          {failure === null ? (
            <p className="mut">Asking the hub…</p>
          ) : (
            <EmptyState title={failure.type === 'notFound' ? 'Nothing of this day is here' : failureText(failure)}>
              A lane that is cut off sells on and sends its day when it is back.
            </EmptyState>
          )}
        </div>
      ) : (
        <>
          <Supplements day={day} money={money} />
          <Shifts day={day} money={money} />
          <Sums day={day} money={money} />
          <Terminals day={day} money={money} />
          <Lanes day={day} />
          <Safe day={day} money={money} />
          <CloseDialog day={day} opened={closing} onClose={() => setClosing(false)} />
        </>
      )}
    </div>
  );
};
