/** A way to make a SessionController comes in; the one body of tests that every controller must pass goes out. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Clock, SessionController } from '../../core/ports.ts';
import type { Grant, Snapshot } from '../../core/types.ts';

export type SessionHarness = {
  readonly clock: Clock;
  readonly make: () => Promise<SessionController>;
  /** Two subscribers that this controller could open sessions for. */
  readonly people: readonly [string, string];
  /** As for `test`: why it cannot be run here. */
  readonly skip?: false | string;
};

let number = 0;
const grant = (subscriber: string, intent: Grant['intent'], snapshot: Snapshot, clock: Clock, more: Partial<Grant> = {}): Grant => ({
  id: `contract-${++number}`,
  subscriber,
  intent,
  seq: snapshot.seq,
  expiresAt: clock.now() + 30_000,
  ...more,
});

export function sessionControllerContract(name: string, { clock, make, people: [one, two], skip = false }: SessionHarness): void {
  const it = (what: string, body: (c: SessionController) => Promise<void>): void => {
    test(`${name}: ${what}`, { skip }, async () => {
      await using controller = await make();
      await body(controller);
    });
  };
  const signIn = async (c: SessionController, who: string): Promise<void> => {
    const outcome = await c.open(grant(who, 'signIn', await c.snapshot(), clock));
    assert.equal(outcome.kind, 'done');
  };

  it('opens nobody before a grant', async (c) => {
    const { active } = await c.snapshot();
    assert.ok(active === null || active.lock === 'locked');
  });
  it('signs in: confirmed as active, unlocked and that person’s', async (c) => {
    const outcome = await c.open(grant(one, 'signIn', await c.snapshot(), clock));
    assert.ok(outcome.kind === 'done' && outcome.session !== null);
    assert.deepEqual([outcome.session.subscriber, outcome.session.state, outcome.session.lock], [one, 'active', 'unlocked']);
    assert.deepEqual((await c.snapshot()).active, outcome.session);
  });
  it('a lock is done only when the snapshot says locked', async (c) => {
    await signIn(c, one);
    assert.equal((await c.lock('tapOut', false)).kind, 'done');
    assert.equal((await c.snapshot()).active?.lock, 'locked');
  });
  it('locks what is locked, and what was never open', async (c) => {
    assert.equal((await c.lock('start', false)).kind, 'done');
    assert.equal((await c.lock('start', true)).kind, 'done');
  });
  it('unlocks the same session again', async (c) => {
    await signIn(c, one);
    const key = (await c.snapshot()).active?.key;
    await c.lock('tapOut', false);
    const outcome = await c.open(grant(one, 'unlock', await c.snapshot(), clock));
    assert.deepEqual(outcome.kind === 'done' && outcome.session?.key, key);
  });
  it('switches: the displaced session stays, locked, in the background', async (c) => {
    await signIn(c, one);
    const key = (await c.snapshot()).active?.key;
    await signIn(c, two);
    const displaced = (await c.snapshot()).sessions.find((s) => s.subscriber === one);
    assert.deepEqual([displaced?.key, displaced?.state, displaced?.lock], [key, 'background', 'locked']);
    const back = await c.open(grant(one, 'switch', await c.snapshot(), clock));
    assert.deepEqual(back.kind === 'done' && back.session?.key, key);
    assert.equal((await c.snapshot()).sessions.filter((s) => s.lock === 'unlocked').length, 1);
  });
  it('refuses a grant used twice, expired, for an older snapshot, or for a session that is not there', async (c) => {
    const used = grant(one, 'signIn', await c.snapshot(), clock);
    await c.open(used);
    await c.lock('tapOut', false);
    const now = await c.snapshot();
    for (const [what, bad] of [
      ['used', { ...used, seq: now.seq }],
      ['expired', grant(one, 'unlock', now, clock, { expiresAt: clock.now() })],
      ['an older snapshot', grant(one, 'unlock', now, clock, { seq: now.seq - 1 })],
      ['no session', grant(two, 'switch', now, clock)],
      ['not the one shown', grant(two, 'unlock', now, clock)],
    ] as const) {
      const outcome = await c.open(bad);
      assert.deepEqual([outcome.kind, outcome.kind === 'failed' && outcome.screen], ['failed', 'locked'], what);
      assert.notEqual((await c.snapshot()).active?.lock, 'unlocked', what);
    }
  });
  it('signs out one session and no other; a vanished one is refused', async (c) => {
    await signIn(c, one);
    const first = (await c.snapshot()).active;
    await signIn(c, two);
    assert.ok(first !== null);
    assert.equal((await c.signOut(first.key)).kind, 'done');
    assert.deepEqual(
      (await c.snapshot()).sessions.map((s) => s.subscriber),
      [two],
    );
    const again = await c.signOut(first.key);
    assert.ok(again.kind === 'failed' && again.code === 'vanished');
  });
  it('a new session under an old name is told apart by its epoch', async (c) => {
    await signIn(c, one);
    const before = (await c.snapshot()).active;
    assert.ok(before !== null);
    await c.signOut(before.key);
    await signIn(c, one);
    assert.notDeepEqual((await c.snapshot()).active?.key, before.key);
  });
  it('reports every change, with a rising number', async (c) => {
    const seen: Snapshot[] = [];
    c.watch((snapshot) => seen.push(snapshot));
    await signIn(c, one);
    await c.lock('tapOut', false);
    assert.deepEqual(
      seen.map((s) => s.active?.lock),
      ['unlocked', 'locked'],
    );
    assert.ok((seen[1]?.seq ?? 0) > (seen[0]?.seq ?? 0));
  });
}
