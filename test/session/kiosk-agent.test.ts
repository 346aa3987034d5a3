/** A real agent over a shared kiosk: taps and PINs come in, the shipped way of hooks and helper goes through, and what the core makes of a helper or a face that is lost is what really happens. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { byUid } from '../../agent/enrolment.ts';
import { type Rig, startRig } from '../agent/rig.ts';
import { until } from '../face/screen.ts';
import { need } from '../needs.ts';
import { type Kiosk, openKiosk } from './kiosk-rig.ts';

const skip = need('linux', 'root');
type Person = { readonly given: string; readonly uid: Uint8Array; readonly pin: string };
const sam: Person = { given: 'Sam', uid: Uint8Array.of(4, 1, 2, 3, 4, 5, 6), pin: '482915' };
const ana: Person = { given: 'Ana', uid: Uint8Array.of(4, 9, 8, 7, 6, 5, 4), pin: '730264' };

type Ward = {
  readonly kiosk: Kiosk;
  readonly rig: Rig;
  readonly ends: () => number;
  readonly enter: (who: Person) => Promise<void>;
  readonly log: (who: Person) => string /** As the face's door does. */;
  readonly faceIs: (present: boolean) => void;
} & AsyncDisposable;
async function openWard(): Promise<Ward> {
  await using stack = new AsyncDisposableStack();
  let ends = 0;
  const kiosk = stack.use(await openKiosk({ endSession: async () => ++ends > 0 }));
  for (const event of ['open', 'switch', 'lock', 'sign-out'] as const) kiosk.hook(event, '50-tell', 'echo "$TAPWARD_EVENT" >> "$TAPWARD_CONTEXT_DIR/log"');
  const dir = mkdtempSync(join(tmpdir(), 'tapward-kiosk-agent-'));
  stack.defer(() => rmSync(dir, { recursive: true, force: true }));
  const rig = stack.use(await startRig(join(dir, 'station'), { takeOver: 'switch' }, () => kiosk.controller));
  const { agent, face, tap } = rig;
  for (const { given, uid, pin } of [sam, ana])
    await agent.enrolment?.enrol({ given, initial: 'B', language: null }, byUid(Uint8Array.from(uid)), Uint8Array.from(pin, Number), 'screen');
  const idOf = ({ given }: Person): string => agent.enrolment?.people().find(({ subscriber }) => subscriber.given === given)?.subscriber.id ?? '';
  const faceIs = (present: boolean): void => {
    kiosk.cover.presence(present);
    agent.queue.dispatch({ kind: 'face', present });
  };
  faceIs(true);
  await until('the first lock is confirmed', () => agent.queue.state().desk.kind === 'locked');
  const kept = stack.move();
  return {
    kiosk,
    rig,
    faceIs,
    ends: () => ends,
    log: (who) => kiosk.log(idOf(who)),
    enter: async ({ uid, pin, given }) => {
      tap(uid);
      await face.until(`${given}’s PIN`, ({ screen }) => screen.kind === 'pin' && screen.person.given === given);
      face.type(pin);
    },
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}
const isOpen =
  (given: string) =>
  ({ screen }: { readonly screen: { readonly kind: string; readonly person?: { readonly given: string } | null } }): boolean =>
    screen.kind === 'open' && screen.person?.given === given;

test('taps open, switch and lock through hooks: each person’s work is parked before another’s is shown', { skip }, async () => {
  await using ward = await openWard();
  const {
    rig: { face, agent },
    enter,
    log,
  } = ward;
  await enter(sam);
  await face.until('Sam’s work', isOpen('Sam'));
  await enter(ana);
  await face.until('Ana’s work', isOpen('Ana'));
  assert.deepEqual([log(sam), log(ana)], ['open\nswitch\n', 'open\n']);
  face.do('lockNow');
  await until('locked, and confirmed', () => agent.queue.state().desk.kind === 'locked');
  await until('Ana’s work is parked', () => log(ana) === 'open\nlock\n');
  await enter(sam);
  await face.until('Sam’s work', isOpen('Sam'));
  assert.deepEqual([log(sam), log(ana)], ['open\nswitch\nopen\n', 'open\nlock\n']);
});

test('a helper that is killed under open work locks; nobody is let in until one is back', { skip }, async () => {
  await using ward = await openWard();
  const {
    kiosk,
    rig: { face, agent },
    enter,
  } = ward;
  await enter(sam);
  await face.until('Sam’s work', isOpen('Sam'));
  kiosk.helper().kill('SIGKILL');
  await until('locked, and confirmed', () => agent.queue.state().desk.kind === 'locked');
  await enter(sam);
  await face.until('that it did not open', ({ screen }) => screen.kind === 'notOpened');
  await kiosk.startHelper();
  await until('locked', () => agent.queue.state().desk.kind === 'locked');
  await enter(sam);
  await face.until('Sam’s work', isOpen('Sam'));
  assert.equal(ward.ends(), 0);
});

test('a face that is lost from a locked desk and stays away: the session has ended within two seconds', { skip }, async () => {
  await using ward = await openWard();
  const {
    rig: { face, agent },
    enter,
  } = ward;
  await enter(sam);
  await face.until('Sam’s work', isOpen('Sam'));
  face.do('lockNow');
  await until('locked', () => agent.queue.state().desk.kind === 'locked');
  ward.faceIs(false);
  await until('the session was ended', () => ward.ends() === 1, 2_000);
  await until('and the desk is locked', () => agent.queue.state().desk.kind === 'locked');
  assert.equal(agent.queue.state().snapshot.active, null);
});
