/** Junk, oversized and forged messages come in by the ten thousand, from the page and, as from a page whose process was taken over, behind its preload; nothing reaches the agent beyond the throttle, and link, page and face stay what they are. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Page } from 'playwright-core';
import { encodeAnswer, encodeGesture, maxAnswerBytes, maxGestureBytes } from '../../core/bridge.ts';
import { channels } from '../../electron/channels.ts';
import { sam } from '../e2e/station.ts';
import { need } from '../needs.ts';
import { aWhile, type ElectronFace, electronName, helpersOf, openElectron } from './electron.ts';
import { until } from './screen.ts';
import { type FaceStation, startFaceStation } from './station.ts';
import type { Told } from './station-process.ts';

const skip = need('linux', 'pcscd', 'compiler', 'namespaces', 'display', 'electron');
const many = 10_000;
let station: FaceStation;
let face: ElectronFace;
let page: Page;
let renderers: readonly number[];
before(async () => {
  if (skip !== false) return;
  console.log(`# flooded is ${electronName}`);
  station = await startFaceStation();
  face = await openElectron(station.door);
  page = await face.pad();
  await until('the face covers', () => station.present(), 20_000);
  renderers = helpersOf(face.pid, 'renderer');
});
after(async () => {
  if (skip !== false) return;
  await face?.[Symbol.asyncDispose]();
  await station?.[Symbol.asyncDispose]();
});

/** Bytes as they pass to the main process's own world, or anything that is not bytes. */
type Said = { readonly bytes: readonly number[] } | { readonly zeros: number } | { readonly other: unknown };
const bytes = (said: Uint8Array): Said => ({ bytes: [...said] });
const text = (said: string): Said => bytes(Uint8Array.from(said, (c) => c.charCodeAt(0)));
/** Whose word it is: the page's own frame at its own address, or one of those that are nobody's. */
type From = 'own' | 'forged';

/** Emits `times` messages on one channel of the window's ipc, past the preload. */
const emit = (channel: string, from: From, said: readonly Said[], times = many): Promise<void> =>
  face.app.evaluate(
    async ({ BrowserWindow }, { channel: to, from: whose, said: all, times: count }) => {
      const contents = BrowserWindow.getAllWindows()[0]?.webContents;
      if (contents === undefined) throw new Error('no window');
      const own = contents.mainFrame;
      const elsewhere = (url: string): object => Object.create(own, { url: { value: url } }) as object;
      const forged: readonly object[] = [
        { sender: contents, senderFrame: null },
        { sender: contents },
        { sender: contents, senderFrame: elsewhere('https://station.tapward.internal/') },
        { sender: null, senderFrame: own },
        { sender: contents, senderFrame: elsewhere('https://station.tapward.internal.example.com/') },
        { sender: {}, senderFrame: own },
      ];
      const senders = whose === 'own' ? [{ sender: contents, senderFrame: own }] : forged;
      const made = all.map((one) => ('bytes' in one ? Uint8Array.from(one.bytes) : 'zeros' in one ? new Uint8Array(one.zeros) : one.other));
      for (let i = 0; i < count; i++) {
        const one = made[i % made.length];
        // Whoever takes a digit overwrites it.
        contents.ipc.emit(to, senders[i % senders.length], one instanceof Uint8Array ? one.slice() : one);
        if (i % 250 === 0) await new Promise((resolve) => setTimeout(resolve, 0));
      }
    },
    { channel, from, said, times },
  );
/** What was told since it was last asked, but for whether it covers: a slow machine may be late with that. */
const told = (): readonly Told[] => station.told().filter(({ kind }) => kind !== 'present');
/** Nothing was heard of a hand or a key, and the face was not put out. */
const nothing = (): void => assert.deepEqual(told(), []);
const taken = (kind: 'gesture' | 'answer'): number => told().filter((one) => one.kind === kind).length;

/** The same process with the same page behind the same link, which a hand is heard through. */
async function unmoved(section: string): Promise<void> {
  await aWhile();
  assert.equal(face.app.process().exitCode, null);
  assert.deepEqual(helpersOf(face.pid, 'renderer'), renderers, 'the page’s process is another');
  assert.equal(await face.uncovered(), false);
  await until('it says that it covers', station.present);
  nothing();
  await emit(channels.gesture, 'own', [text('help')], 1);
  await until('a hand is heard: the test would notice a gesture', () => taken('gesture') === 1);
  await until('the page follows', async () => (await page.evaluate(() => document.getElementById('face')?.dataset['section'])) === 'help');
  station.gesture({ kind: 'back' });
  await until('the page follows back', async () => (await page.evaluate(() => document.getElementById('face')?.dataset['section'])) === section);
  station.told();
}

