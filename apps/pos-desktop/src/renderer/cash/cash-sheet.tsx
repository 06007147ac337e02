/** The drawer: what its shift comes to, and what is done to it. It stands over the keys, never over the sale. */
import { terminalDifferenceMinor } from '@holdfast/domain';
import { useFormat } from '@holdfast/ui';
import { type ReactElement, type ReactNode, useId } from 'react';

import type { OtherShift, ShiftView } from '../../shared/till-contract.ts';
import { keepFocus } from '../keep-focus.ts';
import { markAt } from '../sell/choice.tsx';
import { useStrings, useTill } from '../sell/sell-context.tsx';
import type { Strings } from '../strings.ts';
import { isCardTask } from './card-desk.ts';
import { CardDetail, Cards, Settle, Settled } from './cards-screen.tsx';
import { useCash, useCashState } from './cash-context.tsx';
import { type CashAct, type CashTask, type CountOf, facesOf, MENU_ORDER, MENU_WAYS, type MenuWay, SAFE_WAYS } from './cash-controller.ts';

import classes from './cash.module.css';

const ACTS: readonly CashAct[] = ['paidIn', 'paidOut', 'drop', 'loan'];

const useMoney = (): ((minor: number) => string) => {
  const format = useFormat();
  const minorDigits = useTill((view) => view.head?.minorDigits ?? 2);
  return (minor) => format.money(minor, minorDigits);
};

type ReportRow = readonly [name: string, value: string, isStrong?: boolean];

interface TerminalRowWords {
  readonly words: Strings['cards'];
  readonly count: (count: number) => string;
  readonly money: (minor: number) => string;
}

/** What went over a terminal, and, once it was settled, whether it counted the same. */
const terminalRows = (sum: ShiftView['terminals'][number], { words, count, money }: TerminalRowWords): readonly ReportRow[] => {
  const name = words.terminal(sum.terminalId);
  const differenceMinor = terminalDifferenceMinor(sum);
  return [
    [`${name} (${count(sum.takenCount)})`, money(sum.takenMinor)],
    ...(differenceMinor === undefined
      ? []
      : ([
          [`${name}: ${words.counted} (${count(sum.countedCount)})`, money(sum.countedMinor)],
          [`${name}: ${words.difference}`, money(differenceMinor), differenceMinor !== 0],
        ] as const)),
  ];
};

