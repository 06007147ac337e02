/** Devices as the hub tells of them, checked on arrival: how each stands, what it said of itself, and what it exchanged when. */
import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';

import { again } from '../ask.ts';
import { type Answer, askHub } from '../hub-client.ts';

export type DeviceRow = Answer<'getDevices'>['devices'][number];
export type DevicePage = Answer<'getDevicesByDevice'>;
export type DeviceSays = NonNullable<DeviceRow['says']>;
export type ContactSpell = DevicePage['contacts'][number];

export const ROLE_NAMES: Readonly<Record<DeviceRow['role'], string>> = {
  lane: 'Checkout lane',
  kiosk: 'Self-scan kiosk',
  office: 'Back office',
};

export const GONE_NAMES: Readonly<Record<'replaced' | 'stolen', string>> = { replaced: 'replaced', stolen: 'reported stolen' };

const DEVICE_NAMES: Readonly<Record<string, string>> = {
  lane: 'The lane itself',
  printer: 'Printer',
  labelPrinter: 'Label printer',
  scanner: 'Scanner',
  scale: 'Scale',
  baggingScale: 'Bagging scale',
  drawer: 'Drawer',
  display: 'Customer display',
  terminal: 'Card terminal',
  fiscalSigner: 'Fiscal signer',
};

/** As people call it; what has no name here shows its own. */
export const deviceName = (device: string): string => DEVICE_NAMES[device] ?? device;

/** `paperLow` → `paper low`. */
export const reasonText = (reason: string): string => reason.replaceAll(/([A-Z])/gu, (letter) => ` ${letter.toLowerCase()}`);

export type Tone = 'good' | 'warn' | 'bad' | 'quiet';

/** The worst that a device says of what hangs on it; null where it says nothing. */
export function healthOf(says: DeviceSays | null): { readonly tone: Tone; readonly text: string } | null {
  if (says === null) return null;
  const faults = says.devices.filter(({ state }) => state !== 'ready');
  const [first] = faults;
  if (first === undefined) return { tone: 'good', text: says.devices.length === 0 ? 'no devices' : 'all ready' };
  const text = `${deviceName(first.device)}${first.reason === undefined ? '' : `: ${reasonText(first.reason)}`}`;
  const more = faults.length === 1 ? '' : ` and ${faults.length - 1} more`;
  return { tone: faults.some(({ state }) => state === 'down') ? 'bad' : 'warn', text: `${text}${more}` };
}

/** On less room a lane stops being able to sell within days. */
const LITTLE_MEGABYTES = 2_000;

export const isDiskLow = ({ freeMegabytes }: DeviceSays): boolean => freeMegabytes !== null && freeMegabytes < LITTLE_MEGABYTES;

/** `940 MB`, `51 GB`, `1.2 TB`. */
export function roomText(megabytes: number | null): string {
  if (megabytes === null) return '–';
  if (megabytes < 1_000) return `${megabytes} MB`;
  const gigabytes = megabytes / 1_000;
  return gigabytes < 1_000 ? `${Number(gigabytes.toFixed(1))} GB` : `${Number((gigabytes / 1_000).toFixed(1))} TB`;
}

/** `912 B`, `4.1 kB`, `12 MB`. */
export function bytesText(bytes: number): string {
  if (bytes < 1_000) return `${bytes} B`;
  const [value, unit] = bytes < 1_000_000 ? [bytes / 1_000, 'kB'] : bytes < 1_000_000_000 ? [bytes / 1_000_000, 'MB'] : [bytes / 1e9, 'GB'];
  return `${value < 10 ? value.toFixed(1) : String(Math.round(value))} ${unit}`;
}

/** Of each spell: how many publications reached the device since the one before it; null where that is not known. */
export function publicationsDown(spells: readonly ContactSpell[]): readonly (number | null)[] {
  return spells.map(({ heldLsn }, index) => {
    const before = spells[index + 1]?.heldLsn ?? null;
    return heldLsn === null || before === null || heldLsn < before ? null : heldLsn - before;
  });
}

const REFRESH_MS = 5_000;

export const useDeviceRows = () =>
  useQuery({
    queryKey: ['devices'],
    queryFn: async ({ signal }) => (await askHub('getDevices', {}, signal)).devices,
    placeholderData: keepPreviousData,
    refetchInterval: again(REFRESH_MS),
  });

export const useDevicePage = (device: string) =>
  useQuery({
    queryKey: ['devices', device],
    queryFn: ({ signal }) => askHub('getDevicesByDevice', { question: { device } }, signal),
    refetchInterval: again(REFRESH_MS),
  });

export type DeviceStep = 'replaced' | 'stolen' | 'wipe';

/** It is trusted no longer, or it erases itself. */
export function useDeviceStep(device: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (step: DeviceStep): Promise<object> =>
      step === 'wipe'
        ? askHub('postDevicesByDeviceWipe', { question: { device } })
        : askHub('postDevicesByDeviceRevoke', { question: { device }, body: { reason: step } }),
    networkMode: 'always',
    onSettled: () => void client.invalidateQueries({ queryKey: ['devices'] }),
  });
}
