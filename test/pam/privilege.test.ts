/** A live grant and a badge in the field come in; that real su, sudo and polkit's helper get nothing of either is tested, whatever the policy says. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parsePolicy } from '../../agent/policy-file.ts';
import { need, polkitHelper } from '../needs.ts';
import { grantFor, openStand, pinOf } from './stand.ts';

const skip = need('linux', 'root', 'pamStack', 'privilege');
const held = (promise: Promise<{ readonly kind: string }>): Promise<string> => Promise.race([promise.then(({ kind }) => kind), Promise.resolve('held')]);

for (const [service, command, input] of [
  ['su', ['su', 'alice', '-c', 'id -un'], ''],
  ['su-l', ['su', '-l', 'alice', '-c', 'id -un'], ''],
  // Asks for the password of whoever runs it.
  ['sudo', ['sudo', '-S', '-k', 'id', '-un'], ''],
  ['polkit-1', [polkitHelper, 'alice'], '0-made-up-cookie\n'],
] as const) {
  test(`${command[0]} (${service}): refused with a live grant, and with a badge in the field`, { skip }, async () => {
    await using stand = await openStand({ services: [service, 'lightdm'] });
    const as = service === 'sudo' ? 'alice' : 'bob';
    const grant = stand.offers.offer(grantFor('s-alice', stand.clock), { account: 'alice', session: null });
    const withGrant = await stand.exec(command, { as, input });
    assert.doesNotMatch(withGrant.said, /^(alice|root)$|SUCCESS/m);
    if (service === 'polkit-1') assert.match(withGrant.said, /FAILURE/);
    assert.notEqual(withGrant.code, 0, withGrant.said);
    assert.equal(await held(grant), 'held', 'nothing was redeemed');
    assert.equal(stand.noted[0], `The PAM service "${service}" was refused: a tap does not stand in for a password there.`);

    stand.offers.revoke();
    stand.asks(pinOf('alice'));
    const withBadge = await stand.exec(command, { as, input: `${input}123456\n` });
    assert.notEqual(withBadge.code, 0, withBadge.said);
    assert.doesNotMatch(withBadge.said, /Badge PIN/);
    assert.deepEqual(stand.gestures, []);

    // The control: the same stack lets in once the module says so, and the same grant is good at the greeter.
    stand.asks({ kind: 'none' });
    void stand.offers.offer(grantFor('s-alice', stand.clock), { account: 'alice', session: null });
    assert.equal((await stand.pamtester('lightdm', 'alice')).code, 0);
  });
}

test('su and sudo would be let in by this stack, if the agent were another', { skip }, async () => {
  await using stand = await openStand();
  for (const service of ['su', 'sudo']) stand.stack(service, ['auth sufficient pam_permit.so', 'account required pam_permit.so', 'session optional pam_permit.so']);
  assert.match((await stand.exec(['su', 'alice', '-c', 'id -un'], { as: 'bob' })).said, /^alice$/m);
  assert.match((await stand.exec(['sudo', '-S', '-k', 'id', '-un'], { as: 'alice' })).said, /^root$/m);
});

test('a policy that names such a service is refused in one sentence each', () => {
  const site = { mode: 'installed', stationName: 'Ward 7' } as const;
  const read = parsePolicy(JSON.stringify({ pamServices: ['lightdm', 'sudo', 'SSHD', 'polkit-1'] }), site);
  const say = (service: string): string =>
    `"pamServices" must not name "${service}": a tap proves who stands at the screen, not what runs in the session or comes over the network; take it out.`;
  assert.equal(read.kind, 'refused');
  const said = read.kind === 'refused' ? read.faults.join('\n') : '';
  for (const service of ['sudo', 'SSHD', 'polkit-1']) assert.ok(said.includes(say(service)), said);
  assert.ok(!said.includes('lightdm'));
  assert.equal(parsePolicy(JSON.stringify({ pamServices: ['lightdm', 'my-dm'] }), site).kind, 'policy');
  assert.equal(parsePolicy(JSON.stringify({ pamServices: ['../sudo'] }), site).kind, 'refused');
});