/** An X or a Z, line by line; what is nought is left out. */
const Report = ({ shift }: { readonly shift: ShiftView }): ReactElement => {
  const { cashAndShift: words, cards } = useStrings();
  const format = useFormat();
  const money = useMoney();
  const rows: readonly ReportRow[] = [
    [words.sales, format.count(shift.sales)],
    ...(shift.refunds > 0 ? [[words.refunds, format.count(shift.refunds)] as const] : []),
    [words.total, money(shift.totalMinor), true],
    ...(shift.discountMinor === 0 ? [] : [[words.discounts, money(shift.discountMinor)] as const]),
    ...shift.taxes.map(({ name, ratePpm = 0, taxMinor }) => [format.tax(name, Math.round(ratePpm / 100)), money(taxMinor)] as const),
    ...shift.tenders.map(({ name, amountMinor, count }) => [`${name} (${format.count(count)})`, money(amountMinor)] as const),
    ...(shift.changeMinor === 0 ? [] : [[words.change, money(-shift.changeMinor)] as const]),
    ...shift.terminals.flatMap((sum) => terminalRows(sum, { words: cards, count: format.count, money })),
    ...(shift.roundingMinor === 0 ? [] : [[words.rounding, money(shift.roundingMinor)] as const]),
    [words.float, money(shift.cash.float)],
    ...ACTS.flatMap((act) => (shift.cash[act] === 0 ? [] : [[words.acts[act], money(shift.cash[act])] as const])),
    ...(shift.payoutMinor === 0 ? [] : [[words.payouts, money(-shift.payoutMinor)] as const]),
    ...(shift.voidedLines + shift.voidedSales === 0 ? [] : [[words.voids, `${shift.voidedLines} / ${shift.voidedSales}`] as const]),
    ...(shift.reprints + shift.approvals === 0 ? [] : [[words.reprints, `${shift.reprints} / ${shift.approvals}`] as const]),
    ...(shift.drawerMinor === undefined ? [] : [[words.mustBe, money(shift.drawerMinor)] as const]),
    ...(shift.countedMinor === undefined ? [] : [[words.wasCounted, money(shift.countedMinor)] as const]),
    ...(shift.overShortMinor === undefined ? [] : [[words.overShort, money(shift.overShortMinor), true] as const]),
    [words.perpetual, money(shift.perpetualMinor)],
  ];
  return (
    <dl className={classes['report']} tabIndex={0} data-testid="shift-report" data-shift={shift.shift}>
      {rows.map(([name, value, isStrong = false], at) => (
        // Two classes of tax may have one name.
        <div key={`${at} ${name}`} data-strong={isStrong || undefined}>
          <dt dir="auto">{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
};

const Way = ({
  id,
  text,
  onPress,
  isGo = false,
  mark,
}: {
  readonly id: string;
  readonly text: string;
  readonly onPress: () => void;
  readonly isGo?: boolean;
  readonly mark?: string | undefined;
}): ReactElement => (
  <button type="button" className={classes['way']} data-way={id} data-go={isGo || undefined} onClick={onPress}>
    {text}
    {mark === undefined ? null : <kbd aria-hidden="true">{mark}</kbd>}
  </button>
);

const Ways = ({ title, children }: { readonly title: string; readonly children: ReactNode }): ReactElement => {
  const id = useId();
  return (
    <section className={classes['waysOf']} role="group" aria-labelledby={id}>
      <h2 id={id}>{title}</h2>
      <div className={classes['ways']} data-close>
        {children}
      </div>
    </section>
  );
};

/** What each way of the menu is called now. */
const useMenuWords = (): Readonly<Record<MenuWay, string>> => {
  const { cashAndShift: words, cards, keyPages } = useStrings();
  const isOpen = useCashState((state) => state.shift?.isOpen === true);
  const isTraining = useTill((view) => view.status?.training === true);
  return {
    ...words.acts,
    count: isOpen ? words.closeShift : words.openShift,
    printX: words.printX,
    safe: words.safe,
    cards: cards.title,
    attendance: words.attendance,
    journal: words.journal,
    training: isTraining ? words.endTraining : words.beginTraining,
    keyPages: keyPages.open,
    others: words.others,
  };
};

const Menu = (): ReactElement => {
  const cash = useCash();
  const words = useStrings().cashAndShift;
  const wayWords = useMenuWords();
  const shift = useCashState((state) => state.shift);
  const hasOthers = useCashState((state) => state.others.length > 0);
  const count = shift?.isOpen === true ? 'closeShift' : 'openShift';
  return (
    <>
      {(['drawer', 'safe', 'lane'] as const).map((group) => (
        <Ways key={group} title={words.groups[group]}>
          {MENU_WAYS[group]
            .filter((way) => way !== 'others' || hasOthers)
            .map((way) => (
              <Way
                key={way}
                id={way === 'count' ? count : way}
                text={wayWords[way]}
                isGo={way === 'count'}
                mark={markAt(MENU_ORDER.indexOf(way))}
                onPress={() => cash.choose(way)}
              />
            ))}
        </Ways>
      ))}
      {shift === undefined ? null : <Report shift={shift} />}
    </>
  );
};

const Safe = (): ReactElement => {
  const cash = useCash();
  const words = useStrings().cashAndShift;
  return (
    <div className={classes['ways']}>
      {SAFE_WAYS.map((way, index) => (
        <Way
          key={way}
          id={way}
          text={way === 'countSafe' ? words.countSafe : words.bankActs[way]}
          mark={markAt(index)}
          onPress={() => cash.choose(way)}
        />
      ))}
    </div>
  );
};

/** Whose insert, so that nobody has to know what a key of the staff is. */
const useNameOf = (): ((other: OtherShift) => string) => {
  const words = useStrings().cashAndShift;
  return ({ name }) => name ?? words.nobodysDrawer;
};

const Others = (): ReactElement => {
  const cash = useCash();
  const others = useCashState((state) => state.others);
  const nameOf = useNameOf();
  return (
    <div className={classes['ways']}>
      {others.map((other, index) => (
        <Way
          key={other.drawer}
          id={`other-${other.drawer}`}
          text={nameOf(other)}
          mark={markAt(index)}
          onPress={() => cash.chooseOther(index)}
        />
      ))}
    </div>
  );
};

/** The Z, and whose insert is still to be counted. */
const Closed = ({ shift }: { readonly shift: ShiftView }): ReactElement => {
  const cash = useCash();
  const words = useStrings().cashAndShift;
  const others = useCashState((state) => state.others);
  const nameOf = useNameOf();
  return (
    <>
      {others.length === 0 ? null : (
        <Ways title={words.othersOpen(others.map(nameOf).join(', '))}>
          <Way id="others" text={words.others} mark={markAt(0)} onPress={() => cash.choose('others')} />
        </Ways>
      )}
      <Report shift={shift} />
    </>
  );
};

/** Where the till itself answers: a page under its own address, not the packaged one. */
const canDownload = (): boolean => window.location.protocol.startsWith('http');

const Journal = ({ shown }: { readonly shown: string | undefined }): ReactElement => {
  const cash = useCash();
  const words = useStrings().cashAndShift;
  const format = useFormat();
  const minorDigits = useTill((view) => view.head?.minorDigits ?? 2);
  const timeZone = useTill((view) => view.status?.timeZone);
  const typed = useCashState((state) => state.typed);
  const found = useCashState((state) => state.found);
  const hasMore = useCashState((state) => state.hasMore);
  const chosen = useCashState((state) => state.chosen);
  const isBusy = useCashState((state) => state.isBusy);
  if (shown !== undefined)
    return (
      <pre className={classes['entry']} dir="ltr" data-testid="journal-entry" tabIndex={0}>
        {shown}
      </pre>
    );
  return (
    <>
      <output className={classes['typed']} data-words data-testid="journal-text">
        {typed === '' ? <span className={classes['hint']}>{words.journalHint}</span> : typed}
      </output>
      <ol className={classes['found']} data-testid="journal-found" aria-busy={isBusy}>
        {(found ?? []).map((entry, index) => (
          <li key={`${entry.epoch} ${entry.seq}`}>
            <button
              type="button"
              className={classes['found-entry']}
              aria-current={index === chosen || undefined}
              data-seq={entry.seq}
              onClick={() => cash.showEntry(index)}
            >
              <b>{words.journalTitle(entry)}</b>
              <span className={classes['found-amount']}>
                {entry.amountMinor === undefined ? '' : format.money(entry.amountMinor, minorDigits)}
              </span>
              <span>
                {[
                  String(entry.seq),
                  format.dateTime(entry.atMs, timeZone),
                  ...[entry.operator, entry.reference, words.journalReason(entry.reason ?? '')].filter(
                    (part) => part !== undefined && part !== '',
                  ),
                ].join(' · ')}
              </span>
            </button>
          </li>
        ))}
        {found?.length === 0 && !isBusy ? <li className={classes['hint']}>{words.nothingFound}</li> : null}
      </ol>
      <div className={classes['ways']} data-narrow>
        {hasMore ? <Way id="more" text={words.moreEntries} onPress={cash.searchOn} /> : null}
        {canDownload()
          ? (['json', 'csv', 'xml'] as const).map((kind) => (
              <a key={kind} className={classes['way']} data-way={`export-${kind}`} href={`/journal?format=${kind}`} download>
                {words.exportAs} {kind.toUpperCase()}
              </a>
            ))
          : null}
      </div>
    </>
  );
};

const Attendance = (): ReactElement => {
  const cash = useCash();
  const words = useStrings().cashAndShift;
  const format = useFormat();
  const timeZone = useTill((view) => view.status?.timeZone);
  const list = useCashState((state) => state.attendance);
  const chosen = useCashState((state) => state.chosen);
  const isBusy = useCashState((state) => state.isBusy);
  const text = (atMs: number | undefined, missing: string): string => (atMs === undefined ? missing : format.dateTime(atMs, timeZone));
  return (
    <ol className={classes['found']} data-testid="attendance" aria-busy={isBusy}>
      {(list ?? []).map(({ person, name, fromMs, toMs, forgotten, stated }, index) => (
        <li key={`${person} ${fromMs ?? ''} ${toMs ?? ''}`}>
          <button
            type="button"
            className={classes['found-entry']}
            aria-current={index === chosen || undefined}
            data-person={person}
            data-missing={forgotten || undefined}
            onClick={() => cash.chooseAttendance(index)}
          >
            <b dir="auto">{name}</b>
            <span className={classes['found-amount']}>{fromMs === undefined || toMs === undefined ? '' : format.hours(toMs - fromMs)}</span>
            <span>
              {`${text(fromMs, words.notSaid)} – ${text(toMs, forgotten === true ? words.notSaid : words.stillHere)}`}
              {stated === true ? ` · ${words.statedLater}` : ''}
            </span>
          </button>
        </li>
      ))}
      {list?.length === 0 && !isBusy ? <li className={classes['hint']}>{words.nobodyCame}</li> : null}
    </ol>
  );
};

const Reasons = (): ReactElement => {
  const cash = useCash();
  const words = useStrings().cashAndShift;
  return (
    <div className={classes['ways']} role="group" aria-label={words.reasonHint}>
      {words.reasons.map((reason, index) => (
        <button key={reason} type="button" className={classes['way']} data-reason={index + 1} onClick={() => cash.chooseReason(reason)}>
          {reason} <kbd aria-hidden="true">{index + 1}</kbd>
        </button>
      ))}
    </div>
  );
};

const DIGITS = ['7', '8', '9', '4', '5', '6', '1', '2', '3'] as const;

const Pad = ({ hasPoint }: { readonly hasPoint: boolean }): ReactElement => {
  const cash = useCash();
  const format = useFormat();
  // Of a currency without decimals nothing stands behind a point.
  const isPointed = useTill((view) => (view.head?.minorDigits ?? 2) > 0) && hasPoint;
  const pad = (name: string, text: string, press: () => void): ReactElement => (
    <button key={name} type="button" className={classes['pad']} data-pad={name} aria-label={name} onClick={press}>
      {text}
    </button>
  );
  return (
    <div className={classes['pads']} dir="ltr">
      {DIGITS.map((digit) => pad(digit, digit, () => cash.typed(digit)))}
      {isPointed ? pad('point', format.decimalSign, () => cash.typed(format.decimalSign)) : pad('erase', '⌫', () => cash.key('Backspace'))}
      {pad('0', '0', () => cash.typed('0'))}
      {pad('enter', '↵', cash.submit)}
    </div>
  );
};

const Count = ({ of }: { readonly of: CountOf }): ReactElement => {
  const cash = useCash();
  const words = useStrings().cashAndShift;
  const money = useMoney();
  const currency = useTill((view) => view.head?.currency ?? '');
  const counts = useCashState((state) => state.counts);
  const face = useCashState((state) => state.face);
  const typed = useCashState((state) => state.typed);
  const countOf = (other: number): number => (other === face && typed !== '' ? Number(typed) : (counts.get(other) ?? 0));
  const faces = facesOf(currency);
  const sum = faces.reduce((total, other) => total + other * countOf(other), 0);
  return (
    <div className={classes['count']}>
      <div className={classes['faces']} role="group" aria-label={words[of]}>
        {faces.map((other) => (
          <button
            key={other}
            type="button"
            className={classes['face']}
            aria-pressed={other === face}
            data-face={other}
            onClick={() => cash.chooseFace(other)}
          >
            <span>{money(other)}</span>
            <b>{countOf(other)}</b>
          </button>
        ))}
      </div>
      <div className={classes['side']} data-done>
        <p className={classes['sum']}>
          <span>{words.countedSoFar}</span>
          <b data-testid="counted">{money(sum)}</b>
        </p>
        <Pad hasPoint={false} />
        <Way id="done" text={words.done} isGo onPress={cash.finish} />
      </div>
    </div>
  );
};

const Move = ({ hasPoint }: { readonly hasPoint: boolean }): ReactElement => {
  const typed = useCashState((state) => state.typed);
  return (
    <div className={classes['side']} data-alone>
      <output className={classes['typed']} data-testid="cash-amount">
        {typed}
      </output>
      <Pad hasPoint={hasPoint} />
    </div>
  );
};

const Problem = (): ReactElement | null => {
  const strings = useStrings();
  const format = useFormat();
  const problem = useCashState((state) => state.problem);
  const minorDigits = useTill((view) => view.head?.minorDigits ?? 2);
  if (problem === undefined) return null;
  const { title, detail } = strings.refusal(problem, { format, minorDigits, subject: '' });
  return (
    <p className={classes['problem']} role="alert" data-problem={problem.type}>
      <b>{title}</b>
      <span>{detail}</span>
    </p>
  );
};

const Body = ({ task }: { readonly task: CashTask }): ReactElement => {
  if (task.type === 'menu') return <Menu />;
  if (task.type === 'closed') return <Closed shift={task.shift} />;
  if (task.type === 'others') return <Others />;
  if (task.type === 'safe') return <Safe />;
  if (task.type === 'journal') return <Journal shown={task.shown} />;
  if (task.type === 'cards') return <Cards />;
  if (task.type === 'card') return <CardDetail card={task.card} how={task.how} />;
  if (task.type === 'settle') return <Settle />;
  if (task.type === 'settled') return <Settled settlement={task.settlement} />;
  if (task.type === 'attendance') return <Attendance />;
  if (task.type === 'bank') return <Move hasPoint={task.amountMinor === undefined} />;
  if (task.asksReason === true) return <Reasons />;
  return task.type === 'count' ? <Count of={task.of} /> : <Move hasPoint={task.type === 'move'} />;
};

const useTitle = (task: CashTask): readonly [string, string] => {
  const { cashAndShift: words, cards } = useStrings();
  const shift = useCashState((state) => state.shift);
  const nameOf = useNameOf();
  const format = useFormat();
  if (isCardTask(task)) return cards.titleOf(task);
  if (task.type === 'closed') return [words.closedTitle(task.shift.shift), ''];
  if (task.type === 'count') {
    const hint = { openShift: words.openHint, closeShift: words.closeHint, countSafe: words.countSafeHint }[task.of];
    const title = task.other === undefined ? words[task.of] : words.closeOther(nameOf(task.other));
    return [title, task.asksReason === true ? words.reasonHint : hint];
  }
  if (task.type === 'attendance') return [words.attendance, words.attendanceHint];
  if (task.type === 'missing') {
    const title = (task.of.toMs === undefined ? words.whenLeft : words.whenCame)(task.of.name);
    return [title, task.asksReason === true ? words.reasonHint : words.timeHint];
  }
  if (task.type === 'move') return [words.acts[task.act], task.asksReason === true ? words.reasonHint : words.moveHint];
  if (task.type === 'safe') return [words.safe, ''];
  if (task.type === 'others') return [words.others, words.othersHint];
  if (task.type === 'journal') return [words.journal, ''];
  if (task.type === 'bank') return [words.bankActs[task.act], task.amountMinor === undefined ? words.moveHint : words.bagHint];
  if (shift === undefined) return [words.title, ''];
  return [words.title, (shift.isOpen ? words.open : words.notOpen)(shift.shift, format.day(shift.businessDate))];
};

/** What is practised in training; all else is as real there as ever. */
const PRACTISED: ReadonlySet<CashTask['type']> = new Set(['menu', 'count', 'move', 'safe', 'bank', 'closed']);

const Card = ({ task }: { readonly task: CashTask }): ReactElement => {
  const cash = useCash();
  const isTraining = useTill((view) => view.status?.training === true);
  const words = useStrings().cashAndShift;
  const [title, hint] = useTitle(task);
  return (
    <section
      className={classes['card']}
      role="dialog"
      aria-label={title}
      data-testid="cash"
      data-task={task.type}
      data-asks={('asksReason' in task && task.asksReason) || undefined}
    >
      {isTraining && PRACTISED.has(task.type) ? (
        <p className={classes['training']} data-testid="cash-training">
          <b>{words.trainingTitle}</b> <span>{words.trainingText}</span>
        </p>
      ) : null}
      <header>
        <h1>{title}</h1>
        <p>{hint}</p>
      </header>
      <div className={classes['body']}>
        <Body task={task} />
      </div>
      <Problem />
      <footer>
        <Way id="back" text={task.type === 'menu' || task.type === 'closed' ? words.close : words.back} onPress={cash.back} />
      </footer>
    </section>
  );
};

export const CashSheet = (): ReactElement | null => {
  const task = useCashState((state) => state.task);
  if (task === undefined) return null;
  return (
    <div className={classes['ground']} onMouseDown={keepFocus}>
      <Card task={task} />
    </div>
  );
};
