/** LightDM's own GTK greeter comes in, with a prompt that stands and is never asked anew; that a tap and Return, or a tap, its PIN and Return, open it, and that Return alone does not, is tested. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { need } from '../needs.ts';
import { judge, wrong } from './core.ts';
import { type Lightdm, startLightdm, until } from './lightdm.ts';
import { grantFor, openStand, pinOf, type Stand } from './stand.ts';

const skip = need('linux', 'root', 'pamStack', 'lightdm');

const gtk = (heard: string): string => `#!/bin/sh
export HOME=${heard}.home NO_AT_BRIDGE=1
mkdir -p "$HOME"
exec /usr/sbin/lightdm-gtk-greeter
`;

type Greeter = Lightdm & {
  /** Messages and prompts that it was given. */
  readonly prompts: () => number;
  /** Keys, and Return, again and again until then: what is pressed before it has drawn its prompt is lost. */
  readonly enter: (keys: readonly string[], done: () => boolean) => Promise<void>;
};

/** As `tapward pam enable lightdm` leaves the stack: she is selected, and a prompt stands. */
async function startGreeter(t: TestContext, stand: Stand): Promise<Greeter> {
  const { module } = stand;
  stand.stack('lightdm', [`auth sufficient ${module} ask`, 'auth required pam_unix.so nodelay', 'account required pam_permit.so', `session optional ${module}`]);
  const lightdm = await startLightdm(t, stand, gtk);
  const prompts = (): number => lightdm.log().split('Prompt greeter with').length - 1;
  await until('a prompt that stands', () => prompts() > 0, lightdm.log);
  const env = { DISPLAY: `:${lightdm.display}`, XAUTHORITY: join(lightdm.dir, 'run', 'root', `:${lightdm.display}`) };
  return {
    ...lightdm,
    prompts,
    enter: async (keys, done) => {
      for (let tries = 0; tries < 20; tries++) {
        const { code, said } = await stand.exec(['xdotool', 'key', 'ctrl+a', ...keys, 'Return'], { env });
        assert.equal(code, 0, said);
        for (let i = 0; i < 40; i++) {
          if (done()) return;
          await sleep(50);
        }
      }
      throw new Error(`not in time: ${lightdm.log()}`);
    },
  };
}

test('a prompt that stands: Return alone does not open, Return after a tap does', { skip, timeout: 90_000 }, async (t) => {
  await using stand = await openStand({ services: ['lightdm'] });
  const { prompts, enter, desks, log } = await startGreeter(t, stand);
  const stood = prompts();
  await enter([], () => prompts() > stood);
  assert.deepEqual(desks(), []);
  const held = stand.offers.offer(grantFor('s-alice', stand.clock, 30_000), { account: 'alice', session: null });
  await enter([], () => log().includes('Authenticate result for user alice: Success'));
  assert.deepEqual(await held, { kind: 'redeemed' });
  await until('her desktop', () => desks().length > 0, log);
  assert.deepEqual(desks(), ['alice']);
  assert.deepEqual(stand.opened, [], 'no password did it');
});

test('a tap, and its PIN in the field that stands there for a password: her desktop', { skip, timeout: 90_000 }, async (t) => {
  await using stand = await openStand({ services: ['lightdm'], core: judge('204681', wrong(4)) });
  const { enter, desks, log } = await startGreeter(t, stand);
  stand.asks(pinOf('alice'));
  await enter('204681'.split(''), () => stand.gestures.length > 0);
  await until('her desktop', () => desks().length > 0, log);
  assert.deepEqual(desks(), ['alice']);
  assert.deepEqual(
    stand.gestures.map((gesture) => (gesture.kind === 'digit' ? gesture.digit : gesture.kind)),
    ['clear', 2, 0, 4, 6, 8, 1],
  );
  assert.deepEqual(stand.opened, []);
});