test('gestures and answers from no frame, from a frame inside, from another address or another page are nobody’s', { skip }, async () => {
  station.told();
  await emit(channels.gesture, 'forged', [text('lockNow'), text('7')]);
  await emit(channels.answer, 'forged', [bytes(encodeAnswer({ id: 1, json: '{}' })), bytes(encodeAnswer({ id: 0, json: null }))]);
  await aWhile();
  nothing();
  await unmoved('idle');
});

test('nor is what the page’s own frame says, where it is no gesture: oversized, empty, of another type, out of the alphabet', { skip }, async () => {
  station.told();
  const junk: readonly Said[] = [
    { zeros: 0 },
    { zeros: maxGestureBytes + 1 },
    { zeros: 1 << 18 },
    text('unlock'),
    text('cancel\0'),
    text('77'),
    bytes(Uint8Array.of(0x3a)),
    bytes(Uint8Array.of(0x2f)),
    ...['lockNow', null, 7, [55], {}, { kind: 'lockNow' }, { 0: 55, length: 1 }].map((other) => ({ other })),
  ];
  await emit(channels.gesture, 'own', junk);
  await aWhile();
  nothing();
  await unmoved('idle');
});

test('nor an answer that is none; one that is, to no ceremony, comes through a few times a second and changes nothing', { skip }, async () => {
  station.told();
  const junk: readonly Said[] = [
    { zeros: 0 },
    { zeros: 3 },
    { zeros: 5 },
    { zeros: maxAnswerBytes + 1 },
    { zeros: 1 << 18 },
    bytes(Uint8Array.of(1, 0, 0, 0, 0x7b, 0x0a, 0x7d)),
    bytes(Uint8Array.of(1, 0, 0, 0, 0xe9)),
    ...['{}', null, 7, [1, 0, 0, 0], { id: 1, json: '{}' }].map((other) => ({ other })),
  ];
  await emit(channels.answer, 'own', junk);
  await aWhile();
  nothing();
  const began = performance.now();
  await emit(channels.answer, 'own', [bytes(encodeAnswer({ id: 1, json: '{}' })), bytes(encodeAnswer({ id: 1, json: 'x'.repeat(32 * 1024) }))]);
  let heard = 0;
  await until('one is heard', () => (heard += taken('answer')) > 0);
  await aWhile();
  heard += taken('answer');
  const seconds = (performance.now() - began) / 1_000;
  assert.ok(heard <= 5 * (seconds + 1), `${heard} answers in ${seconds.toFixed(1)} s`);
  assert.equal(station.screen().kind, 'idle');
  await unmoved('idle');
});

test('nor anything on the channels by which a page says that it has come, lives, was touched or has drawn, and on one of another edition', { skip }, async () => {
  station.told();
  const junk: readonly Said[] = [undefined, null, -1, 1e300, 'idle', {}, ['idle']].map((other) => ({ other }));
  for (const channel of [channels.ready, channels.alive, channels.touched, channels.drawn, channels.extension, channels.tell, 'tapward:unlock'])
    await emit(channel, 'own', junk, many / 5);
  await until('it says again that it covers', station.present);
  station.told();
  await unmoved('idle');
});

test('10,000 true digits: only as many as hands make reach the agent, and its throttle answers them', { skip }, async () => {
  await station.tap(sam.uid, 'pin');
  station.told();
  const began = performance.now();
  await page.evaluate(async () => {
    const { tapward } = window as unknown as { tapward: { send: (bytes: Uint8Array) => void } };
    for (let i = 0; i < 10_000; i++) {
      tapward.send(Uint8Array.of(0x30));
      if (i % 500 === 0) await new Promise((resolve) => setTimeout(resolve, 0));
    }
  });
  await emit(channels.gesture, 'own', [bytes(encodeGesture({ kind: 'digit', digit: 0 }))]);
  const seconds = (performance.now() - began) / 1_000;
  await aWhile();
  const all = told();
  const digits = all.filter(({ kind }) => kind === 'gesture').length;
  assert.equal(all.length, digits, `it was put out: ${JSON.stringify(all.at(-1))}`);
  assert.ok(digits > 0 && digits <= 30 * (seconds + 2), `${digits} digits in ${seconds.toFixed(1)} s`);
  assert.notEqual(station.screen().kind, 'open');
  station.gesture({ kind: 'cancel' });
  station.gesture({ kind: 'back' });
  await station.shows('idle');
  await until('the page follows', async () => (await page.evaluate(() => document.getElementById('face')?.dataset['section'])) === 'idle');
  station.told();
  await unmoved('idle');
});
