/** A virtual terminal that speaks ZVT. It too says more than a lane should keep: whole card numbers where its configuration asks for no mask, and on printed lines. */
import type { DevicePeer } from '../../link/memory-link.ts';
import type { DeclineReason } from '../../terminals/terminal.ts';
import { CONTROL, createApduReader, encodeApdu, type Apdu } from '../../terminals/zvt/apdu.ts';
import { bcd, bcdNumber, bcdOf, BMP, counted, hexOf, readBitmaps, tlvEntry } from '../../terminals/zvt/bitmaps.ts';
import { serveDevice, type DevicePort } from '../tcp-server.ts';
import type { VirtualOrder, VirtualTerminal, VirtualTransaction } from './virtual-terminal.ts';

const CODES: Readonly<Record<DeclineReason, number>> = {
  refused: 0x05,
  invalidCard: 0x73,
  notAllowed: 0x68,
  cancelled: 0x6c,
  aborted: 0x6c,
  timeout: 0x6c,
  hostUnreachable: 0x7d,
  originalUnknown: 0x64,
};
const CURRENCIES: Readonly<Record<string, readonly [currency: string, minorDigits: number]>> = {
  '0978': ['EUR', 2],
  '0756': ['CHF', 2],
  '0826': ['GBP', 2],
  '0840': ['USD', 2],
};

/** Answers too many bytes of a message that nobody knows. */
const GARBAGE = Uint8Array.of(0x04, 0x0f, 0x03, 0x99, 0x99, 0x99, 0x06, 0x0f, 0x00);
const NO_RECEIPT = 0x64;
const BUSY = encodeApdu(0x849c);
const ACK = encodeApdu(CONTROL.positive);
const COMPLETION = encodeApdu(CONTROL.completion);

export async function serveZvt(terminal: VirtualTerminal, port: number, host?: string): Promise<DevicePort> {
  const peers = new Set<DevicePeer>();
  terminal.onUnplug(() => {
    for (const peer of peers) peer.close();
  });
  const accept = (peer: DevicePeer): boolean => {
    if (!terminal.state().isPlugged) return false;
    peers.add(peer);
    void peer.closed.then(() => peers.delete(peer));
    const read = createApduReader();
    peer.onBytes((bytes) => {
      for (const message of read(bytes)) hear(terminal, peer, message);
    });
    return true;
  };
  return await serveDevice(port, accept, host);
}

function hear(terminal: VirtualTerminal, peer: DevicePeer, { control, data }: Apdu): void {
  switch (control) {
    case CONTROL.positive:
      return;
    case CONTROL.registration:
      peer.send(ACK);
      return peer.send(COMPLETION);
    case CONTROL.abortByEcr:
      peer.send(ACK);
      terminal.abort('aborted');
      return;
    case CONTROL.repeatReceipt:
      return repeatLast(terminal, peer);
    case CONTROL.endOfDay:
      return endDay(terminal, peer);
    case CONTROL.authorisation:
    case CONTROL.refund:
    case CONTROL.reversal:
      return order(terminal, peer, control, data);
    default:
      return peer.send(encodeApdu(0x8483));
  }
}

function repeatLast(terminal: VirtualTerminal, peer: DevicePeer): void {
  if (terminal.current() !== undefined) return peer.send(BUSY);
  peer.send(ACK);
  const last = terminal.last();
  if (last === undefined) return peer.send(encodeApdu(CONTROL.abortByTerminal, [NO_RECEIPT]));
  peer.send(statusOf(terminal, last));
  peer.send(COMPLETION);
}

function order(terminal: VirtualTerminal, peer: DevicePeer, control: number, data: Uint8Array): void {
  const faults = terminal.faults();
  const asked = orderOf(terminal, control, data);
  if (asked === undefined) return peer.send(encodeApdu(0x8483));
  if (faults.losesRequests === true) return peer.close();
  if (terminal.current() !== undefined) return peer.send(BUSY);
  peer.send(ACK);
  peer.send(encodeApdu(CONTROL.intermediateStatus, [0x0a, 0x01]));
  terminal.begin(asked, (transaction) => {
    const say = (): void => {
      if (faults.losesAnswers === true) return peer.close();
      if (faults.talksGarbage === true) return peer.send(GARBAGE);
      if (transaction.state === 'declined') return peer.send(encodeApdu(CONTROL.abortByTerminal, [CODES[transaction.reason ?? 'refused']]));
      peer.send(statusOf(terminal, transaction));
      peer.send(encodeApdu(CONTROL.printLine, [0x00, ...latin(`KARTE ${transaction.card?.pan ?? ''}`)]));
      return peer.send(COMPLETION);
    };
    if (faults.slowMs === undefined) say();
    else setTimeout(say, faults.slowMs);
  });
}

