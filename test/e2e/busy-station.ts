/** A folder comes in; an agent lives a busy minute in it, as fast as it can, and says on standard output what it has acknowledged, until it is killed. */
import { setTimeout as sleep } from 'node:timers/promises';
import { startAgent } from '../../agent/agent.ts';
import { byUid } from '../../agent/enrolment.ts';
import { demoPeople, digitsOf } from '../../agent/evaluation/people.ts';
import { createTrayReader, type TrayReader } from '../../agent/evaluation/tray-reader.ts';
import { openDurable } from '../../agent/store/durable.ts';
import { defaultPolicy } from '../../core/policy.ts';
import type { SessionController } from '../../core/ports.ts';
import { createClock } from '../../native/clock/clock.ts';
import { chooseKeys } from '../../native/keys/choice.ts';
import { createEmbedded } from '../../native/session/embedded.ts';
import { headlessFace } from './headless.ts';

const [dir = ''] = process.argv.slice(2);
const say = (line: object): void => void process.stdout.write(`${JSON.stringify(line)}\n`);
const clock = createClock();
const durable = openDurable({ dir, ...chooseKeys(dir, 'evaluation'), clock, mode: 'evaluation' });
if (durable.kind === 'inUse') throw new Error('the killed one still holds the store');
const startKey = durable.startKey?.toString('base64url') ?? null;

// An OS takes its time to open; a kill must be able to fall between a permit and its outcome.
const embedded = createEmbedded(clock);
const slow: SessionController = {
  ...embedded,
  open: (grant) => {
    // The parent holds every opening that reached the OS to a permit in the ledger.
    say({ opening: grant.id });
    return sleep(40).then(() => embedded.open(grant));
  },
};

let tray: TrayReader | null = null;
const agent = await startAgent({
  mode: 'evaluation',
  version: '0.0.0',
  clock,
  durable,
  diagnose: () => undefined,
  policy: () => ({ ...defaultPolicy, sameBadgeAfter: 0, takeOver: 'switch', blockAfter: 1_000_000, triesBeforeWait: 1_000_000 }),
  sessions: slow,
  readers: (next) => [(tray = createTrayReader(clock, next, () => undefined))],
});
const { enrolment, queue } = agent;
const reader = tray as TrayReader | null;
if (enrolment === null || reader === null) throw new Error(`degraded: ${agent.durable.degraded?.detail}`);
const face = headlessFace(agent);
const first = face.frame().view.screen.kind;
say({ startKey, health: queue.state().health.kind, first, desk: queue.state().desk.kind, people: enrolment.people().length, unfinished: durable.unfinished.map((p) => p.grant) });

const acknowledge = (): void => say({ entries: agent.durable.ledger?.count, people: enrolment.people().length });
const uidOf = (i: number): Uint8Array => Uint8Array.of(0x04, 0x77, i >> 16, i >> 8, i, 0x01, 0x02);

// One of the demo people taps in, sometimes with a wrong PIN; now and then somebody is enrolled.
for (let i = enrolment.people().length; ; i++) {
  if (enrolment.people().length < 5 || i % 7 === 0) {
    const n = enrolment.people().length;
    const known = demoPeople[n];
    const enrolled = await enrolment.enrol(
      { given: known?.given ?? 'Extra', initial: known?.initial ?? 'X', language: null },
      byUid(known === undefined ? uidOf(n) : Uint8Array.from(Buffer.from(known.uid, 'hex'))),
      digitsOf(known?.pin ?? '482915'),
      'screen',
    );
    if (enrolled.kind !== 'enrolled') throw new Error(`not enrolled: ${enrolled.kind}`);
    acknowledge();
    continue;
  }
  const who = demoPeople[i % 5] as (typeof demoPeople)[number];
  reader.place({ id: who.uid, label: who.given, uid: () => Uint8Array.from(Buffer.from(who.uid, 'hex')) }, false);
  await face.until('the PIN', (v) => v.screen.kind === 'pin' && v.screen.person.given === who.given);
  reader.lift();
  if (i % 3 === 0) {
    face.type('190357');
    await face.until('a wrong PIN', (v) => v.screen.kind === 'pin' && v.screen.remark?.kind === 'wrong');
  }
  face.type(who.pin);
  await face.until('the open desk', (v) => v.screen.kind === 'open');
  acknowledge();
  if (i % 2 === 0) face.do('lockNow');
}
