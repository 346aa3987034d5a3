/** A running agent and Windows' host come in; the tile shows what the agent's screens say, and a PIN typed there goes to the core as gestures, while it is asked for and no longer. */
import type { ToFace } from '../../core/bridge.ts';
import { pinDigits } from '../../core/moves.ts';
import type { Outcome, SubscriberId } from '../../core/types.ts';
import type { View } from '../../core/view.ts';
import type { Host, TileScreen } from '../../native/session/windows/host.ts';
import type { Agent } from '../agent.ts';
import { endsPassword, tileName, tileScreen } from './tile.ts';

export type LogonScreen = Disposable & {
  /** For each opening that ended: after a password that is none or too old, her own is asked for. */
  readonly opened: (subscriber: SubscriberId, outcome: Outcome) => void;
};

type LogonScreenParts = {
  readonly agent: Pick<Agent, 'queue' | 'faces' | 'gesture' | 'policy' | 'clock' | 'durable'>;
  readonly host: Pick<Host, 'show' | 'hear' | 'hearPin' | 'changed'>;
};

/** One per agent, from its start to its stop. */
export function showLogonScreen({ agent, host }: LogonScreenParts): LogonScreen {
  let last: View | null = null;
  let told: string | null = null;
  let password: string | null = null;
  /** Between the digits of one PIN nothing is shown: a tile that is told of anything asks anew. */
  let isTyping = false;

  const show = (screen: TileScreen): void => {
    const now = JSON.stringify(screen);
    if (now === told) return;
    told = now;
    host.show(screen);
  };
  const look = (): void => {
    if (last === null || isTyping) return;
    if (endsPassword(last)) password = null;
    const screen = tileScreen(last, agent.clock.now(), password);
    if (screen !== null) show(screen);
  };
  const leave = agent.faces.connect((message: ToFace) => {
    if (message.kind !== 'frame') return;
    last = message.frame.view;
    // The same question again is news where an answer lay between: the tile waits for it.
    if (isChecking(last)) told = null;
    look();
  });
  host.changed((isHere) => {
    told = null;
    if (isHere) look();
  });
  host.hear(({ verb, fields: [, what] }) => {
    if (verb === 'TILE' && what !== 'gone') look();
    if (verb !== 'CANCEL') return;
    password = null;
    told = null;
    const { claim, desk } = agent.queue.state();
    // A tap that is being decided is not hers to cancel there, nor anything over open work.
    if (desk.kind !== 'open' && claim.kind !== 'none') agent.gesture({ kind: 'cancel' });
    look();
  });
  host.hearPin((_session, digits) => {
    const asked = agent.queue.state().claim;
    if (asked.kind !== 'pin' || asked.ask !== null || digits.length !== pinDigits(asked.tap, agent.policy())) return;
    isTyping = true;
    try {
      // What a face has begun is not continued here.
      agent.gesture({ kind: 'clear' });
      for (const digit of digits) {
        const { claim } = agent.queue.state();
        if (claim.kind !== 'pin' || claim.tap.attempt !== asked.tap.attempt) break;
        agent.gesture({ kind: 'digit', digit: digit - 0x30 });
      }
    } finally {
      isTyping = false;
    }
    look();
  });
  return {
    opened: (subscriber, outcome) => {
      if (outcome.kind !== 'failed' || outcome.code !== 'staleSecret') return;
      const person = agent.durable.store?.subscriber(subscriber) ?? null;
      password = person === null ? '' : tileName(person);
    },
    [Symbol.dispose]: leave,
  };
}

const isChecking = ({ screen }: View): boolean => (screen.kind === 'pin' || screen.kind === 'keyPin') && screen.checkingSince !== null;
