/** The lane's screen: the sale on one side, what is done to it on the other, the state of the world below. Everything has its place for good. */
import { unreachable } from '@holdfast/base';
import { type ReactElement, useEffect, useEffectEvent, useMemo, useSyncExternalStore } from 'react';

import { useCash } from '../cash/cash-context.tsx';
import { CASH_KEY, type CashController } from '../cash/cash-controller.ts';
import { keepFocus } from '../keep-focus.ts';
import type { KeyMap } from '../key-map.ts';
import { usePeople, usePeopleState } from '../people/people-context.tsx';
import { SWITCH_KEY, type PeopleController } from '../people/people-controller.ts';
import type { PreferenceStore } from '../preferences.ts';
import { useSetup, useSetupState } from '../setup/setup-context.tsx';
import type { SetupController } from '../setup/setup-controller.ts';
import type { TillClient } from '../till-client.ts';
import { listenToWedge } from '../wedge-listener.ts';
import { wedgeProfileOf } from '../wedge.ts';
import { BasketPane } from './basket-pane.tsx';
import { EntryField } from './entry-field.tsx';
import { ExplanationPanel } from './explanation-panel.tsx';
import { InquiryPanel } from './inquiry-panel.tsx';
import { DepartmentTabs, ItemKeys } from './item-keys.tsx';
import { createKeyEditor, type KeyEditor } from './key-editor.ts';
import { Keypad } from './keypad.tsx';
import { MorePanel } from './more-panel.tsx';
import { KeyMapPanel, SearchPanel, SuspendedPanel, TendersPanel } from './panels.tsx';
import { ReceiptsPanel } from './receipts-panel.tsx';
import { ReturnPanel } from './return-panel.tsx';
import { useKeys, useSell, useSellState, useTill } from './sell-context.tsx';
import type { SellController } from './sell-controller.ts';
import type { Panel } from './sell-state.ts';
import { SettingsPanel } from './settings-panel.tsx';
import { StatusLine } from './status-line.tsx';
import { TaskPanel } from './task-panel.tsx';
import { ActionKeys, TenderKeys } from './tender-keys.tsx';
import { TerminalPanel } from './terminal-panel.tsx';
import { shownTerminal } from './terminal.ts';
import { TrainingBanner } from './training-banner.tsx';

import classes from './sell-screen.module.css';

export interface SellScreenProps {
  readonly client: TillClient;
  readonly preferences: PreferenceStore;
}

/** They need the room of the number pad, and no numbers. */
const WIDE_PANELS: ReadonlySet<Panel> = new Set(['more', 'settings', 'keyMap', 'explanation']);

/** What stands over the keys for a while, the nearest first. */
interface Over {
  readonly people: PeopleController;
  readonly cash: CashController;
  readonly setup: SetupController;
  readonly keys: KeyMap;
  readonly editor: KeyEditor;
}

/** What edits on a screen of its own has the keys that edit; Escape and the function keys stay the lane's. */
const isForOwnKeys = (key: string, focused: Element | null): boolean =>
  !/^(?:Escape|F\d+)$/u.test(key) && (focused?.closest('[data-own-keys]') ?? null) !== null;

/** Keys that are no characters. `false` leaves them to the page: Tab, Enter on a focused button, the caret in a field. */
const onKey = (event: KeyboardEvent, sell: SellController, { people, cash, setup, keys, editor }: Over): boolean => {
  if (editor.key(event)) return true;
  const focused = document.activeElement;
  if (isForOwnKeys(event.key, focused)) return false;
  if (event.altKey || event.ctrlKey || event.metaKey) return false;
  if (event.key === 'Enter' && focused instanceof HTMLButtonElement) return false;
  if (people.key(event.key)) return true;
  if (setup.state().isOpen) return keys.actionOfKey(event) === 'devices' ? (setup.back(), true) : setup.key(event.key);
  if (event.key === CASH_KEY && event.shiftKey) cash.toggle();
  else if (event.key === SWITCH_KEY) people.openSwitch();
  else if (!cash.key(event.key)) return onSaleKey(event, sell, keys);
  return true;
};

