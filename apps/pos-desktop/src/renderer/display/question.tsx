/** What the shopper is asked: one thing, in large type, with keys that a thumb finds. Nobody has to answer; the lane goes on without it. */
import { unreachable } from '@holdfast/base';
import { isSigned, type SignatureStroke, signatureText } from '@holdfast/domain';
import { useFormat } from '@holdfast/ui';
import { type ReactElement, type ReactNode, useState } from 'react';

import type { ShopperAnswer, ShopperQuestion } from '../../shared/shopper-talk.ts';
import type { Strings } from '../strings.ts';
import { SignaturePad } from './signature-pad.tsx';

import classes from './display.module.css';

export interface QuestionProps {
  readonly question: ShopperQuestion;
  readonly words: Strings['display'];
  readonly minorDigits: number;
  readonly onAnswer: (answer: ShopperAnswer) => void;
}

interface AnswerKeyProps {
  readonly name: string;
  readonly look?: 'go' | 'plain';
  readonly isDisabled?: boolean;
  readonly label?: string;
  readonly onPress: () => void;
  readonly children: ReactNode;
}

const AnswerKey = ({ name, look, isDisabled = false, label, onPress, children }: AnswerKeyProps): ReactElement => (
  <button
    type="button"
    className={classes['answer']}
    data-answer={name}
    data-look={look}
    disabled={isDisabled}
    aria-label={label}
    onClick={onPress}
  >
    {children}
  </button>
);

const FIGURES = ['1', '2', '3', '4', '5', '6', '7', '8', '9'] as const;
/** The longest phone number, with a country's code. */
const MOST_FIGURES = 16;

const Loyalty = ({ words, onAnswer }: Pick<QuestionProps, 'words' | 'onAnswer'>): ReactElement => {
  const [typed, setTyped] = useState('');
  const figure = (name: string): ReactElement => (
    <AnswerKey key={name} name={name} onPress={() => setTyped((before) => (before.length < MOST_FIGURES ? before + name : before))}>
      {name}
    </AnswerKey>
  );
  return (
    <>
      <output className={classes['typed']} dir="ltr" data-testid="shopper-typed">
        {typed}
      </output>
      <div className={classes['figures']} dir="ltr" role="group" aria-label={words.shopper.loyalty}>
        {FIGURES.map(figure)}
        <AnswerKey name="erase" look="plain" label={words.shopper.erase} onPress={() => setTyped((before) => before.slice(0, -1))}>
          ⌫
        </AnswerKey>
        {figure('0')}
        <AnswerKey name="ok" look="go" isDisabled={typed === ''} onPress={() => onAnswer({ type: 'text', text: typed })}>
          {words.shopper.ok}
        </AnswerKey>
      </div>
    </>
  );
};

const Signature = ({ words, onAnswer }: Pick<QuestionProps, 'words' | 'onAnswer'>): ReactElement => {
  const [strokes, setStrokes] = useState<readonly SignatureStroke[]>([]);
  return (
    <>
      <SignaturePad label={words.shopper.pad} strokes={strokes} onDraw={setStrokes} />
      <div className={classes['offers']}>
        <AnswerKey name="again" look="plain" isDisabled={strokes.length === 0} onPress={() => setStrokes([])}>
          {words.shopper.again}
        </AnswerKey>
        <AnswerKey name="confirm" onPress={() => onAnswer({ type: 'agreed' })}>
          {words.shopper.confirm}
        </AnswerKey>
        <AnswerKey
          name="sign"
          look="go"
          isDisabled={!isSigned(strokes)}
          onPress={() => onAnswer({ type: 'signed', strokes: signatureText(strokes) })}
        >
          {words.shopper.sign}
        </AnswerKey>
      </div>
    </>
  );
};

const Choices = ({ question, words, minorDigits, onAnswer }: QuestionProps): ReactElement => {
  const format = useFormat();
  switch (question.about) {
    case 'loyalty':
      return <Loyalty words={words} onAnswer={onAnswer} />;
    case 'signature':
      return <Signature words={words} onAnswer={onAnswer} />;
    case 'tip':
      return (
        <div className={classes['offers']}>
          {question.offersMinor.map((amountMinor) => (
            <AnswerKey key={amountMinor} name={String(amountMinor)} look="go" onPress={() => onAnswer({ type: 'tip', amountMinor })}>
              <bdi>{format.money(amountMinor, minorDigits)}</bdi>
            </AnswerKey>
          ))}
        </div>
      );
    case 'consent':
      return (
        <>
          <p className={classes['about']}>
            <b>
              <bdi>{question.name}</bdi>
            </b>
            <bdi>{question.found}</bdi>
          </p>
          <div className={classes['offers']}>
            <AnswerKey name="agree" look="go" onPress={() => onAnswer({ type: 'agreed' })}>
              {words.shopper.agree}
            </AnswerKey>
          </div>
        </>
      );
    default:
      return unreachable(question, 'Choices');
  }
};

export const Question = (props: QuestionProps): ReactElement => {
  const { question, words, minorDigits, onAnswer } = props;
  const format = useFormat();
  return (
    <section
      className={classes['question']}
      aria-label={words.shopper[question.about]}
      data-testid="display-question"
      data-about={question.about}
    >
      {question.about === 'signature' ? (
        <p className={classes['about']}>
          <bdi>{question.tender}</bdi> <bdi>{format.money(question.amountMinor, minorDigits)}</bdi>
        </p>
      ) : null}
      {question.about === 'tip' ? (
        <p className={classes['about']}>
          {words.toPay} <bdi>{format.money(question.dueMinor, minorDigits)}</bdi>
        </p>
      ) : null}
      <h1>{words.shopper[question.about]}</h1>
      <Choices {...props} />
      <AnswerKey name="none" look="plain" onPress={() => onAnswer({ type: 'none' })}>
        {question.about === 'tip' ? words.shopper.noTip : words.shopper.no}
      </AnswerKey>
    </section>
  );
};