const PASSWORD_BYTES = 3;

function orderOf(terminal: VirtualTerminal, control: number, data: Uint8Array): VirtualOrder | undefined {
  const fields = readBitmaps(data, control === CONTROL.authorisation ? 0 : PASSWORD_BYTES);
  const amountMinor = bcdOf(fields.get(BMP.amount));
  const [currency, minorDigits] = CURRENCIES[hexOf(fields.get(BMP.currency) ?? new Uint8Array())] ?? [];
  if (amountMinor === undefined || amountMinor === 0 || currency === undefined || minorDigits === undefined) return undefined;
  const common = { amountMinor, currency, minorDigits };
  if (control === CONTROL.authorisation) return { ...common, act: 'payment', mayBeOffline: true };
  if (control === CONTROL.refund) return { ...common, act: 'refund', mayBeOffline: false };
  const receiptNumber = bcdOf(fields.get(BMP.receiptNumber));
  const original = terminal.journal().findLast((known) => known.receiptNumber === receiptNumber && known.state === 'approved');
  return { ...common, act: 'reversal', originalId: original?.transactionId ?? '', mayBeOffline: false };
}

const latin = (text: string): readonly number[] => Array.from(text, (letter) => letter.charCodeAt(0) & 0xff);

function statusOf(terminal: VirtualTerminal, transaction: VirtualTransaction): Uint8Array {
  const { authorisedMinor, receiptNumber, card, authorisation, isOffline } = transaction;
  const pan = card?.pan ?? '';
  const masked = `${'E'.repeat(pan.length - 4)}${pan.slice(-4)}`;
  const tlv = [
    ...tlvEntry(0x1f11, [isOffline ? 0 : 1]),
    ...tlvEntry(0x1f12, [card?.entry === 'chip' ? 1 : 2]),
    ...tlvEntry(0x43, bcd(card?.applicationId ?? '')),
  ];
  return encodeApdu(CONTROL.statusInformation, [
    BMP.resultCode,
    0x00,
    BMP.amount,
    ...bcdNumber(authorisedMinor, 6),
    BMP.currency,
    ...bcd('0978'),
    BMP.traceNumber,
    ...bcdNumber(receiptNumber, 3),
    ...counted(BMP.pan, bcd(masked.length % 2 === 0 ? masked : `${masked}F`), 2),
    ...counted(BMP.track2, bcd(`${pan}D3003`.padEnd(24, '0')), 2),
    BMP.expiry,
    ...bcd('3003'),
    BMP.terminalId,
    ...bcd(terminal.terminalId),
    BMP.authorisation,
    ...latin(authorisation.padEnd(8, '\0')),
    ...counted(BMP.additionalText, latin(`Karte ${pan}`), 3),
    BMP.receiptNumber,
    ...bcdNumber(receiptNumber, 2),
    ...counted(BMP.cardName, latin(`${card?.brand ?? ''}\0`), 2),
    BMP.tlv,
    ...lengthed(tlv),
  ]);
}

const lengthed = (bytes: readonly number[]): readonly number[] => [
  ...(bytes.length < 0x80 ? [bytes.length] : [0x81, bytes.length]),
  ...bytes,
];

const TOTAL_BRANDS = ['girocard', 'JCB', 'Mastercard', 'American Express', 'Visa', 'Diners', 'other'];

function endDay(terminal: VirtualTerminal, peer: DevicePeer): void {
  if (terminal.current() !== undefined) return peer.send(BUSY);
  peer.send(ACK);
  const totals = terminal.settle();
  const rows = TOTAL_BRANDS.flatMap((brand) => {
    const ofBrand = totals.filter((total) => (TOTAL_BRANDS.includes(total.brand) ? total.brand : 'other') === brand);
    const count = ofBrand.reduce((sum, total) => sum + total.count, 0);
    const amountMinor = ofBrand.reduce((sum, { debitMinor, creditMinor }) => sum + debitMinor - creditMinor, 0);
    return [count, ...bcdNumber(Math.max(amountMinor, 0), 6)];
  });
  const receipts = [...bcdNumber(1, 2), ...bcdNumber(terminal.last()?.receiptNumber ?? 0, 2)];
  peer.send(
    encodeApdu(CONTROL.statusInformation, [
      BMP.resultCode,
      0x00,
      BMP.terminalId,
      ...bcd(terminal.terminalId),
      ...counted(BMP.totals, [...receipts, ...rows], 3),
    ]),
  );
  peer.send(COMPLETION);
}
