/** The contract of a scale, for each way to talk, over memory, TCP and a serial line; at the other end a virtual scale that speaks its bytes. */
import { assert, type Clock } from '@holdfast/base';
import { systemClock, systemTimers } from '@holdfast/base/node';
import { afterEach, describe, expect, test } from 'vitest';

import { memoryLink } from '../link/memory-link.ts';
import { serialLink } from '../link/serial-link.ts';
import { tcpLink } from '../link/tcp-link.ts';
import { createJumpingTime } from '../testing/jumping-time.ts';
import { parseScaleFaults } from '../virtual/scale/faults.ts';
import { createVirtualScale, type VirtualScale } from '../virtual/scale/virtual-scale.ts';
import { hasSocat, openSerialPair, standAt } from '../virtual/serial-pair.ts';
import { serveDevice } from '../virtual/tcp-server.ts';
import { SCALE_PROTOCOL_IDS, type ScaleProtocolId } from './protocols.ts';
import { createScale, type Scale } from './scale.ts';

const closing: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

interface Rig {
  readonly scale: Scale;
  readonly virtual: VirtualScale;
  readonly clock: Clock;
}

const TIMING = { answerMs: 500, settleMs: 2_000, connectMs: 500, firstRetryMs: 10, lastRetryMs: 20 };
/** A busy machine is no scale that is silent. */
const ON_A_REAL_LINE = { ...TIMING, answerMs: 3_000, settleMs: 10_000, connectMs: 3_000 };

let addresses = 0;

async function rigOf(protocol: ScaleProtocolId, over: 'memory' | 'TCP' | 'a serial line', script = ''): Promise<Rig> {
  const faults = parseScaleFaults(script);
  assert(faults.ok, 'the script is known');
  // What is on a real line takes real time.
  const [time, timing] = over === 'memory' ? [createJumpingTime(), TIMING] : [{ clock: systemClock, timers: systemTimers }, ON_A_REAL_LINE];
  const virtual = createVirtualScale({ protocol, ...time, faults: faults.value });
  const scale = createScale({ protocol, link: await linkTo(virtual, over), ...time, timing });
  closing.push(() => scale.close());
  return { scale, virtual, clock: time.clock };
}

async function linkTo(virtual: VirtualScale, over: 'memory' | 'TCP' | 'a serial line') {
  if (over === 'memory') return memoryLink(`memory://scale-${++addresses}`, (peer) => virtual.connect(peer));
  if (over === 'TCP') {
    const server = await serveDevice(0, (peer) => virtual.connect(peer));
    closing.push(server.close);
    return tcpLink('127.0.0.1', server.port);
  }
  const pair = await openSerialPair();
  const end = await standAt(pair);
  virtual.connect({ ...end.peer, close: () => {} });
  closing.push(end.close);
  return serialLink(pair.ours, { baud: 9_600 });
}

/** Dialog 06 and CAS in ECR mode tell no tare; a scale in pounds rounds. */
const isInPounds = (protocol: ScaleProtocolId): boolean => protocol === 'nci' || protocol === 'toledo-8217-lb';

