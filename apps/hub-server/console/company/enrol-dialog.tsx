/** A new device's way in: a code that works once, and the command that uses it. */
import { Button, CopyButton, Modal, NumberInput, Select, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { type ReactElement, useState } from 'react';

import { createEnrolment, type Enrolment, type StoreInfo } from '../api.ts';
import { minuteText } from '../format.ts';
import { commonZone, useTimeZones } from '../queries.ts';
import { LongSelect } from '../table-parts.tsx';
import { type DeviceRow, ROLE_NAMES } from './devices.ts';

export const CopyField = ({
  label,
  value,
  testId,
}: {
  readonly label: string;
  readonly value: string;
  readonly testId: string;
}): ReactElement => (
  <div className="copy-field">
    <small>{label}</small>
    <div>
      <code data-testid={testId}>{value}</code>
      <CopyButton value={value}>
        {({ copied, copy }) => (
          <Button variant="default" size="xs" onClick={copy} aria-label={`Copy: ${label}`}>
            {copied ? 'Copied' : 'Copy'}
          </Button>
        )}
      </CopyButton>
    </div>
  </div>
);

const Issued = ({ enrolment }: { readonly enrolment: Enrolment }): ReactElement => {
  const zone = commonZone(useTimeZones());
  return (
    <div className="issued" data-testid="enrolment">
      <p>
        The code works once, until <b>{minuteText(enrolment.expiresAtMs, zone)}</b>. Whoever holds it can enrol a till: hand it to the
        person at the machine, nobody else.
      </p>
      <CopyField label="Enrolment code" value={enrolment.code} testId="enrol-code" />
      {enrolment.command === undefined ? null : (
        <CopyField label="On the new device, in Holdfast’s folder" value={enrolment.command} testId="enrol-command" />
      )}
      {enrolment.picture === undefined ? null : (
        <div className="authenticator">
          <img
            src={`data:image/svg+xml,${encodeURIComponent(enrolment.picture)}`}
            alt="The command as a QR code"
            width={180}
            height={180}
            data-testid="enrol-picture"
          />
          <p>The same command for the new device’s own scanner: at its prompt, scan it instead of typing it.</p>
        </div>
      )}
      <p className="mut">
        The lane appears under its store when it has enrolled. Until the hub answers it, a till with a code keeps trying and says so.
      </p>
    </div>
  );
};

const ROLES = (['lane', 'kiosk', 'office'] as const).map((value) => ({ value, label: ROLE_NAMES[value] }));

const Form = ({
  stores,
  onIssued,
}: {
  readonly stores: readonly Pick<StoreInfo, 'store' | 'name'>[];
  readonly onIssued: (enrolment: Enrolment) => void;
}): ReactElement => {
  const [store, setStore] = useState(stores[0]?.store ?? '');
  const [name, setName] = useState('');
  const [lane, setLane] = useState<number | ''>('');
  const [role, setRole] = useState<DeviceRow['role']>('lane');
  const issue = useMutation({
    mutationFn: () =>
      createEnrolment({
        store,
        role,
        hub: window.location.origin,
        ...(name.trim() === '' ? {} : { name: name.trim() }),
        ...(lane === '' ? {} : { lane }),
      }),
    networkMode: 'always',
    onSuccess: onIssued,
  });
  return (
    <form
      className="enrol-form"
      onSubmit={(event) => {
        event.preventDefault();
        issue.mutate();
      }}
    >
      <LongSelect
        label="Store"
        data={stores.map((candidate) => ({ value: candidate.store, label: `${candidate.store} · ${candidate.name}` }))}
        value={store}
        allowDeselect={false}
        onChange={(value) => setStore(value ?? store)}
      />
      <NumberInput
        label="Lane"
        description="Empty: the next free number"
        min={1}
        max={999}
        allowDecimal={false}
        value={lane}
        onChange={(value) => setLane(typeof value === 'number' ? value : '')}
      />
      <TextInput
        label="Name"
        description="What people call it; may stay empty"
        maxLength={60}
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
      />
      <Select
        label="What it is for"
        description="Of what is published it holds what devices of its kind may see. To change it, enrol the device again."
        data={ROLES}
        value={role}
        allowDeselect={false}
        onChange={(value) => setRole(ROLES.find((one) => one.value === value)?.value ?? role)}
      />
      {issue.error === null ? null : (
        <p role="alert" className="bad" data-testid="enrol-error">
          {issue.error.message} No code was shown; make one again.
        </p>
      )}
      <Button type="submit" className="strong-button" loading={issue.isPending} data-testid="enrol-submit">
        Make a code
      </Button>
    </form>
  );
};

export const EnrolDialog = ({
  opened,
  stores,
  onClose,
}: {
  readonly opened: boolean;
  readonly stores: readonly Pick<StoreInfo, 'store' | 'name'>[];
  readonly onClose: () => void;
}): ReactElement => {
  const [enrolment, setEnrolment] = useState<Enrolment | null>(null);
  const close = (): void => {
    setEnrolment(null);
    onClose();
  };
  return (
    // Locking the page's scroll would write a style tag that the page's policy refuses.
    <Modal
      opened={opened}
      onClose={close}
      title="Enrol a device"
      size="lg"
      centered
      lockScroll={false}
      classNames={{ title: 'dialog-title' }}
    >
      {enrolment === null ? <Form stores={stores} onIssued={setEnrolment} /> : <Issued enrolment={enrolment} />}
    </Modal>
  );
};