const onSaleKey = (event: KeyboardEvent, sell: SellController, keys: KeyMap): boolean => {
  const action = keys.actionOfKey(event);
  if (action === undefined) return false;
  sell.press(action);
  return true;
};

const Middle = ({ preferences, editor }: Pick<SellScreenProps, 'preferences'> & { readonly editor: KeyEditor }): ReactElement => {
  const panel = useSellState((state) => state.panel);
  const seenPaymentId = useSellState((state) => state.seenPaymentId);
  const terminal = useTill((view) => view.head?.terminal);
  const shown = shownTerminal(terminal, seenPaymentId);
  if (shown !== undefined) return <TerminalPanel view={shown} />;
  switch (panel) {
    case 'items':
    case 'keyPages':
      return <ItemKeys />;
    case 'search':
      return <SearchPanel />;
    case 'more':
      return <MorePanel />;
    case 'settings':
      return <SettingsPanel current={preferences.preferences()} onChange={preferences.set} />;
    case 'inquiry':
      return <InquiryPanel />;
    case 'task':
      return <TaskPanel />;
    case 'explanation':
      return <ExplanationPanel />;
    case 'suspended':
      return <SuspendedPanel />;
    case 'receipts':
      return <ReceiptsPanel />;
    case 'returns':
      return <ReturnPanel />;
    case 'tenders':
      return <TendersPanel />;
    case 'keyMap':
      return <KeyMapPanel editor={editor} />;
    default:
      return unreachable(panel, 'Middle');
  }
};

export const SellScreen = ({ client, preferences }: SellScreenProps): ReactElement => {
  const { hand, scannerPrefix, scannerSuffix } = useSyncExternalStore(preferences.subscribe, preferences.preferences);
  const sell = useSell();
  const keys = useKeys();
  const editor = useMemo(() => createKeyEditor(preferences, sell.tone), [preferences, sell]);
  const isWide = useSellState((state) => state.lettersShown || WIDE_PANELS.has(state.panel));
  const isTraining = useTill((view) => view.status?.training === true);
  const people = usePeople();
  const cash = useCash();
  const setup = useSetup();
  const isSettingUp = useSetupState((state) => state.isOpen);
  const isCovered = usePeopleState((state) => state.asking?.type === 'signOn');
  // Another key map listens no other way: whatever is held back then, of a scan as of what is typed, goes on.
  const press = useEffectEvent((event: KeyboardEvent): boolean => onKey(event, sell, { people, cash, setup, keys, editor }));
  useEffect(() => {
    const onScan = (code: string): void => {
      if (!people.scan(code) && !setup.scan(code)) sell.scan(code);
    };
    const onTorn = (): void => {
      if (!setup.torn()) sell.tornScan();
    };
    const stops = [
      client.onScan((code) => (code === undefined ? onTorn() : onScan(code))),
      listenToWedge(
        {
          onScan,
          onTorn,
          onTyped: (text) => {
            if (!people.typed(text) && !setup.typed(text) && !cash.typed(text)) sell.typed(text);
          },
          onUntyped: (text) => {
            if (!people.untyped(text) && !setup.untyped(text) && !cash.untyped(text)) sell.untyped(text);
          },
          // What stands in front takes it: the sale's own field, behind it, never does.
          onPasted: (text) => people.pasted(text) || setup.pasted(text) || cash.pasted(text),
          onKey: (event) => press(event),
        },
        wedgeProfileOf({ scannerPrefix, scannerSuffix }),
      ),
    ];
    return () => stops.forEach((stop) => stop());
  }, [client, sell, people, cash, setup, scannerPrefix, scannerSuffix]);
  return (
    <div className={classes['screen']} data-training={isTraining || undefined} onMouseDown={keepFocus} inert={isCovered || isSettingUp}>
      <TrainingBanner />
      <BasketPane />
      <aside className={classes['work']} data-wide={isWide || undefined} data-hand={hand}>
        <EntryField />
        <DepartmentTabs />
        <div className={classes['middle']}>
          <Middle preferences={preferences} editor={editor} />
        </div>
        {isWide ? null : <Keypad />}
        <ActionKeys />
        <TenderKeys />
      </aside>
      <StatusLine />
    </div>
  );
};
