/** All keys that have no place of their own, by what they are for. They stand without scrolling on the smallest screen. */
import { type ReactElement, type ReactNode, useId } from 'react';

import { Key } from './key.tsx';
import { Panel } from './panel.tsx';
import { useKeys, useSellState, useStrings, useTill } from './sell-context.tsx';

import classes from './panels.module.css';

const Group = ({ title, children }: { readonly title: string; readonly children: ReactNode }): ReactElement => {
  const id = useId();
  return (
    <div className={classes['group']} role="group" aria-labelledby={id}>
      <h3 id={id}>{title}</h3>
      {children}
    </div>
  );
};

const SaleKeys = (): ReactElement => {
  const { capOf } = useKeys();
  const strings = useStrings();
  const hasLines = useTill((view) => view.lines.length > 0);
  const service = useTill((view) => view.head?.service);
  const isExempt = useTill((view) => view.head?.exemption !== undefined);
  return (
    <Group title={strings.moreGroups.sale}>
      <div className={classes['pair']} data-first>
        <Key action="customer">{strings.keys.customer}</Key>
        <Key action="newCustomer" label={`${strings.keys.newCustomer} ${capOf('newCustomer')}`}>
          <span aria-hidden="true">+👤</span>
        </Key>
      </div>
      <Key action="coupon">{strings.keys.coupon}</Key>
      <Key action="discountBasket" isDisabled={!hasLines}>
        {strings.keys.discountBasket}
      </Key>
      <Key action="exemption" isPressed={isExempt}>
        {strings.keys.exemption}
      </Key>
      <Key action="service" isPressed={service !== undefined}>
        {service === undefined ? strings.keys.service : strings[service]}
      </Key>
      <Key action="recall">{strings.suspendedTitle}</Key>
      <Key action="voidSale" look="danger" isDisabled={!hasLines}>
        {strings.keys.voidSale}
      </Key>
    </Group>
  );
};

const LineKeys = (): ReactElement => {
  const strings = useStrings();
  const hasLines = useTill((view) => view.lines.length > 0);
  const hasUnlisted = useSellState((state) => state.unlistedDepartments.length > 0);
  const ageCheckOpen = useTill((view) => view.head?.ageCheckOpen === true);
  return (
    <Group title={strings.moreGroups.line}>
      <Key action="price" isDisabled={!hasLines}>
        {strings.keys.price}
      </Key>
      <Key action="discountLine" isDisabled={!hasLines}>
        {strings.keys.discountLine}
      </Key>
      <Key action="explain" isDisabled={!hasLines}>
        {strings.keys.explain}
      </Key>
      <Key action="describe" isDisabled={!hasLines}>
        {strings.keys.describe}
      </Key>
      <Key action="ageChecked" isDisabled={!ageCheckOpen}>
        {strings.keys.ageChecked}
      </Key>
      <Key action="unlisted" isDisabled={!hasUnlisted}>
        {strings.keys.unlisted}
      </Key>
      <div className={classes['pair']}>
        <Key action="takeOne" isDisabled={!hasLines} label={`−1: ${strings.keyNames.takeOne}`}>
          <bdi dir="ltr">−1</bdi>
        </Key>
        <Key action="addOne" isDisabled={!hasLines} label={`+1: ${strings.keyNames.addOne}`}>
          <bdi dir="ltr">+1</bdi>
        </Key>
      </div>
    </Group>
  );
};

const TillKeys = (): ReactElement => {
  const { capOf } = useKeys();
  const strings = useStrings();
  const hasDonation = useSellState((state) => state.roundUp !== undefined);
  const roundsUp = useTill((view) => (view.head?.totals.dueMinor ?? 0) > 0) && hasDonation;
  return (
    <Group title={strings.moreGroups.till}>
      <Key action="balance">{strings.keys.balance}</Key>
      <Key action="inquiry">{strings.keys.inquiry}</Key>
      <Key action="receipts">{strings.receiptsTitle}</Key>
      <Key action="slip">{strings.keys.slip}</Key>
      <Key action="roundUp" isDisabled={!roundsUp}>
        {strings.keys.roundUp}
      </Key>
      <Key action="drawer">{strings.keys.drawer}</Key>
      <div className={classes['pair']} data-three>
        <Key action="keyMap" label={`${strings.keys.keyMap} ${capOf('keyMap')}`}>
          <span aria-hidden="true">⌨</span>
        </Key>
        <Key action="devices" label={`${strings.keys.devices} ${capOf('devices')}`}>
          <span aria-hidden="true">🖨</span>
        </Key>
        <Key action="settings" label={`${strings.keys.settings} ${capOf('settings')}`}>
          <span aria-hidden="true">⚙</span>
        </Key>
      </div>
    </Group>
  );
};

export const MorePanel = (): ReactElement => {
  const strings = useStrings();
  return (
    <Panel title={strings.moreTitle} testId="more">
      <div className={classes['groups']}>
        <SaleKeys />
        <LineKeys />
        <TillKeys />
      </div>
    </Panel>
  );
};
