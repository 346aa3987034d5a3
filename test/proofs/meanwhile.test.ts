/** Cards that take their time come in; what happened at the station while they were answering decides, and the rule that decided their tap goes out. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { type Agent, startAgent } from '../../agent/agent.ts';
import type { Enrolment } from '../../agent/enrolment.ts';
import { createProofs } from '../../agent/proofs/proofs.ts';
import { openDurable } from '../../agent/store/durable.ts';
import { defaultPolicy } from '../../core/policy.ts';
import type { ReaderEvent, Transmit } from '../../core/ports.ts';
import type { TapReason } from '../../core/types.ts';
import { cards } from '../../native/cards.ts';
import { createClock } from '../../native/clock/clock.ts';
import { chooseKeys } from '../../native/keys/choice.ts';
import { createEmbedded } from '../../native/session/embedded.ts';
import { softwareKey } from '../cards/fido/key.ts';
import { smartCardAtr } from '../virtual-reader/card.ts';

type Ward = AsyncDisposable & {
  readonly agent: Agent;
  readonly enrolment: Enrolment;
  readonly hear: (event: ReaderEvent) => void;
  /** What DESFire cards say here, once it is said. */
  readonly answered: (proved: { readonly kind: 'proved' }) => void;
  /** The rule that decided this tap. */
  readonly reason: (presentation: number) => Promise<TapReason>;
};

