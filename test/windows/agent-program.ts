/** The host’s pipe comes in; what the real controller makes of it on Node for Windows goes out, one line each, to the agent’s log. Bundled by the test, started by the host. */
import { createWindows } from '../../native/session/windows/controller.ts';
import { connectHost } from '../../native/session/windows/host.ts';

const host = connectHost();
const controller = await createWindows({
  clock: { now: () => performance.now() },
  accounts: { accountOf: (who) => `WARD\\${who}`, subscriberOf: () => null },
  host,
  shareOf: () => null,
  reconnect: 'off',
  endUnlocked: 'off',
  times: { lock: 500, disconnect: 500, logoff: 500, logon: 1_000, connect: 500 },
  diagnose: (text) => console.log(text),
});
console.log(`${process.platform} ${process.version} here ${host.isHere()} healthy ${(await controller.snapshot()).healthy}`);
const outcome = await controller.lock('start', false);
console.log(outcome.kind === 'done' ? 'done' : `${outcome.code} ${outcome.screen}`);
console.log('over');
setInterval(() => undefined, 1_000);
