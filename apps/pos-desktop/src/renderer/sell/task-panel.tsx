/** What a function asks: scanned, typed or chosen; and what stands of it already, to be taken back. */
import { unreachable } from '@holdfast/base';
import { isReceiptLanguage } from '@holdfast/domain';
import { type Format, useFormat } from '@holdfast/ui';
import type { ReactElement } from 'react';

import type { BasketHead } from '../../shared/till-contract.ts';
import { scaleTypedNumber } from '../entry.ts';
import { RECEIPT_LANGUAGE_NAMES, type Strings } from '../strings.ts';
import { AskShopper } from './ask-shopper.tsx';
import { Choice, figureAt, markAt } from './choice.tsx';
import { Letters, type LettersProps } from './letters.tsx';
import { Panel } from './panel.tsx';
import { useKeys, useSell, useSellState, useStrings, useTill } from './sell-context.tsx';
import { cardsWithBalance } from './sell-state.ts';
import { type Question, questionOf, reasonsOf, type Standing, standingOf, type Task, type Word } from './task.ts';

import classes from './panels.module.css';

/** What is asked now; undefined where nothing is. */
export const useQuestion = (): Question | undefined => {
  const task = useSellState((state) => (state.panel === 'task' ? state.task : undefined));
  const minorDigits = useTill((view) => view.head?.minorDigits ?? 2);
  return task === undefined ? undefined : questionOf(task, { minorDigits });
};

interface Words {
  readonly strings: Strings;
  readonly format: Format;
  readonly minorDigits: number;
}

/** More choices than this stand closer together. */
export const MOST_AT_EASE = 5;

const offText = (off: NonNullable<Standing['off']>, { format, minorDigits }: Words): string =>
  off.type === 'percent' ? format.rate(off.bps) : format.money(off.amountMinor, minorDigits);

const titleOf = (task: Task, words: Words): string => {
  const { strings, format, minorDigits } = words;
  switch (task.name) {
    case 'newCustomer':
      return strings.tasks.newCustomer[task.who === undefined ? 'title' : task.found === undefined ? 'foundBy' : 'consent'];
    case 'customer':
    case 'coupon':
    case 'exemption':
    case 'mail':
      return strings.tasks[task.name].title;
    case 'cardSlip':
      return strings.tasks.cardSlip.titleFor(task.card.name, format.money(task.card.amountMinor, minorDigits));
    case 'discount': {
      const subject = task.line?.name ?? strings.tasks.discount.wholeSale;
      return task.off === undefined ? strings.tasks.discount.title(subject) : strings.tasks.discount.why(offText(task.off, words), subject);
    }
    case 'price':
      return task.unitPrice === undefined
        ? strings.tasks.price.title(task.line.name)
        : strings.tasks.price.why(format.unitPrice(task.unitPrice, minorDigits, 'piece'), task.line.name);
    case 'balance':
      return task.reference === undefined
        ? task.type === undefined
          ? strings.tasks.balance.title
          : strings.tasks.balance.titleOf(task.type.name)
        : `${task.type?.name ?? ''} ${task.reference}`;
    case 'drawer':
      return strings.tasks.drawer.title;
    case 'age':
      return strings.tasks.age.titleFor(String(task.years));
    case 'describe':
      return task.what === undefined
        ? strings.tasks.describe.titleFor(task.line.name)
        : strings.tasks.describe.titleOf(strings.tasks.describe[task.what], task.line.name);
    case 'slip':
      return strings.tasks.slip.title;
    case 'invoice':
      return strings.tasks.invoice[task.buyerName === undefined ? 'title' : task.address === undefined ? 'address' : 'taxNumber'];
    case 'unlisted':
      return task.unitPrice === undefined
        ? strings.tasks.unlisted.titleOf(task.code ?? '')
        : strings.tasks.unlisted.department(format.unitPrice(task.unitPrice, minorDigits, 'piece'));
    case 'goods':
      return task.subject;
    default:
      return unreachable(task, 'titleOf');
  }
};

const wordName = (word: Word): string => ('text' in word ? word.text : word.kind);

const wordText = (word: Word, strings: Strings): string => {
  if (word.kind === 'language') return isReceiptLanguage(word.text) ? RECEIPT_LANGUAGE_NAMES[word.text] : word.text;
  if (word.kind === 'note') return word.text;
  if (word.kind === 'consent') return strings.tasks.newCustomer.agrees;
  if (word.kind === 'document' || word.kind === 'appearance') return strings.tasks.age[word.kind];
  return word.kind === 'serial' || word.kind === 'batch' ? strings.tasks.describe[word.kind] : strings.keys[word.kind];
};

const hintOf = (task: Task, strings: Strings): string => {
  if (task.name === 'goods') return strings.tasks.goods[task.needs];
  if (task.name === 'newCustomer' && task.who !== undefined) return strings.tasks.newCustomer.foundByHint;
  if (task.name !== 'invoice' || task.buyerName === undefined) return strings.tasks[task.name].hint;
  return task.address === undefined ? strings.tasks.invoice.addressHint : strings.tasks.invoice.taxNumberHint;
};

