/** What the command line said once and the data folder remembers: where the hub is, and an enrolment code that is still to be used. */
import type { Connection } from './database/connection.ts';

export interface LaneMemory {
  hubUrl(): string | undefined;
  enrolmentCode(): string | undefined;
  remember(said: { readonly hubUrl?: string; readonly enrolmentCode?: string }): void;
  forgetEnrolmentCode(): void;
}

export function createLaneMemory(db: Connection): LaneMemory {
  const read = db.prepare<[], { hub_url: string | null; enrolment_code: string | null }>(
    'SELECT hub_url, enrolment_code FROM lane WHERE id = 1',
  );
  const write = db.prepare('UPDATE lane SET hub_url = coalesce(?, hub_url), enrolment_code = coalesce(?, enrolment_code) WHERE id = 1');
  const forget = db.prepare('UPDATE lane SET enrolment_code = NULL WHERE id = 1 AND enrolment_code IS NOT NULL');
  return {
    hubUrl: () => read.get()?.hub_url ?? undefined,
    enrolmentCode: () => read.get()?.enrolment_code ?? undefined,
    remember(said) {
      if (said.hubUrl !== undefined || said.enrolmentCode !== undefined) write.run(said.hubUrl ?? null, said.enrolmentCode ?? null);
    },
    forgetEnrolmentCode: () => void forget.run(),
  };
}
