/** The address of a bus and two sessions come in as arguments; what logind lets this account do to them goes out as one line of JSON. */
import { connectBus } from '../../../native/dbus/bus.ts';
import { openLogin } from '../../../native/session/logind/login.ts';

const [, , address = '', one = '', two = ''] = process.argv;
await using bus = await connectBus(address);
const login = await openLogin(bus, () => undefined);
const allowed: Record<string, boolean | string> = {};
for (const [what, asked] of [
  ['lock', () => login.lock(one)],
  ['unlock', () => login.unlock(one)],
  ['activate', () => login.activate(two)],
  ['switchTo', () => login.switchTo('seat0', 9)],
  ['terminate', () => login.terminate(two)],
] as const) {
  const answer = await asked();
  allowed[what] = answer.kind === 'return' ? true : answer.name.replace(/.*\./, '');
}
const other = await bus.call({
  destination: 'org.freedesktop.login1',
  path: '/org/freedesktop/login1',
  interface: 'org.freedesktop.login1.Manager',
  member: 'SetWallMessage',
  signature: 'sb',
  args: ['x', true],
});
allowed['anything else'] = other.kind === 'return' ? true : other.name.replace(/.*\./, '');
process.stdout.write(`${JSON.stringify(allowed)}\n`);