/** Scan it, or type it and say so. */
const Prompt = ({ task, takesLetters }: { readonly task: Task; readonly takesLetters: boolean }): ReactElement => {
  const { capOf } = useKeys();
  const sell = useSell();
  const strings = useStrings();
  const entry = useSellState((state) => state.entry);
  const lettersShown = useSellState((state) => state.lettersShown);
  return (
    <>
      <p className={classes['prompt']}>{hintOf(task, strings)}</p>
      <div className={classes['choices']} data-row="true">
        {takesLetters ? (
          <Choice name="letters" look="plain" isPressed={lettersShown} onChoose={sell.toggleLetters}>
            {strings.keys.letters}
          </Choice>
        ) : null}
        <Choice name="ok" look="go" cap={capOf('enter')} isDisabled={entry.trim() === ''} onChoose={() => sell.press('enter')}>
          {strings.keys.ok}
        </Choice>
      </div>
    </>
  );
};

const Told = ({ task, words }: { readonly task: Extract<Task, { name: 'balance' }>; readonly words: Words }): ReactElement => {
  const sell = useSell();
  const { strings, format, minorDigits } = words;
  const { leftMinor = 0, paidMinor } = task;
  return (
    <>
      <p className={classes['figure']} data-testid="balance">
        <small>{paidMinor === undefined ? strings.tasks.balance.left : strings.tasks.balance.paidOut}</small>
        <b>
          <bdi>{format.money(paidMinor ?? leftMinor, minorDigits)}</bdi>
        </b>
      </p>
      {task.type?.account === 'giftCard' && paidMinor === undefined ? (
        <div className={classes['choices']}>
          <Choice name="cash-out" cap="1" isDisabled={leftMinor <= 0} onChoose={sell.cashOut}>
            {strings.tasks.balance.cashOut}
          </Choice>
        </div>
      ) : null}
    </>
  );
};

/** What was typed of somebody, read out once more before they agree to it. */
const Newcomer = ({ task }: { readonly task: Extract<Task, { name: 'newCustomer' }> }): ReactElement => {
  const { who, found } = task;
  return (
    <p className={classes['prompt']} data-testid="newcomer">
      <b>
        <bdi>{who}</bdi>
      </b>
      <bdi>{found === undefined ? '' : 'phone' in found ? found.phone : found.card}</bdi>
    </p>
  );
};

const Choices = ({ task, question, words }: { readonly task: Task; readonly question: Question; readonly words: Words }): ReactElement => {
  const sell = useSell();
  const { strings, format, minorDigits } = words;
  const tenderTypes = useSellState((state) => state.tenderTypes);
  switch (question.type) {
    case 'text':
    case 'number':
      return <Prompt task={task} takesLetters={question.type === 'text'} />;
    case 'told':
      return task.name === 'balance' ? <Told task={task} words={words} /> : <p />;
    case 'unit': {
      const amount = task.name === 'discount' ? task.amount : undefined;
      if (amount === undefined) return <p />;
      return (
        <div className={classes['choices']}>
          {question.choices.map((unit, index) => (
            <Choice key={unit} name={unit} cap={figureAt(index)} onChoose={() => sell.answer({ type: 'unit', unit })}>
              <bdi>
                {unit === 'percent'
                  ? format.rate(scaleTypedNumber(amount, 2) ?? 0)
                  : format.money(scaleTypedNumber(amount, minorDigits) ?? 0, minorDigits)}
              </bdi>
            </Choice>
          ))}
        </div>
      );
    }
    case 'reason': {
      const reasons = strings.reasons[reasonsOf(task)];
      return (
        <div className={classes['choices']}>
          {reasons.map((reason, index) => (
            <Choice key={reason} name={String(index + 1)} cap={figureAt(index)} onChoose={() => sell.answer({ type: 'reason', reason })}>
              {reason}
            </Choice>
          ))}
        </div>
      );
    }
    case 'word':
      return (
        <>
          {task.name === 'newCustomer' ? <Newcomer task={task} /> : null}
          <div className={classes['choices']} data-many={question.choices.length > MOST_AT_EASE || undefined}>
            {question.choices.map((word, index) => (
              <Choice key={wordName(word)} name={wordName(word)} cap={figureAt(index)} onChoose={() => sell.answer({ type: 'word', word })}>
                <bdi>{wordText(word, strings)}</bdi>
              </Choice>
            ))}
          </div>
        </>
      );
    case 'person':
      return (
        <div className={classes['choices']} data-many={question.choices.length > MOST_AT_EASE || undefined}>
          {question.choices.map(({ customerId, name, store, phoneEnd }, index) => (
            <Choice key={customerId} name={customerId} cap={figureAt(index)} onChoose={() => sell.answer({ type: 'person', customerId })}>
              <bdi>{name}</bdi> <small>{strings.joined(phoneEnd === undefined ? '' : `…${phoneEnd}`, strings.store(store))}</small>
            </Choice>
          ))}
          {task.name === 'customer' && task.found?.isMore === true ? (
            <p className={classes['prompt']}>{strings.tasks.customer.more}</p>
          ) : null}
        </div>
      );
    case 'department':
      return (
        <div className={classes['choices']} data-many={question.choices.length > MOST_AT_EASE || undefined}>
          {question.choices.map((department, index) => (
            <Choice key={department} name={department} cap={markAt(index)} onChoose={() => sell.answer({ type: 'department', department })}>
              {department}
            </Choice>
          ))}
        </div>
      );
    case 'card':
      return (
        <div className={classes['choices']}>
          {cardsWithBalance(tenderTypes).map((card, index) => (
            <Choice key={card.tenderType} name={card.tenderType} cap={figureAt(index)} onChoose={() => sell.answer({ type: 'card', card })}>
              {card.name}
            </Choice>
          ))}
        </div>
      );
    default:
      return unreachable(question, 'Choices');
  }
};

