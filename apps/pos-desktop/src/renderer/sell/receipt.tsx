/** A receipt as it will stand on paper: the till's neutral document, laid out. */
import { unreachable } from '@holdfast/base';
import { directionOf, type Format, formatOf } from '@holdfast/ui';
import type { ReactElement } from 'react';

import type { ReceiptView } from '../../shared/till-contract.ts';
import { SignatureDrawing } from '../display/signature-drawing.tsx';
import { priceText } from './price-text.ts';

import classes from './completed.module.css';

type Block = ReceiptView['blocks'][number];

/** Of sales from before a language was kept. */
const WORDS_WITHOUT_LANGUAGE = 'en';

const LineBlock = ({
  block,
  format,
  minorDigits,
}: {
  readonly block: Block & { type: 'line' };
  readonly format: Format;
  readonly minorDigits: number;
}): ReactElement => {
  const { quantity } = block;
  const isOne = quantity.unit === 'piece' && quantity.value === 1;
  return (
    <div className={classes['line']}>
      <span dir="auto">{block.name}</span>
      <span>
        <bdi>{format.money(block.amountMinor, minorDigits)}</bdi> {block.taxMark}
      </span>
      {isOne ? null : (
        <small>
          <bdi>{`${format.quantity(quantity)} × ${priceText(block, format, minorDigits)}`}</bdi>
        </small>
      )}
    </div>
  );
};

const BlockView = ({
  block,
  receipt,
  format,
}: {
  readonly block: Block;
  readonly receipt: ReceiptView;
  readonly format: Format;
}): ReactElement => {
  const { minorDigits } = receipt;
  switch (block.type) {
    case 'heading':
      return (
        <h3 className={classes['heading']} dir="auto">
          {block.text}
        </h3>
      );
    case 'text':
      return (
        <p className={classes['text']} data-align={block.align} dir="auto">
          {block.text}
        </p>
      );
    case 'rule':
      return <hr className={classes['rule']} />;
    case 'line':
      return <LineBlock block={block} format={format} minorDigits={minorDigits} />;
    case 'reduction':
      return (
        <div className={classes['reduction']}>
          <span dir="auto">{block.name}</span>
          <span>
            <bdi>{format.money(block.amountMinor, minorDigits)}</bdi>
          </span>
        </div>
      );
    case 'amount':
      return (
        <div className={classes['sum']} data-emphasis={block.emphasis || undefined}>
          <span>{block.label}</span>
          <span>
            <bdi>
              {block.emphasis
                ? format.currency(block.amountMinor, minorDigits, receipt.currency)
                : format.money(block.amountMinor, minorDigits)}
            </bdi>
          </span>
        </div>
      );
    case 'tax':
      return (
        <div className={classes['tax']}>
          <span>
            {block.mark} <bdi>{format.tax(block.name, block.rateBps)}</bdi>
          </span>
          <span>
            <bdi>{format.money(block.netMinor, minorDigits)}</bdi>
          </span>
          <span>
            <bdi>{format.money(block.taxMinor, minorDigits)}</bdi>
          </span>
        </div>
      );
    case 'signature':
      return <SignatureDrawing className={classes['signature']} strokes={block.strokes} />;
    // Nobody reads it from a screen.
    case 'code':
      return <></>;
    case 'facts':
      return (
        <dl className={classes['facts']}>
          {block.facts.map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>
                <bdi>{value}</bdi>
              </dd>
            </div>
          ))}
        </dl>
      );
    default:
      return unreachable(block, 'BlockView');
  }
};

/** In its own language, whatever the cashier's is: figures and direction are the paper's, too. */
export const Receipt = ({ receipt }: { readonly receipt: ReceiptView }): ReactElement => {
  const { language = WORDS_WITHOUT_LANGUAGE } = receipt;
  const format = formatOf(language);
  return (
    <article className={classes['receipt']} lang={language} dir={directionOf(language)}>
      {receipt.blocks.map((block, index) => (
        // A receipt never changes: its blocks' places are their identity.
        <BlockView key={`${index}`} block={block} receipt={receipt} format={format} />
      ))}
    </article>
  );
};
