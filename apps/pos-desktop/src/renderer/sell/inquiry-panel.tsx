/** What does it cost? What is scanned, typed or pressed while this stands is told, and not sold. */
import { useFormat } from '@holdfast/ui';
import type { ReactElement } from 'react';

import { type Attribute, attributeText } from './attribute-text.ts';
import { Choice } from './choice.tsx';
import { DepartmentTiles } from './item-keys.tsx';
import { Panel } from './panel.tsx';
import { useSell, useSellState, useStrings, useTill } from './sell-context.tsx';

import classes from './panels.module.css';

/** What is said of it, in the order in which the till tells it. */
const Attributes = ({ of }: { readonly of: readonly Attribute[] }): ReactElement => {
  const strings = useStrings();
  const format = useFormat();
  return (
    <dl className={classes['facts']} data-testid="inquired-attributes">
      {of.map((attribute, index) => (
        // oxlint-disable-next-line react/no-array-index-key -- two may be called alike, and none changes places here
        <div key={index}>
          <dt dir="auto">{attribute.name}</dt>
          <dd dir="auto">
            {/* A minus stays before its figures, whichever way the unit runs. */}
            <bdi>{attributeText(attribute, strings.keys, format)}</bdi>
            {attribute.unit === undefined ? null : `\u00a0${attribute.unit}`}
          </dd>
        </div>
      ))}
    </dl>
  );
};

export const InquiryPanel = (): ReactElement => {
  const sell = useSell();
  const strings = useStrings();
  const format = useFormat();
  const found = useSellState((state) => state.inquired);
  const minorDigits = useTill((view) => view.head?.minorDigits ?? 2);
  const price = found?.unitPrice === undefined ? '–' : format.unitPrice(found.unitPrice, minorDigits, found.unit);
  return (
    <Panel title={strings.inquiry.title} testId="inquiry">
      {found === undefined ? (
        <p className={classes['prompt']}>{strings.inquiry.hint}</p>
      ) : (
        <>
          <p className={classes['figure']} data-testid="inquired">
            <small dir="auto">{strings.joined(found.name, found.brand ?? '')}</small>
            {found.pack === undefined ? null : (
              <span data-testid="inquired-pack">
                <bdi>{`${found.pack.units} × ${price}`}</bdi>
              </span>
            )}
            <b>
              <bdi>{found.pack === undefined ? price : format.money(found.pack.amountMinor, minorDigits)}</bdi>
            </b>
          </p>
          <div className={classes['choices']}>
            <Choice name="sell" look="go" onChoose={sell.sellInquired}>
              {strings.inquiry.sell}
            </Choice>
          </div>
          {found.attributes === undefined ? null : <Attributes of={found.attributes} />}
        </>
      )}
      <DepartmentTiles />
    </Panel>
  );
};