async function startWard(): Promise<Ward> {
  const dir = mkdtempSync(join(tmpdir(), 'tapward-meanwhile-'));
  const clock = createClock();
  const durable = openDurable({ dir, ...chooseKeys(dir, 'evaluation'), clock, mode: 'evaluation' });
  if (durable.kind === 'inUse') throw new Error('the store is in use');
  const slow = Promise.withResolvers<{ readonly kind: 'proved' }>();
  let hear: (event: ReaderEvent) => void = () => undefined;
  const agent = await startAgent({
    mode: 'evaluation',
    version: '0.0.0',
    clock,
    durable,
    diagnose: () => undefined,
    policy: () => defaultPolicy,
    sessions: createEmbedded(clock),
    natives: { ...cards, proveAes: () => slow.promise },
    readers: () => [{ start: async (listener) => void (hear = listener), [Symbol.asyncDispose]: async () => undefined }],
  });
  const { enrolment, queue } = agent;
  if (enrolment === null) throw new Error('the station is degraded');
  hear({ kind: 'readerFound', reader: 'R', at: clock.now() });
  return {
    agent,
    enrolment,
    answered: slow.resolve,
    hear: (event) => hear(event),
    reason: async (presentation) => {
      for (;;) {
        const { lastTap } = queue.state();
        if (lastTap?.presentation === presentation) return lastTap.reason;
        await turn();
      }
    },
    [Symbol.asyncDispose]: async () => {
      await agent.stop('test over');
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

const atr = smartCardAtr([0x80]);
const number = (): Uint8Array => Uint8Array.of(4, 1, 2, 3, 4, 5, 6);
const pin = (): Uint8Array => Uint8Array.of(4, 8, 2, 9, 1, 5);
const aes = { kind: 'aes', aid: '', keyNo: 1, keyVersion: 1, key: '', uid: '' } as const;
const silent: Transmit = async () => null;
type Sam = { readonly sam: string; readonly badge: string };

async function enrolSam({ enrolment }: Ward): Promise<Sam> {
  const done = await enrolment.enrol({ given: 'Sam', initial: 'Q', language: null }, { number: number(), proof: aes }, pin(), 'test');
  if (done.kind !== 'enrolled') throw new Error(done.kind);
  return { sam: done.subscriber.id, badge: done.badge };
}

const meanwhile: readonly (readonly [string, (ward: Ward, who: Sam) => unknown, TapReason])[] = [
  ['nothing else happens', () => undefined, 'asked'],
  ['she is revoked', ({ enrolment }, { sam }) => enrolment.revokePerson(sam, 'test'), 'revoked'],
  ['her badge is revoked', ({ enrolment }, { badge }) => enrolment.revokeBadge(badge, 'test'), 'revoked'],
  [
    'her badge is revoked and becomes a colleague’s',
    ({ enrolment }, { badge }) => {
      enrolment.revokeBadge(badge, 'test');
      return enrolment.enrol({ given: 'Ana', initial: 'K', language: null }, { number: number(), proof: aes }, pin(), 'test');
    },
    'goneTooSoon',
  ],
];
for (const [what, happens, reason] of meanwhile) {
  test(`${what} while her card is answering: ${reason}`, async () => {
    await using ward = await startWard();
    const who = await enrolSam(ward);
    ward.hear({ kind: 'arrived', reader: 'R', presentation: 1, at: ward.agent.clock.now() });
    ward.hear({ kind: 'read', reader: 'R', presentation: 1, atr, uid: number(), transmit: silent, at: ward.agent.clock.now() });
    await happens(ward, who);
    ward.answered({ kind: 'proved' });
    assert.equal(await ward.reason(1), reason);
  });
}

test('a command waits for a badge: somebody’s own is handed over once its proof is done, for one voice at a time', async () => {
  await using ward = await startWard();
  await enrolSam(ward);
  const said: string[] = [];
  ward.agent.intake.capture(
    ({ uid }) => said.push(`handed over, ${uid?.length} bytes of UID, first ${uid?.[0]}`),
    () => said.push('refused'),
  );
  ward.hear({ kind: 'arrived', reader: 'R', presentation: 1, at: ward.agent.clock.now() });
  ward.hear({ kind: 'read', reader: 'R', presentation: 1, atr, uid: number(), transmit: silent, at: ward.agent.clock.now() });
  await turn();
  said.push('proved');
  ward.answered({ kind: 'proved' });
  assert.equal(await ward.reason(1), 'asked');
  assert.deepEqual(said, ['proved', 'handed over, 7 bytes of UID, first 4']);
});

for (const [what, transmit, reason] of [
  ['leaves before it says whose it is', silent, 'unreadable'],
  ['is nobody’s', async () => Uint8Array.of(0x6a, 0x82), 'unusable'],
] as const satisfies readonly (readonly [string, Transmit, TapReason])[]) {
  test(`a card that shows another UID at each tap and ${what}: ${reason}`, async () => {
    await using ward = await startWard();
    ward.hear({ kind: 'arrived', reader: 'R', presentation: 1, at: ward.agent.clock.now() });
    ward.hear({ kind: 'read', reader: 'R', presentation: 1, atr, uid: Uint8Array.of(8, 1, 2, 3), transmit, at: ward.agent.clock.now() });
    assert.equal(await ward.reason(1), reason);
  });
}

test('two that hold one security key answer at the same moment: the first is believed, the other is a copy', async () => {
  await using ward = await startWard();
  const { agent, enrolment } = ward;
  const { store } = agent.durable;
  const { sam } = await enrolSam(ward);
  if (store === null) throw new Error('no store');
  const { prover, appraiser } = createProofs({ store, clock: agent.clock, policy: () => defaultPolicy, natives: cards, wall: Date.now, diagnose: () => undefined });
  const key = softwareKey();
  const appraised = await appraiser.appraise({ uid: key.uid(), transmit: async (command) => key.respond(command) }, { as: 'fido', person: sam });
  if (appraised.kind !== 'again') throw new Error(appraised.kind);
  key.powered();
  const found = await appraised.check({ uid: key.uid(), transmit: async (command) => key.respond(command) });
  if (found.kind !== 'badge') throw new Error(found.kind);
  assert.equal(enrolment.addBadge(sam, found.badge, 'test').kind, 'enrolled');
  const holder = store.findByBadge(key.uid());
  assert.ok(holder);
  // The copy has everything of the genuine one, its counter too; both have answered before either is judged.
  const { counter } = key.authenticator;
  const [one, both] = [Promise.withResolvers<undefined>(), Promise.withResolvers<undefined>()];
  let answers = 0;
  const oneOfTwo: Transmit = async (command) => {
    const isSelect = command[1] === 0xa4;
    if (isSelect) key.powered();
    key.authenticator.counter = counter;
    const response = key.respond(command);
    if (isSelect) return response;
    (++answers === 1 ? one : both).resolve(undefined);
    await both.promise;
    return response;
  };
  const first = prover.prove(holder, oneOfTwo);
  await one.promise;
  const second = prover.prove(holder, oneOfTwo);
  assert.deepEqual(
    (await Promise.all([first, second])).map(({ proof }) => proof),
    [{ kind: 'proved' }, { kind: 'unproved', because: 'cloned' }],
  );
});
