/** What this machine's screen looks like: each choice holds at once, and only here. */
import type { ReactElement } from 'react';

import {
  APPEARANCES,
  HANDS,
  LANGUAGES,
  type Preferences,
  type PreferenceStore,
  SCANNER_PREFIXES,
  SCANNER_SUFFIXES,
  SOUNDS,
} from '../preferences.ts';
import { LANGUAGE_NAMES } from '../strings.ts';
import { Choice } from './choice.tsx';
import { Panel } from './panel.tsx';
import { useStrings } from './sell-context.tsx';

import classes from './panels.module.css';

export interface SettingsPanelProps {
  readonly current: Preferences;
  readonly onChange: PreferenceStore['set'];
}

interface RowProps<Name extends string> {
  readonly title: string;
  readonly all: readonly Name[];
  readonly current: Name;
  readonly textOf: (name: Name) => string;
  readonly onChoose: (name: Name) => void;
}

const Row = <Name extends string>({ title, all, current, textOf, onChoose }: RowProps<Name>): ReactElement => (
  <div className={classes['setting']} role="group" aria-label={title}>
    <h3>{title}</h3>
    <div>
      {all.map((name) => (
        <Choice key={name} name={name} isPressed={name === current} onChoose={() => onChoose(name)}>
          {textOf(name)}
        </Choice>
      ))}
    </div>
  </div>
);

export const SettingsPanel = ({ current, onChange }: SettingsPanelProps): ReactElement => {
  const strings = useStrings();
  const { title, language, appearance, hand, hands, sounds, soundNames, scannerPrefix, noPrefix, scannerSuffix, suffixNames } =
    strings.settings;
  return (
    <Panel title={title} testId="settings">
      <div className={classes['settings']}>
        <Row
          title={language}
          all={LANGUAGES}
          current={current.language}
          textOf={(name) => LANGUAGE_NAMES[name]}
          onChoose={(chosen) => onChange({ language: chosen })}
        />
        <Row
          title={appearance}
          all={APPEARANCES}
          current={current.appearance}
          textOf={(name) => strings.appearances[name]}
          onChoose={(chosen) => onChange({ appearance: chosen })}
        />
        <Row
          title={hand}
          all={HANDS}
          current={current.hand}
          textOf={(name) => hands[name]}
          onChoose={(chosen) => onChange({ hand: chosen })}
        />
        <Row
          title={sounds}
          all={SOUNDS}
          current={current.sounds}
          textOf={(name) => soundNames[name]}
          onChoose={(chosen) => onChange({ sounds: chosen })}
        />
        <Row
          title={scannerPrefix}
          all={SCANNER_PREFIXES}
          current={current.scannerPrefix}
          textOf={(name) => (name === 'none' ? noPrefix : name)}
          onChoose={(chosen) => onChange({ scannerPrefix: chosen })}
        />
        <Row
          title={scannerSuffix}
          all={SCANNER_SUFFIXES}
          current={current.scannerSuffix}
          textOf={(name) => suffixNames[name]}
          onChoose={(chosen) => onChange({ scannerSuffix: chosen })}
        />
      </div>
    </Panel>
  );
};