describe.each(SCALE_PROTOCOL_IDS)('%s', (protocol) => {
  test.each(['memory', 'TCP', 'a serial line'] as const)('gives what lies on it, over %s', async (over) => {
    if (over === 'a serial line') assert(hasSocat(), 'socat is installed (apt: socat)');
    const { scale, virtual } = await rigOf(protocol, over);
    virtual.put(1_234);
    // 1.234 kg are 2.72 lb on the display, which are 1.23377 kg.
    expect(await scale.readWeight()).toEqual({ ok: true, value: { grams: 1_234, isNet: false } });
    virtual.put(842);
    expect(await scale.readWeight()).toEqual({ ok: true, value: { grams: isInPounds(protocol) ? 844 : 842, isNet: false } });
    expect(scale.health()).toMatchObject({ power: 'online', statistics: { goodWeightReadCount: 2, communicationErrorCount: 0 } });
  });

  test('waits until it is at rest, and not for ever', async () => {
    const { scale, virtual } = await rigOf(protocol, 'memory', 'unstable for 300 ms');
    virtual.put(500);
    expect(await scale.readWeight()).toMatchObject({ ok: true, value: { grams: isInPounds(protocol) ? 499 : 500 } });
    virtual.setFaults({ unstableMs: 60_000 });
    virtual.put(700);
    expect(await scale.readWeight()).toEqual({ ok: false, error: { type: 'noWeight', reason: 'moving' } });
  });

  test('sells by nothing that is empty, below zero or too much', async () => {
    const { scale, virtual } = await rigOf(protocol, 'memory');
    const reasonNow = async (): Promise<unknown> => {
      const read = await scale.readWeight();
      return !read.ok && read.error.type === 'noWeight' ? read.error.reason : read;
    };
    expect(await reasonNow()).toBe(protocol === 'dialog-06' ? 'underCapacity' : 'empty');
    virtual.put(15_001);
    expect(await reasonNow()).toBe('overCapacity');
    virtual.put(100);
    virtual.pressZero();
    virtual.put(0);
    expect(await reasonNow()).toBe(protocol === 'nci' ? 'underCapacity' : 'belowZero');
  });

  test('garbage between the answers does no harm', async () => {
    const { scale, virtual } = await rigOf(protocol, 'memory', 'garbage');
    virtual.put(2_000);
    expect(await scale.readWeight()).toMatchObject({ ok: true, value: { grams: 2_000 } });
  });

  test('a quarter of a megabyte of noise on its line holds up no question behind it', async () => {
    const { scale, virtual } = await rigOf(protocol, 'memory');
    virtual.put(2_000);
    const noisy = await memoryLink(`memory://noise-${++addresses}`, (peer) => virtual.connect(peer)).open(1);
    assert(noisy.ok, 'it opens');
    const noise = Uint8Array.from({ length: 250_000 }, (_, at) => 0x60 + (at % 16));
    for (let at = 0; at < noise.length; at += 65_536) await noisy.value.write(noise.subarray(at, at + 65_536), 1);
    noisy.value.close();
    for (let read = await scale.readWeight(); !read.ok; read = await scale.readWeight())
      expect(read.error).toMatchObject({ retry: 'safe' });
    expect(virtual.state().isPlugged).toBe(true);
  });

  test('that does not answer is told within its deadline, and a late answer is nobody’s weight', async () => {
    const { scale, virtual, clock } = await rigOf(protocol, 'memory', 'answer lost');
    virtual.put(1_000);
    const beganMs = clock.monotonicMs();
    expect(await scale.readWeight()).toMatchObject({ ok: false, error: { type: 'deviceFailed', reason: 'noAnswer', retry: 'safe' } });
    expect(clock.monotonicMs() - beganMs).toBeLessThanOrEqual(TIMING.answerMs);
    expect(scale.health()).toMatchObject({ power: 'offline', reason: 'noAnswer', statistics: { communicationErrorCount: 1 } });
    virtual.setFaults({ answerMs: 700 });
    expect(await scale.readWeight()).toMatchObject({ ok: false, error: { reason: 'noAnswer' } });
    virtual.setFaults({});
    virtual.put(300);
    expect(await scale.readWeight()).toMatchObject({ ok: true, value: { grams: isInPounds(protocol) ? 299 : 300 } });
    expect(scale.health()).toMatchObject({ power: 'online' });
  });

  test('unplugged it is told, and plugged in again it is found without a restart', async () => {
    const { scale, virtual } = await rigOf(protocol, protocol === 'nci' ? 'TCP' : 'memory');
    virtual.put(400);
    expect(await scale.readWeight()).toMatchObject({ ok: true });
    virtual.setPlugged(false);
    expect(await scale.readWeight()).toMatchObject({ ok: false, error: { type: 'deviceFailed', retry: 'safe' } });
    expect(scale.health().power).toBe('offline');
    virtual.setPlugged(true);
    for (let read = await scale.readWeight(); !read.ok; read = await scale.readWeight())
      expect(read.error).toMatchObject({ retry: 'safe' });
    expect(scale.health()).toMatchObject({ power: 'online' });
  });
});

test.each(['toledo-8217', 'cas-stream'] as const)('the tare key of a %s is told with the weight', async (protocol) => {
  const { scale, virtual } = await rigOf(protocol, 'memory');
  virtual.put(50);
  virtual.pressTare();
  virtual.put(550);
  expect(await scale.readWeight()).toEqual({ ok: true, value: { grams: 500, isNet: true } });
});

test.each(['toledo-8217', 'nci'] as const)('a %s is set to zero from the till, and only where little lies on it', async (protocol) => {
  const { scale, virtual } = await rigOf(protocol, 'memory');
  virtual.put(7);
  expect(await scale.zeroScale()).toEqual({ ok: true, value: undefined });
  expect(virtual.state().shownGrams).toBe(0);
  virtual.put(2_000);
  expect(await scale.zeroScale()).toEqual({ ok: false, error: { type: 'notZeroed', reason: 'outsideZero' } });
  expect(await scale.readWeight()).toMatchObject({ ok: true });
  virtual.setFaults({ losesAnswers: true });
  expect(await scale.zeroScale()).toMatchObject({ ok: false, error: { type: 'deviceFailed', reason: 'noAnswer', retry: 'safe' } });
});

test('a scale that only its own key sets to zero says so', async () => {
  const { scale } = await rigOf('cas-ecr', 'memory');
  expect(await scale.zeroScale()).toEqual({ ok: false, error: { type: 'notZeroed', reason: 'ownKeyOnly' } });
});

test('one address is claimed once', async () => {
  const { scale } = await rigOf('nci', 'TCP');
  const [host, port] = [new URL(scale.address).hostname, Number(new URL(scale.address).port)];
  const second = createScale({
    protocol: 'nci',
    link: tcpLink(host, port),
    clock: systemClock,
    timers: systemTimers,
    timing: ON_A_REAL_LINE,
  });
  expect(await second.checkHealth()).toMatchObject({ ok: false, error: { reason: 'busy', retry: 'safe' } });
  second.close();
  expect(await scale.checkHealth()).toEqual({ ok: true, value: undefined });
});
