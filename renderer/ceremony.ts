/** The agent's ceremonies come in, one at a time; a security key's response to each goes out, or that there is none. The page believes nothing and keeps nothing of it. */
import { startAuthentication, startRegistration, WebAuthnAbortService } from '@simplewebauthn/browser';
import type { Bridge, Ceremony, ToFace } from '../core/bridge.ts';

export type Ceremonies = {
  readonly hear: (message: Extract<ToFace, { kind: 'ceremony' | 'ceremonyEnd' }>) => void;
  /** The agent is away: nobody waits for an answer. */
  readonly end: () => void;
};

export function startCeremonies({ answer }: Pick<Bridge, 'answer'>): Ceremonies {
  let held: number | null = null;
  let tail: Promise<void> = Promise.resolve();

  const end = (): void => {
    held = null;
    WebAuthnAbortService.cancelCeremony();
  };
  const begin = ({ id, what, options }: Ceremony): void => {
    end();
    held = id;
    // A browser refuses a second request until it has let go of the first.
    tail = tail.then(async () => {
      if (held !== id) return;
      const json = await respond(what, options);
      if (held !== id) return;
      held = null;
      answer({ id, json });
    });
  };
  return { hear: (message) => (message.kind === 'ceremony' ? begin(message) : message.id === held ? end() : undefined), end };
}

/** null whatever the cause: which one it was is nobody's business but the person's, who stands there. */
async function respond(what: Ceremony['what'], options: string): Promise<string | null> {
  try {
    const optionsJSON = JSON.parse(options) as never;
    return JSON.stringify(await (what === 'get' ? startAuthentication({ optionsJSON }) : startRegistration({ optionsJSON })));
  } catch {
    return null;
  }
}
