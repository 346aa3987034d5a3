/** Settings come in as the one argument; a real evaluation agent without window runs here, does what its parent says over IPC, and ends with it. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Evaluation, startEvaluation } from '../../agent/evaluation/evaluation.ts';
import type { KeyboardHold } from '../../core/face-link.ts';
import { defaultPolicy, type Policy } from '../../core/policy.ts';
import type { Screen } from '../../core/view.ts';
import { headlessFace } from '../e2e/headless.ts';

export type AgentSettings = { readonly dir: string; readonly policy: Partial<Policy>; readonly tray: boolean; readonly pcscEnv: Readonly<Record<string, string>> };
export type Wish =
  | { readonly do: 'place'; readonly uid: string }
  | { readonly do: 'lift' | 'plug' | 'unplug' | 'stop' | 'break' }
  | { readonly do: 'type'; readonly pin: string }
  | { readonly do: 'gesture'; readonly kind: 'switch' | 'notNow' | 'cancel' | 'help' | 'testReader' | 'back' | 'lockNow' | 'key' | 'addBadge' | 'enterCode' | 'newPin' }
  | { readonly do: 'until'; readonly screen: Screen['kind'] }
  /** Something typed step by step, at this step. */
  | { readonly do: 'untilStep'; readonly step: string }
  /** The PIN screen after a wrong one. */
  | { readonly do: 'untilWrong'; readonly left: number }
  /** A face says so of the keyboard, until the agent knows it. */
  | { readonly do: 'keyboard'; readonly hold: KeyboardHold }
  /** The ledger's start key, which only the first run has. */
  | { readonly do: 'startKey' }
  /** The agent did nothing else for so many milliseconds at most, since the last time this was asked. */
  | { readonly do: 'longestPause' };

const settings = JSON.parse(process.argv[2] ?? '{}') as AgentSettings;
const station: Evaluation = await startEvaluation({ ...settings, version: '0.0.0', policy: { ...defaultPolicy, ...settings.policy }, fresh: false, say: () => undefined });
const face = headlessFace(station.agent);

async function grant(wish: Wish): Promise<string | null> {
  switch (wish.do) {
    case 'place':
      station.tray().place({ id: wish.uid, label: '', uid: () => Uint8Array.from(Buffer.from(wish.uid, 'hex')) }, false);
      return null;
    case 'lift':
    case 'plug':
    case 'unplug':
      station.tray()[wish.do]();
      return null;
    case 'type':
      face.type(wish.pin);
      return null;
    case 'gesture':
      face.do(wish.kind);
      return null;
    case 'until':
      await face.until(wish.screen, (view) => view.screen.kind === wish.screen);
      return null;
    case 'untilStep':
      await face.until(wish.step, ({ screen }) => screen.kind === 'form' && screen.step === wish.step && screen.checkingSince === null);
      return null;
    case 'untilWrong':
      await face.until(`${wish.left} tries left`, ({ screen }) => screen.kind === 'pin' && screen.remark?.kind === 'wrong' && screen.remark.left === wish.left);
      return null;
    case 'keyboard':
      for (station.agent.keyboard.said(face, wish.hold); station.agent.keyboard.now() !== wish.hold; ) await sleep(50);
      return null;
    case 'startKey':
      return station.startKey;
    case 'longestPause':
      throw new Error('an evaluation does not measure');
    case 'break':
      station.agent.queue.crash(new Error('broken by the test'));
      return null;
    case 'stop':
      await station.stop('told to');
      process.disconnect();
      return null;
    default:
      return wish satisfies never;
  }
}

process.on('message', ({ n, wish }: { readonly n: number; readonly wish: Wish }) => {
  grant(wish).then(
    (said) => process.connected && process.send?.({ n, said }),
    (why: unknown) => process.send?.({ n, failed: String(why) }),
  );
});
process.once('disconnect', () => process.exit());
process.send?.({ n: 0, said: 'ready' });
