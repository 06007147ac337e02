/** What the hub can prove of one lane: which entries it has, that nothing is missing between them, what it signed of them, and what the lane itself found when it last compared. */
import { Button, Drawer, UnstyledButton } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { type ReactElement, useState } from 'react';

import { askForAudit, type Device, type LaneProof, type Store } from '../api.ts';
import { failureOf, failureText } from '../ask.ts';
import { dateTimeText, format, plural } from '../format.ts';
import { useLaneProof, useTimeZones } from '../queries.ts';
import { useRights } from '../rights.tsx';
import { Tag } from '../table-parts.tsx';

export interface Finding {
  readonly text: string;
  readonly detail: string;
  readonly isGood: boolean;
}

type EpochProof = LaneProof['epochs'][number];

function epochFinding({ number, seq, gaps, chainWhole, headSigned }: EpochProof): Finding {
  const missing = gaps.map(({ from, to }) => (from === to ? format.count(from) : `${format.count(from)} to ${format.count(to)}`));
  const doubts = [
    ...(missing.length === 0 ? [] : [`missing: ${missing.join(', ')}`]),
    ...(chainWhole ? [] : ['the chain is broken']),
    ...(headSigned || seq === 0 ? [] : ['the last entry is not signed by the lane']),
  ];
  return {
    text: `Epoch ${number}: entries 1 to ${format.count(seq)}`,
    detail: doubts.length === 0 ? 'Chain whole, the last entry signed by the lane.' : `${doubts.join('; ')}.`,
    isGood: doubts.length === 0,
  };
}

function checkpointFinding({ checkpoint, epochs }: LaneProof, timeZone: string | undefined): Finding {
  if (checkpoint === null)
    return { text: 'No checkpoint yet', detail: 'The hub signs one when a lane of this store is compared.', isGood: false };
  const covered = epochs.filter(({ checkpointSeq }) => checkpointSeq > 0);
  const spans = covered.map(({ number, checkpointSeq }) => `1 to ${format.count(checkpointSeq)} of epoch ${number}`);
  const isGood = checkpoint.signed && checkpoint.held;
  const held = checkpoint.held ? 'all of it is still held.' : 'part of it is not held any more: a ledger was cut short.';
  return {
    text: `Checkpoint ${checkpoint.number}, ${dateTimeText(checkpoint.atMs, timeZone)}`,
    detail: `${checkpoint.signed ? 'Signed by this hub' : 'Not signed by this hub'}${spans.length === 0 ? '' : `, for ${spans.join(' and ')}`}; ${held}`,
    isGood,
  };
}

function auditFinding({ audit }: LaneProof, timeZone: string | undefined): Finding {
  const asked = audit?.askedAtMs === null || audit === null ? '' : ' It was asked to compare again.';
  if (audit === null || audit.report === null || audit.doneAtMs === null)
    return { text: 'Not compared yet', detail: `The lane compares itself with the hub once a day.${asked}`, isGood: false };
  const { entries, entities, differences } = audit.report;
  const compared = `${plural(entries, 'entry', 'entries')}${entities === null ? '' : ` and ${plural(entities, 'record')} of the catalogue`}`;
  const found =
    differences.length === 0
      ? 'No difference.'
      : `${plural(differences.length, 'difference')}: ${differences.slice(0, MOST_TOLD).map(differenceText).join('; ')}${differences.length > MOST_TOLD ? ' …' : ''}.`;
  return {
    text: `Compared by the lane, ${dateTimeText(audit.doneAtMs, timeZone)}`,
    detail: `${compared}. ${found}${asked}`,
    isGood: differences.length === 0,
  };
}

type Difference = NonNullable<NonNullable<LaneProof['audit']>['report']>['differences'][number];

const MOST_TOLD = 5;

function differenceText(difference: Difference): string {
  if (difference.what === 'entries') return `entry ${format.count(difference.from ?? 0)}`;
  if (difference.what === 'cells') return `the catalogue at ${difference.upTo ?? 'its end'}`;
  return `entry ${format.count(difference.head?.seq ?? 0)} of a checkpoint`;
}

/** In the order in which a person asks; exported for its test. */
export const proofFindings = (proof: LaneProof, timeZone?: string): readonly Finding[] => [
  ...(proof.epochs.length === 0 ? [{ text: 'Nothing received yet', detail: 'The hub has no entry of this lane.', isGood: true }] : []),
  ...proof.epochs.toReversed().map(epochFinding),
  checkpointFinding(proof, timeZone),
  auditFinding(proof, timeZone),
];

/** Goes through the whole ledger of the device, for as long as it is shown. */
export const LaneFindings = ({ device, timeZone }: { readonly device: string; readonly timeZone: string | undefined }): ReactElement => {
  const { data, error } = useLaneProof(device);
  const again = useMutation({ mutationFn: () => askForAudit(device) });
  if (data === undefined) {
    const failure = failureOf(error);
    return <p className="mut">{failure === null ? 'The hub goes through the ledger…' : failureText(failure)}</p>;
  }
  return (
    <>
      <ul className="findings">
        {proofFindings(data, timeZone).map(({ text, detail, isGood }) => (
          <li key={text} data-testid="proof-finding">
            <Tag tone={isGood ? 'good' : 'warn'}>{isGood ? 'proven' : 'open'}</Tag>
            <span>
              <strong>{text}</strong>
              <span className="line-detail">{detail}</span>
            </span>
          </li>
        ))}
      </ul>
      <Button variant="default" onClick={() => again.mutate()} loading={again.isPending} data-testid="compare-now">
        Compare now
      </Button>
      {again.isSuccess ? <p className="mut">Asked. The lane compares itself as soon as it hears of it and nobody sells.</p> : null}
    </>
  );
};

/** The words of the table's cell, which open the proof. */
const proofText = ({ receivedEntries }: Device, isWhole: boolean): string =>
  `${isWhole ? 'chain whole, ' : ''}${plural(receivedEntries, 'entry', 'entries')}`;

export const LaneProofButton = ({
  device,
  store,
  isWhole,
}: {
  readonly device: Device;
  readonly store: Store;
  readonly isWhole: boolean;
}): ReactElement => {
  const [isOpen, setOpen] = useState(false);
  const { seesCompany } = useRights();
  const timeZone = useTimeZones().get(store.store);
  if (!seesCompany) return <span>{proofText(device, isWhole)}</span>;
  return (
    <>
      <UnstyledButton className="proof-link" onClick={() => setOpen(true)} data-testid={`lane-proof-${device.device}`}>
        {proofText(device, isWhole)}
      </UnstyledButton>
      <Drawer
        opened={isOpen}
        onClose={() => setOpen(false)}
        position="right"
        size={560}
        // Locking the page's scroll would write a style tag that the page's policy refuses.
        lockScroll={false}
        classNames={{ title: 'dialog-title' }}
        transitionProps={{ duration: 0 }}
        title={`Lane ${device.lane}, ${store.name}: what is proven`}
      >
        {isOpen ? <LaneFindings device={device.device} timeZone={timeZone} /> : null}
      </Drawer>
    </>
  );
};
