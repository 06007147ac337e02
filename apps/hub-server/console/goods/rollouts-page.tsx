/** One change to the catalogue, store by store: which waves it has reached, and the steps that it may take. */
import { Button, Modal, Textarea } from '@mantine/core';
import { type ReactElement, useState } from 'react';

import type { Places } from '../api.ts';
import { dateTimeText, plural } from '../format.ts';
import { useRights } from '../rights.tsx';
import { Failure, HeadCells, NoRows, Tag } from '../table-parts.tsx';
import { isFinal, STATE_NAMES, STEP_NAMES, stepsOf, useRollouts, useRolloutStep, type Rollout, type RolloutStep } from './rollouts.ts';

const TONES: Readonly<Record<Rollout['state'], 'good' | 'warn' | 'bad' | 'quiet'>> = {
  running: 'quiet',
  paused: 'warn',
  completed: 'good',
  rolledBack: 'bad',
};

const ABOUT: Readonly<Record<'complete' | 'rollBack', string>> = {
  complete: 'It holds everywhere from now on, also in stores of no wave, and no store keeps a copy of its own.',
  rollBack: 'Each store that was reached has again what it had, by one more publication.',
};

interface Ending {
  readonly of: Rollout;
  readonly step: 'complete' | 'rollBack';
}

const EndDialog = ({ ending: { of, step }, onClose }: { readonly ending: Ending; readonly onClose: () => void }): ReactElement => {
  const { mutate, isPending, error } = useRolloutStep(of.rollout);
  const [reason, setReason] = useState('');
  return (
    <Modal
      opened
      lockScroll={false}
      onClose={onClose}
      title={
        <span className="dialog-title">
          {STEP_NAMES[step]}: {of.name}
        </span>
      }
      centered
    >
      <div className="enrol-form">
        <p className="mut">{ABOUT[step]}</p>
        <Textarea
          label="Why"
          rows={3}
          maxLength={200}
          value={reason}
          onChange={(event) => setReason(event.currentTarget.value)}
          data-autofocus
        />
        <Failure error={error} />
        <Button
          className="strong-button"
          loading={isPending}
          data-testid="end-rollout"
          onClick={() => mutate({ step, reason }, { onSuccess: onClose })}
        >
          {STEP_NAMES[step]}
        </Button>
      </div>
    </Modal>
  );
};

const Steps = ({ of, onEnd }: { readonly of: Rollout; readonly onEnd: (ending: Ending) => void }): ReactElement | null => {
  const { mutate, isPending, error } = useRolloutStep(of.rollout);
  const { may } = useRights();
  if (!may('publish')) return null;
  const take = (step: RolloutStep): void => (step === 'complete' || step === 'rollBack' ? onEnd({ of, step }) : mutate({ step }));
  return (
    <>
      <div className="row-actions">
        {stepsOf(of).map((step) => (
          <Button
            key={step}
            size="compact-sm"
            variant="default"
            loading={isPending && !isFinal(step)}
            data-testid={`rollout-${step}`}
            onClick={() => take(step)}
          >
            {STEP_NAMES[step]}
            {isFinal(step) ? '…' : ''}
          </Button>
        ))}
      </div>
      <Failure error={error} />
    </>
  );
};

const waveText = (state: Rollout['state'], isReached: boolean): string => {
  if (state === 'rolledBack') return isReached ? 'taken back' : 'never reached';
  return isReached ? 'reached' : 'waits';
};

const Waves = ({
  of: { waves, reached, state },
  nameOf,
}: {
  readonly of: Rollout;
  readonly nameOf: (store: string) => string;
}): ReactElement => (
  <ol className="waves">
    {waves.map((stores, index) => (
      <li key={stores.join(' ')}>
        <Tag tone={index < reached && state !== 'rolledBack' ? 'good' : 'quiet'}>{waveText(state, index < reached)}</Tag>{' '}
        {stores.map(nameOf).join(', ')}
      </li>
    ))}
  </ol>
);

export interface RolloutsPageProps {
  readonly places: Places;
  /** Of all stores, where they have one in common. */
  readonly timeZone: string | undefined;
}

export const RolloutsPage = ({ places, timeZone }: RolloutsPageProps): ReactElement => {
  const { data, error } = useRollouts();
  const [ending, setEnding] = useState<Ending | undefined>();
  const rollouts = data ?? [];
  const nameOf = (name: string): string => places.stores.find((each) => each.store === name)?.name ?? name;
  return (
    <div className="page" data-testid="rollouts">
      <header className="page-head">
        <h1>Roll-outs</h1>
        <span className="mut">
          {data === undefined
            ? ''
            : `${plural(rollouts.filter(({ state }) => state === 'running' || state === 'paused').length, 'roll-out')} under way`}
        </span>
      </header>
      {rollouts.length === 0 ? (
        <div className="card" data-testid="no-rollouts">
          <NoRows asked={{ data, error }} none="No change is being rolled out">
            A change that reaches more and more stores is started with POST /api/v1/rollouts, and stands here from then on.
          </NoRows>
        </div>
      ) : (
        <div className="table-frame">
          <table className="data">
            <thead>
              <tr>
                <HeadCells labels={['Changed', 'Roll-out', 'Waves', 'Step']} />
              </tr>
            </thead>
            <tbody>
              {rollouts.map((one) => (
                <tr key={one.rollout} data-testid={`rollout-row-${one.rollout}`}>
                  <td className="mut">{dateTimeText(one.changedAtMs, timeZone)}</td>
                  <td className="wraps">
                    <b>{one.name}</b> <Tag tone={TONES[one.state]}>{STATE_NAMES[one.state]}</Tag>
                    {one.reason === null ? null : <div className="mut">{one.reason}</div>}
                  </td>
                  <td className="wraps">
                    <Waves of={one} nameOf={nameOf} />
                  </td>
                  <td>
                    <Steps of={one} onEnd={setEnding} />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {ending === undefined ? null : <EndDialog ending={ending} onClose={() => setEnding(undefined)} />}
    </div>
  );
};
