/** The story of a shift with provable badges, as a person starts it, held to what it promises. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { need } from '../needs.ts';

const left = (): readonly string[] => readdirSync(tmpdir()).filter((name) => name.startsWith('tapward-provable-'));

test('the shift plays to its end on real pcscd: copies are refused, and the ledger says what each open reached', {
  skip: need('linux', 'pcscd', 'compiler', 'namespaces', 'openssl'),
}, async () => {
  const before = left();
  const child = spawn(process.execPath, [join(import.meta.dirname, '../../build/start.ts'), '--demo', 'provable'], { stdio: ['ignore', 'pipe', 'inherit'] });
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (said += text));
  const [code] = (await once(child, 'close')) as [number | null];
  assert.equal(code, 0, said);
  const played = said.split('\n').flatMap((line) => / ms {2}(\S.*)$/.exec(line)?.[1] ?? []);
  const story = [
    /proves nothing is refused at enrolment/,
    /^Sam: a blank DESFire/,
    /^Omar: /,
    /^Ana: her PIV card/,
    /^Ana: a security key/,
    /^Sam taps and enters her PIN/,
    /by the tap alone/,
    /^Ana taps over and enters her PIN/,
    /^Sam taps over: .* tap alone/,
    /^Ana taps over: .* tap alone/,
    /^a copy of Sam’s UID: refused/,
    /own badge beside it/,
    /another key: refused/,
    /security key’s UID: refused/,
    /window is over: the PIN is asked/,
    /gets new keys/,
    /^Ana is revoked/,
    /^her PIV card: refused/,
    /^her security key: refused/,
  ];
  let from = 0;
  for (const line of story) {
    const at = played.findIndex((what, i) => i >= from && line.test(what));
    assert.ok(at >= from, `${line} is not told, or not in its place:\n${said}`);
    from = at + 1;
  }
  assert.match(said, / aes +yes +whoever opens this station +AAL2 +key version 2\n/);
  assert.match(said, / piv +no +nobody we know of +revoked /);
  assert.match(said, /\n {2}the ledger: 7 opens with badge and PIN at AAL2, 3 by a tap alone at AAL1, none by a UID\n/);
  assert.match(said, /\nDemo passed on pcscd \d[^\n]*\n$/);
  assert.deepEqual(left(), before);
});
