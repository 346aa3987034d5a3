/** A policy comes in; a whole station goes out, in Chromium with virtual authenticators, at which keys are registered, touched and lied about. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { CDPSession, Page } from 'playwright-core';
import type { News, Reply } from '../../agent/admin/contract.ts';
import { createConversation } from '../../agent/admin/conversation.ts';
import { administer } from '../../agent/admin/station.ts';
import { readEntries } from '../../agent/ledger/reading.ts';
import { ledgerDir } from '../../agent/store/durable.ts';
import type { Ceremony, ToFace } from '../../core/bridge.ts';
import type { Entry } from '../../core/entry.ts';
import type { Policy } from '../../core/policy.ts';
import type { State } from '../../core/types.ts';
import { type Person, startWardStation, type WardStation } from '../e2e/station.ts';
import { need } from '../needs.ts';

export const skip = need('linux', 'pcscd', 'compiler', 'namespaces', 'chromium');

export type VirtualKey = { readonly transport?: 'usb' | 'nfc' | 'internal'; readonly verifies?: boolean; readonly resident?: boolean; readonly touched?: boolean };
/** As CDP's WebAuthn.Credential has it. */
export type Credential = { readonly credentialId: string; readonly signCount: number; readonly isResidentCredential: boolean; readonly [more: string]: unknown };
export type Key = {
  readonly credentials: () => Promise<readonly Credential[]>;
  readonly holds: (credential: Credential) => Promise<void>;
  /** Whether its user would pass its own check. */
  readonly verified: (passes: boolean) => Promise<void>;
  /** Whether a hand touches it when it asks. */
  readonly touched: (is: boolean) => Promise<void>;
  readonly away: () => Promise<void>;
};
export type KeyStation = WardStation & {
  readonly cdp: CDPSession;
  readonly key: (key?: VirtualKey) => Promise<Key>;
  /** By an administrator, with her at the screen: signed in before, confirmed by her PIN. */
  readonly register: (who: Person, hear?: (news: News) => void) => Promise<Reply>;
  readonly ask: (person: string) => Promise<Reply>;
  readonly lock: () => Promise<void>;
  /** From the idle screen to the ceremony. */
  readonly useKey: () => Promise<void>;
  readonly until: (what: string, when: (state: State) => boolean) => Promise<State>;
  readonly entries: () => readonly Entry[];
  readonly ceremonies: readonly Ceremony[];
  readonly person: (who: Person) => string;
};

export const virtualKey = async (cdp: CDPSession, { transport = 'usb', verifies = true, resident = verifies, touched = true }: VirtualKey = {}): Promise<Key> => {
  const { authenticatorId } = await cdp.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      ctap2Version: 'ctap2_1',
      transport,
      hasResidentKey: resident,
      hasUserVerification: verifies,
      isUserVerified: verifies,
      automaticPresenceSimulation: touched,
    },
  });
  return {
    credentials: async () => (await cdp.send('WebAuthn.getCredentials', { authenticatorId })).credentials as unknown as readonly Credential[],
    holds: async (credential) => void (await cdp.send('WebAuthn.addCredential', { authenticatorId, credential: credential as never })),
    verified: async (isUserVerified) => void (await cdp.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified })),
    touched: async (enabled) => void (await cdp.send('WebAuthn.setAutomaticPresenceSimulation', { authenticatorId, enabled })),
    away: async () => void (await cdp.send('WebAuthn.removeVirtualAuthenticator', { authenticatorId })),
  };
};

/** A page without this would wait for a real key for ever. */
export async function withKeys(page: Page): Promise<CDPSession> {
  const cdp = await page.context().newCDPSession(page);
  await cdp.send('WebAuthn.enable', { enableUI: false });
  return cdp;
}

export async function startKeyStation(policy: Partial<Policy> = {}): Promise<KeyStation> {
  const station = await startWardStation({ securityKeys: 'on', sameBadgeAfter: 0, keepAfterOpen: 0, ...policy }, [1]);
  const { page, evaluation } = station;
  const { agent } = evaluation;
  const cdp = await withKeys(page);
  const conversation = createConversation(
    administer(agent, () => []),
    'test',
  );
  const ceremonies: Ceremony[] = [];
  agent.faces.connect((message: ToFace) => message.kind === 'ceremony' && ceremonies.push(message));
  const until: KeyStation['until'] = async (what, when) => {
    for (let i = 0; i < 500; i++) {
      if (when(agent.queue.state())) return agent.queue.state();
      await sleep(20);
    }
    throw new Error(`never: ${what}; ${JSON.stringify(agent.queue.state().claim)} at ${JSON.stringify(agent.queue.state().desk.kind)}`);
  };
  const person = (who: Person): string => {
    const found = agent.enrolment?.people().find(({ subscriber }) => subscriber.given === who.given);
    assert.ok(found);
    return found.subscriber.id;
  };
  return {
    ...station,
    cdp,
    until,
    ceremonies,
    person,
    key: (key) => virtualKey(cdp, key),
    ask: (id) => conversation.ask({ ask: 'registerKey', person: id }),
    register: async (who, hear) => {
      if (agent.queue.state().desk.kind !== 'open') await station.signIn(who);
      const reply = conversation.ask({ ask: 'registerKey', person: person(who) }, hear === undefined ? {} : { hear });
      await until('she is asked to confirm', ({ claim }) => claim.kind === 'pin' && claim.ask !== null);
      await station.shows('pin');
      await station.press(who.pin);
      return reply;
    },
    lock: async () => {
      agent.gesture({ kind: 'lockNow' });
      await until('locked', ({ desk, claim }) => desk.kind === 'locked' && claim.kind === 'none');
      await station.shows('idle');
    },
    useKey: async () => {
      await page.click('section[data-section="idle"] [data-do="otherWay"]');
      await page.click('section[data-section="otherWay"] [data-do="useKey"]');
    },
    entries: () => [...readEntries(ledgerDir(join(station.dir, 'station')))].map(({ entry }) => entry),
    [Symbol.asyncDispose]: async () => {
      conversation[Symbol.dispose]();
      await station[Symbol.asyncDispose]();
    },
  };
}
