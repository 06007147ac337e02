/** Cards to hold against a virtual terminal. Their numbers are the schemes' own test numbers; they stay in here, as a real terminal keeps those of real cards. */

export interface TestCard {
  readonly name: string;
  readonly pan: string;
  readonly brand: string;
  readonly applicationId: string;
  readonly entry: 'chip' | 'contactless';
  readonly does: 'approve' | 'decline';
}

export const TEST_CARDS: readonly TestCard[] = [
  { name: 'Visa', pan: '4111111111111111', brand: 'Visa', applicationId: 'A0000000031010', entry: 'contactless', does: 'approve' },
  {
    name: 'Mastercard',
    pan: '5555555555554444',
    brand: 'Mastercard',
    applicationId: 'A0000000041010',
    entry: 'contactless',
    does: 'approve',
  },
  { name: 'Maestro', pan: '6759649826438453', brand: 'Maestro', applicationId: 'A0000000043060', entry: 'chip', does: 'approve' },
  {
    name: 'Visa without money',
    pan: '4000000000000002',
    brand: 'Visa',
    applicationId: 'A0000000031010',
    entry: 'contactless',
    does: 'decline',
  },
];
