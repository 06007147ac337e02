import { UsageError } from './command.ts';

/** As the hub knows them. */
const ROLES = ['lane', 'kiosk', 'office'] as const;
export type DeviceRole = (typeof ROLES)[number];

export function roleOf(text: string | undefined): DeviceRole | undefined {
  if (text === undefined) return undefined;
  const role = ROLES.find((known) => known === text);
  if (role === undefined) throw new UsageError(`--role is one of ${ROLES.join(', ')}, not "${text}".`);
  return role;
}
