/** Bytes that the host carries between the agent and a session's programs, and the rights of hook files as Windows writes them, come in; that what is whole comes through, and that nothing else is believed, is tested. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { bodies, decodeFromFace, encodeFromFace, type FromFace, longestFromFace } from '../../core/face-link.ts';
import { hostLines, sayLines } from '../../core/host-link.ts';
import { asciiBytes, letterLine, longestLetter, readLetter } from '../../core/letters.ts';
import { isTrustedAlone } from '../../native/helper/windows/access.ts';
import { commandOf } from '../../native/helper/windows/hooks.ts';
import { createLineReader } from '../../native/session/windows/lines.ts';

test('a letter is RFC 4648’s base64 of its bytes, and only that is read', () => {
  for (let length = 0; length < 70; length++) {
    const bytes = randomBytes(length);
    const line = Buffer.from(letterLine(asciiBytes('SAY\t'), bytes));
    assert.equal(line.toString('latin1'), `SAY\t${bytes.toString('base64')}\n`);
    assert.deepEqual(Buffer.from(readLetter(line.subarray(4, -1)) ?? []), bytes);
  }
  for (const bad of ['A', 'AA', 'AAA', 'AA=A', 'A===', '====', 'AAA-', 'AA\n=', 'ÄAAA', 'A'.repeat(4 * Math.ceil((longestLetter + 1_500) / 3))])
    assert.equal(readLetter(Buffer.from(bad, 'latin1')), null, bad.slice(0, 8));
});

test('what a face says comes out of the agent’s pipe as it was said, a digit too, and is overwritten everywhere', () => {
  const said: readonly FromFace[] = [
    { kind: 'gesture', gesture: { kind: 'digit', digit: 7 } },
    { kind: 'beat', covers: true },
    { kind: 'key', answer: { id: 3, json: JSON.stringify({ a: 'x'.repeat(9_000) }) } },
  ];
  const heard: (FromFace | null)[] = [];
  const cut = bodies(longestFromFace, (body) => heard.push(decodeFromFace(body)));
  const seen: Uint8Array[] = [];
  const read = createLineReader({
    line: () => assert.fail('no letter is a line of text'),
    pin: () => undefined,
    letter: (from, session, bytes) => {
      assert.deepEqual([from, session], ['face', 2]);
      seen.push(bytes);
      assert.ok(cut(bytes));
    },
  });
  for (const message of said) {
    for (const line of sayLines(encodeFromFace(message))) {
      // As the host does: it adds the session, and looks at nothing.
      const carried = Buffer.concat([Buffer.from('SAY\t2\t'), Buffer.from(line).subarray(4)]);
      assert.ok(read(carried));
      assert.ok(carried.every((byte) => byte === 0));
    }
  }
  assert.deepEqual(heard, said);
  assert.ok(seen.every((bytes) => bytes.every((byte) => byte === 0)));
});

test('a program of a session hears READY, LOCK and letters, and leaves a host that says anything else', () => {
  const heard: string[] = [];
  const open = () => hostLines({ ready: () => heard.push('ready'), lock: () => heard.push('lock'), told: (bytes) => heard.push(Buffer.from(bytes).toString()) });
  const whole = `READY\tab.1\nLOCK\nTELL\t${Buffer.from('hello').toString('base64')}\n`;
  const hear = open();
  for (const byte of Buffer.from(whole)) assert.ok(hear(Buffer.of(byte)));
  assert.deepEqual(heard, ['ready', 'lock', 'hello']);
  for (const bad of ['READY\n', 'LOCK\t\n', 'TELL\n', 'TELL\tA\n', 'tell\tAAAA\n', '\n', `TELL\t${'A'.repeat(70_000)}`])
    assert.equal(open()(Buffer.from(bad)), false, bad.slice(0, 8));
});

test('only what administrators alone may change is a hook', () => {
  const [ours, users] = ['(A;;FA;;;SY)(A;;FA;;;BA)', '(A;;0x1200a9;;;BU)'];
  for (const good of [
    `O:BAG:BAD:P${ours}`,
    `O:SYG:SYD:${ours}${users}`,
    `O:S-1-5-18D:AI${ours}(A;ID;FRFX;;;BU)`,
    `O:BAD:${ours}(A;OICIIO;GA;;;CO)`,
    `O:BAD:${ours}(D;;FA;;;WD)`,
    `O:BAG:BAD:${ours}${users}(A;;GRGX;;;S-1-5-21-1-2-3-1001)`,
  ])
    assert.ok(isTrustedAlone(good), good);
  for (const bad of [
    '',
    'O:BA',
    'O:BAD:',
    'O:BAD:NO_ACCESS_CONTROL',
    `O:BUG:BAD:${ours}`,
    `O:S-1-5-21-1-2-3-1001D:${ours}`,
    `O:BAD:${ours}(A;;FA;;;BU)`,
    `O:BAD:${ours}(A;;0x1301bf;;;BU)`,
    `O:BAD:${ours}(A;;0x2;;;WD)`,
    `O:BAD:${ours}(A;;0x40000;;;AU)`,
    `O:BAD:${ours}(A;;FW;;;BU)`,
    `O:BAD:${ours}(A;;FRWD;;;BU)`,
    `O:BAD:${ours}(A;;GW;;;BU)`,
    `O:BAD:${ours}(A;;SD;;;BU)`,
    `O:BAD:${ours}(A;;DC;;;BU)`,
    `O:BAD:${ours}(XA;;FR;;;BU)`,
    `O:BAD:${ours}(A;;FRF;;;BU)`,
    `O:BAD:${ours}(A;;0xffffffff;;;BU)`,
    `O:BAD:${ours}(OA;;FA;;;BU)`,
    `O:BAD:${ours}junk`,
    `O:BAD:${ours}(A;;`,
  ])
    assert.ok(!isTrustedAlone(bad), bad);
});

test('a hook’s ending names the program that runs it', () => {
  assert.deepEqual(commandOf('C:\\h\\50-a.cmd', 'C:\\Windows\\system32').line, 'cmd.exe /d /s /c ""C:\\h\\50-a.cmd""');
  assert.deepEqual(commandOf('C:\\h\\50-a.exe', 'C:\\Windows\\system32'), { program: 'C:\\h\\50-a.exe', line: '"C:\\h\\50-a.exe"' });
  assert.match(commandOf('C:\\h\\50-a.ps1', 'C:\\Windows\\system32').line, /powershell\.exe" -NoLogo -NoProfile -NonInteractive -ExecutionPolicy Bypass -File "C:\\h\\50-a\.ps1"$/);
});
