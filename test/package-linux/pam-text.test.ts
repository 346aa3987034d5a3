/** PAM files of real Debian packages, whole and mutated, come in; that our lines go where they belong, leave without a trace, and never into a file that counts its lines is tested. */
import assert from 'node:assert/strict';
import { chmodSync, linkSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { disableService, enableService, services } from '../../agent/pam/stack-files.ts';
import { disabled, enabled, standingOf } from '../../agent/pam/stack-text.ts';

const folder = join(import.meta.dirname, 'pam.d');
const files = readdirSync(folder).map((name) => ({ name, text: readFileSync(join(folder, name), 'latin1') }));
const must = (text: string): string => {
  const made = enabled(text);
  assert.ok(made.kind === 'text', made.kind === 'refused' ? made.why : '');
  return made.text;
};

/** Where nobody is asked for a password there is nothing that a tap could stand in for; the last keeps people out after it. */
const without = new Set(['gdm-launch-environment', 'gdm-autologin', 'sddm-greeter', 'gdm-smartcard-sssd-or-password']);

for (const { name, text } of files) {
  test(`${name}: ${without.has(name) ? 'nothing is put in' : 'our line stands before the password, and leaves without a trace'}`, () => {
    if (without.has(name)) return assert.equal(enabled(text).kind, 'refused');
    const made = must(text);
    const lines = made.split('\n');
    const ours = lines.findIndex((line) => /^auth\s+include\s+tapward$/.test(line));
    assert.match(lines[ours + 1] ?? '', /common-auth|password-auth|login|pam_unix\.so|pam_sss\.so/);
    assert.ok(
      lines.slice(ours).every((line) => !/pam_nologin\.so|user != root/.test(line) || !line.startsWith('auth')),
      'what keeps people out stays before it',
    );
    const session = lines.findIndex((line) => /^session\s+include\s+tapward$/.test(line));
    if (/^@include\s+common-session\s*$|^session\s+include\s+password-auth/m.test(text)) assert.match(lines[session - 1] ?? '', /common-session|password-auth/);
    assert.equal(must(made), made, 'twice is once');
    assert.equal(disabled(made), text);
    assert.deepEqual([standingOf(text), standingOf(made)], ['off', 'on']);
  });
}

const line = fc.oneof(
  fc.constantFrom(
    ...files.flatMap(({ text }) => text.split('\n')),
    '',
    '  ',
    '\t# auth include tapward',
    '@include tapward-like',
    'auth [success=1 default=ignore] pam_x.so',
    'auth [success=2 \\',
    '  default=die] pam_y.so a=[b \\] c]',
    'session required pam_z.so # and words',
    '\u00e9 is no word of PAM',
    'auth\trequired pam_unix.so\r',
  ),
  fc.string({ maxLength: 30 }).map((text) => text.replaceAll('\n', ' ')),
);
test('whatever is in a file: without our lines it is what it was, with them once or twice the same, and a refusal changes nothing', () => {
  let put = 0;
  fc.assert(
    fc.property(
      fc.constantFrom(...files),
      fc.array(fc.tuple(fc.nat(60), fc.constantFrom('insert', 'drop', 'replace'), line), { maxLength: 8 }),
      fc.boolean(),
      ({ text }, edits, ends) => {
        const lines = text.split('\n');
        for (const [at, how, words] of edits) lines.splice(at % (lines.length + 1), how === 'insert' ? 0 : 1, ...(how === 'drop' ? [] : [words]));
        const made = lines.join('\n').replace(/\n$/, ends ? '\n' : '');
        if (standingOf(made) !== 'off') return;
        assert.equal(disabled(made), made, 'nothing of ours, nothing gone');
        const on = enabled(made);
        if (on.kind === 'refused') return;
        put++;
        assert.equal(disabled(on.text), made);
        assert.deepEqual(enabled(on.text), on);
        // What others wrote stands there still, in its order.
        assert.deepEqual(
          on.text.split('\n').filter((l) => !/^(auth|session)\s+include\s+tapward$/.test(l)),
          made.split('\n'),
        );
      },
    ),
    { numRuns: 3_000 },
  );
  assert.ok(put > 300, `only ${put} were taken`);
});

test('lines that are counted are never counted wrong', () => {
  const password = '@include common-auth\n';
  for (const [before, taken] of [
    ['auth [success=1 default=ignore] pam_a.so\nauth required pam_b.so\n', true],
    ['auth [success=2 default=ignore] pam_a.so\nauth required pam_b.so\n', false],
    ['auth [success=1 default=ignore] pam_a.so\n', false],
    ['auth [success=1 default=ignore] pam_a.so\n@include others\n', false],
    ['auth [default=die \\\n success=3] pam_a.so\nauth required pam_b.so\n', false],
    ['account [success=9 default=ignore] pam_a.so\n', true],
  ] as const)
    assert.equal(enabled(before + password).kind, taken ? 'text' : 'refused', before);
  assert.equal(enabled(`${password}session [success=1 default=ignore] pam_a.so\n@include common-session\n`).kind, 'refused');
});

test('what must succeed after the password is never skipped by a tap', () => {
  for (const [after, taken] of [
    ['auth required pam_google_authenticator.so\n', false],
    ['auth requisite pam_nologin.so\n', false],
    ['auth [success=ok default=die] pam_access.so\n', false],
    ['-auth optional pam_gnome_keyring.so\n', true],
    ['auth sufficient pam_sss.so\nauth required pam_deny.so\n', true],
    ['account required pam_access.so\n', true],
  ] as const)
    assert.equal(enabled(`auth sufficient pam_unix.so\n${after}`).kind, taken ? 'text' : 'refused', after);
});

test('what somebody wrote by hand is told, not doubled, and goes with the rest', () => {
  const text = '-auth sufficient /lib/security/pam_tapward.so agent=x\nauth \\\n  required pam_tapward.so\n@include common-auth\n@include tapward\n';
  assert.equal(standingOf(text), 'byHand');
  assert.equal(enabled(text).kind, 'refused');
  assert.equal(disabled(text), '@include common-auth\n');
});

test('files: their mode stays, a backup stands beside them meanwhile, and what is not plainly root’s own is left alone', () => {
  const dir = mkdtempSync(join(tmpdir(), 'tapward-pam-files-'));
  try {
    const at = (name: string): string => join(dir, name);
    const stack = 'auth required pam_env.so\n@include common-auth\n@include common-session\n';
    for (const name of [
      'lightdm',
      'kdm',
      'su',
      'sudo',
      'sudo-i',
      'sshd',
      'login',
      'cron',
      'polkit-1',
      'common-auth',
      'system-auth',
      'gdm-fingerprint',
      'xsecurelock',
      'odd',
      'open',
      'twice',
    ])
      writeFileSync(at(name), stack, { mode: 0o644 });
    assert.match(String((enableService('lightdm', dir) as { why?: string }).why), /is not there/, 'not without the file it includes');
    writeFileSync(at('tapward'), '');
    chmodSync(at('lightdm'), 0o640);
    const before = Object.fromEntries(readdirSync(dir).map((name) => [name, readFileSync(at(name), 'latin1')]));
    assert.deepEqual([enableService('lightdm', dir).kind, enableService('lightdm', dir).kind], ['changed', 'already']);
    assert.deepEqual(services(dir), [{ service: 'lightdm', standing: 'on' }]);
    assert.equal(statSync(at('lightdm')).mode & 0o777, 0o640);
    assert.equal(readFileSync(at('.lightdm.before-tapward'), 'latin1'), stack);
    for (const name of ['su', 'sudo', 'sudo-i', 'sshd', 'login', 'cron', 'polkit-1', 'common-auth', 'system-auth', 'xsecurelock', 'tapward', '../shadow', 'missing'])
      assert.equal(enableService(name, dir).kind, 'refused', name);
    symlinkSync('kdm', at('link'));
    linkSync(at('twice'), at('twin'));
    chmodSync(at('open'), 0o666);
    mkdirSync(at('folder'));
    writeFileSync(at('odd'), `${stack}\0`);
    for (const name of ['link', 'twice', 'open', 'folder', 'odd']) assert.equal(enableService(name, dir).kind, 'refused', name);
    // The administrator changes it meanwhile: that stays.
    writeFileSync(at('lightdm'), `# mine\n${readFileSync(at('lightdm'), 'latin1')}`);
    assert.deepEqual([disableService('lightdm', dir).kind, disableService('lightdm', dir).kind], ['changed', 'already']);
    assert.equal(readFileSync(at('lightdm'), 'latin1'), `# mine\n${stack}`);
    assert.deepEqual(
      readdirSync(dir).filter((name) => name.startsWith('.')),
      [],
    );
    for (const [name, text] of Object.entries(before).filter(([changed]) => !['lightdm', 'odd'].includes(changed))) assert.equal(readFileSync(at(name), 'latin1'), text, name);
  } finally {
    rmSync(dir, { recursive: true });
  }
});
