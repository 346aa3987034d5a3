/** A service's umask and accounts that come and go come in; the doors there are, with their rights, and what IT is told of one that cannot be opened, is tested. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { openPamDoors, type PamDoors } from '../../agent/pam/doors.ts';
import { defaultPolicy } from '../../core/policy.ts';
import { createClock } from '../../native/clock/clock.ts';
import { createOffers } from '../../native/session/offers.ts';
import { need } from '../needs.ts';

const skip = need('linux');
const rightsOf = (path: string): number => statSync(path).mode & 0o777;

function place(t: TestContext): { readonly dir: string; readonly told: string[]; readonly open: () => Promise<PamDoors> } {
  const dir = mkdtempSync(join(tmpdir(), 'tapward-doors-'));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  const told: string[] = [];
  const unused = (): never => assert.fail('nobody asks');
  const queue = { state: unused, begin: unused, dispatch: unused, crash: unused, stop: unused };
  const agent = { queue, faces: { connect: unused, publish: unused, send: unused }, gesture: unused, policy: () => defaultPolicy };
  return {
    dir,
    told,
    open: () =>
      openPamDoors({
        dir,
        agent,
        offers: createOffers(createClock()),
        accounts: { accountOf: unused, subscriberOf: unused },
        peerOf: unused,
        sessionOf: unused,
        now: unused,
        heard: unused,
        opened: unused,
        diagnose: (id) => void told.push(id),
      }),
  };
}

test('under the service’s umask, root’s door is root’s and lockers pass through to theirs', { skip }, async (t) => {
  const { dir, told, open } = place(t);
  const before = process.umask(0o077);
  t.after(() => process.umask(before));
  await using doors = await open();
  await Promise.all([doors.admit(4001, 'alice'), doors.admit(4001, 'alice'), doors.admit(4002, 'bob')]);
  assert.equal(rightsOf(join(dir, 'pam.sock')), 0o600);
  assert.equal(rightsOf(join(dir, 'locker')), 0o755);
  for (const uid of [4001, 4002]) assert.equal(rightsOf(join(dir, 'locker', `${uid}.sock`)), 0o666);
  await doors.dismiss(4001);
  assert.equal(existsSync(join(dir, 'locker', '4001.sock')), false);
  await doors.admit(4001, 'alice');
  assert.equal(existsSync(join(dir, 'locker', '4001.sock')), true);
  // And at once, while the door before is still closing.
  await Promise.all([doors.dismiss(4001), doors.admit(4001, 'alice')]);
  assert.equal(existsSync(join(dir, 'locker', '4001.sock')), true);
  assert.deepEqual(told, []);
});

test('a door that cannot be opened is told, and the others open', { skip }, async (t) => {
  const { dir, told, open } = place(t);
  // A folder where the socket should be, which nobody takes away.
  mkdirSync(join(dir, 'pam.sock', 'kept'), { recursive: true });
  await using doors = await open();
  await doors.admit(4001, 'alice');
  assert.deepEqual(told, ['TW1901']);
  assert.equal(existsSync(join(dir, 'locker', '4001.sock')), true);
});
