/** Roll-outs as the hub tells them; and the steps that each may take. */
import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';

import { again } from '../ask.ts';
import { askHub, type Answer } from '../hub-client.ts';

export type Rollout = Answer<'getRollouts'>['rollouts'][number];

export type RolloutStep = 'advance' | 'pause' | 'resume' | 'complete' | 'rollBack';

export const STATE_NAMES: Readonly<Record<Rollout['state'], string>> = {
  running: 'under way',
  paused: 'paused',
  completed: 'everywhere',
  rolledBack: 'rolled back',
};

export const STEP_NAMES: Readonly<Record<RolloutStep, string>> = {
  advance: 'Next wave',
  pause: 'Pause',
  resume: 'Go on',
  complete: 'Everywhere',
  rollBack: 'Roll back',
};

/** Where every wave is reached there is none to go on to. */
export function stepsOf({ state, reached, waves }: Pick<Rollout, 'state' | 'reached' | 'waves'>): readonly RolloutStep[] {
  if (state === 'running') return [...(reached < waves.length ? (['advance'] as const) : []), 'pause', 'complete', 'rollBack'];
  return state === 'paused' ? ['resume', 'rollBack'] : [];
}

/** These two are not undone by another step: a person is asked once more. */
export const isFinal = (step: RolloutStep): boolean => step === 'complete' || step === 'rollBack';

const REFRESH_MS = 5_000;

export const useRollouts = () =>
  useQuery({
    queryKey: ['rollouts'],
    queryFn: async ({ signal }) => (await askHub('getRollouts', {}, signal)).rollouts,
    placeholderData: keepPreviousData,
    refetchInterval: again(REFRESH_MS),
  });

export function useRolloutStep(rollout: number) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ step, reason }: { readonly step: RolloutStep; readonly reason?: string }) =>
      askHub('postRolloutsByRolloutByStep', {
        question: { rollout, step },
        body: reason === undefined || reason.trim() === '' ? {} : { reason: reason.trim() },
      }),
    onSettled: () => void client.invalidateQueries({ queryKey: ['rollouts'] }),
  });
}
