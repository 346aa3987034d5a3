/** A security key's own PIN is given at its enrolment and typed at a tap; the agent's whole memory is searched for it afterwards. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { connectDoor } from '../../agent/admin/client.ts';
import type { News } from '../../agent/admin/contract.ts';
import { softwareKey } from '../cards/fido/key.ts';
import { need } from '../needs.ts';
import { inField } from '../virtual-reader/card.ts';
import { startStand } from '../virtual-reader/stand.ts';
import { assertForgotten, randomPin, start } from './remembered.ts';

const skip = need('linux', 'pcscd', 'compiler', 'namespaces') || (process.getuid?.() !== 0 && 'needs root to read the memory of a process');

test('after an enrolment, a sharing and an opening, the key’s PIN stands nowhere in the agent’s memory, nor what is as good as it', { skip }, async (t) => {
  const dir = mkdtempSync(join(tmpdir(), 'tapward-memory-'));
  t.after(() => rmSync(dir, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 }));
  await using stand = await startStand({ readers: [1] });
  const pin = randomPin();
  const key = softwareKey({ uid: '04f1d0c0ffee01', pin: pin.join('') });
  const { child, answer } = start(t, 'held-key-pin.ts', JSON.stringify({ dir: join(dir, 'station'), pcscEnv: stand.env }));
  const person = await answer();
  const door = await connectDoor(join(dir, 'station'));
  assert.ok(door.kind === 'connected');
  const hold = {
    pin: () => Uint8Array.from(pin),
    hear: (news: News) => {
      if (news.kind === 'waiting') stand.insert(1, inField(key));
      if (news.kind === 'again') void lift().then(() => stand.insert(1, inField(key)));
    },
  };
  const lift = async (): Promise<void> => {
    stand.remove(1);
    await sleep(1_200);
  };
  const held = await door.ask({ ask: 'badge', seconds: 20, as: 'fido', person }, { pin: hold.pin(), hear: hold.hear });
  assert.deepEqual(held, { kind: 'badge', grade: 'fido' });
  await lift();
  const added = await door.ask({ ask: 'addBadge', person });
  assert.ok(added.kind === 'enrolled');
  assert.deepEqual(await door.ask({ ask: 'bindKey', seconds: 20, person, badge: added.badge }, { pin: hold.pin(), hear: hold.hear }), { kind: 'done', subscriber: person });
  await lift();
  stand.insert(1, inField(key));
  child.stdin?.write(' ');
  assert.equal(await answer(), 'asked');
  const said: string[] = [];
  for (const digit of pin) {
    child.stdin?.write(String(digit));
    said.push(await answer());
  }
  assert.equal(said.at(-1), 'opened');
  const digest = createHash('sha256').update(pin.join('')).digest();
  // What the key compares: whoever has it needs no PIN (CTAP 2.1 §6.5.5.7).
  assertForgotten(child, 'held-key-pin.ts', pin, {
    'its hash': digest.subarray(0, 16),
    'the rest of its digest': digest.subarray(16),
    'the start of a request': Buffer.from(pin.slice(0, 8).join(',')),
    'the end of a request': Buffer.from(pin.slice(-8).join(',')),
  });
});