/** What the lane may know of who buys: nothing of it names anybody. */
const Buyer = ({ head, customer }: { readonly head: BasketHead; readonly customer: NonNullable<BasketHead['customer']> }): ReactElement => {
  const strings = useStrings();
  const format = useFormat();
  const points = useSellState((state) => state.customerPoints);
  const { buyer, onAccountUpTo } = strings.tasks.customer;
  const { accountLimitMinor } = customer;
  const onAccount = accountLimitMinor === undefined ? buyer.onAccount : onAccountUpTo(format.money(accountLimitMinor, head.minorDigits));
  const rights = [
    ...customer.groups.filter((group) => group !== customer.tier),
    ...(head.exemption !== undefined ? [buyer.exempt] : []),
    ...(customer.onAccount === true ? [onAccount] : []),
  ];
  const facts: readonly (readonly [name: string, value: string | undefined])[] = [
    [buyer.initials, customer.initials],
    [buyer.number, customer.initials === undefined ? customer.customerId : undefined],
    [buyer.tier, customer.tier],
    [buyer.points, points === undefined ? undefined : format.count(points)],
    [buyer.rights, rights.length === 0 ? undefined : rights.join(', ')],
    [
      buyer.language,
      customer.language !== undefined && isReceiptLanguage(customer.language) ? RECEIPT_LANGUAGE_NAMES[customer.language] : undefined,
    ],
  ];
  return (
    <dl className={classes['buyer']} data-testid="buyer">
      {facts.map(([name, value]) =>
        value === undefined ? null : (
          <div key={name}>
            <dt>{name}</dt>
            <dd>
              <bdi>{value}</bdi>
            </dd>
          </div>
        ),
      )}
    </dl>
  );
};

/** Names and addresses have the shopper's own letters; codes and numbers are Latin everywhere. */
const writesOf = (name: Task['name']): NonNullable<LettersProps['writes']> => {
  if (name === 'mail') return 'mail';
  return name === 'customer' || name === 'newCustomer' || name === 'invoice' ? 'words' : 'codes';
};

export const TaskPanel = (): ReactElement | null => {
  const { capOf } = useKeys();
  const sell = useSell();
  const strings = useStrings();
  const format = useFormat();
  const task = useSellState((state) => state.task);
  const lettersShown = useSellState((state) => state.lettersShown);
  const head = useTill((view) => view.head);
  const minorDigits = head?.minorDigits ?? 2;
  if (task === undefined) return null;
  const question = questionOf(task, { minorDigits });
  const words: Words = { strings, format, minorDigits };
  const standing = question.type === 'text' || question.type === 'number' ? standingOf(task, head) : [];
  return (
    <div className={classes['search']} data-letters={lettersShown || undefined}>
      <Panel title={titleOf(task, words)} testId="task">
        <div data-task={task.name} data-question={question.type}>
          <Choices task={task} question={question} words={words} />
          {task.name === 'customer' && head?.customer !== undefined ? <Buyer head={head} customer={head.customer} /> : null}
          {(task.name === 'customer' && question.type === 'text') || (task.name === 'newCustomer' && question.type === 'word') ? (
            <AskShopper />
          ) : null}
          {standing.length === 0 ? null : (
            <div className={classes['choices']}>
              {standing.map((each) => (
                <Choice
                  key={each.key}
                  name="take-back"
                  look="danger"
                  cap={each === standing.at(-1) ? capOf('voidLine') : undefined}
                  onChoose={() => sell.takeBack(each)}
                >
                  {strings.keys.takeBack}: {each.off === undefined ? '' : `${offText(each.off, words)}, `}
                  <bdi>{each.text}</bdi>
                </Choice>
              ))}
            </div>
          )}
        </div>
      </Panel>
      {lettersShown ? <Letters hasFigures writes={writesOf(task.name)} /> : null}
    </div>
  );
};
