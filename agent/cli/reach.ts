/** A station's folder comes in; a way to ask the station goes out: its running agent, or its store opened for this one command. */
import { hostname } from 'node:os';
import { identify } from '../../core/card.ts';
import type { Policy } from '../../core/policy.ts';
import type { ReaderServiceCause } from '../../core/types.ts';
import { connectDoor } from '../admin/client.ts';
import type { Ask, News } from '../admin/contract.ts';
import { refused } from '../admin/contract.ts';
import { type Administered, createConversation } from '../admin/conversation.ts';
import type { Waiting } from '../admin/holding.ts';
import { noReader, rulesOf } from '../admin/station.ts';
import { recordReview } from '../emergency/review.ts';
import { createEnrolment } from '../enrolment.ts';
import { createCodes } from '../forms/codes.ts';
import { createTries } from '../forms/tries.ts';
import { createStationGroup } from '../group/group.ts';
import type { Captured } from '../intake.ts';
import { publicJwk } from '../step-up/statement.ts';
import { type Durable, openDurable } from '../store/durable.ts';
import { ownAll } from '../store/owner.ts';
import type { Tools } from './command.ts';
import { isStation, modeOf, noStation } from './place.ts';
import { faultsIn, policyHere } from './policy-here.ts';

export type Reached = { readonly kind: 'agent' | 'store'; readonly ask: Ask; readonly close: () => void } | { readonly kind: 'none'; readonly why: string };

/** The agent where it runs: a second holder of the store or of a reader would disturb it. */
export async function reach(dir: string, tools: Tools): Promise<Reached> {
  const door = await connectDoor(dir);
  if (door.kind === 'barred') return { kind: 'none', why: door.why };
  if (door.kind === 'connected') return { kind: 'agent', ask: door.ask, close: door.close };
  if (!isStation(dir)) return { kind: 'none', why: noStation(dir) };
  return openHere(dir, tools);
}

function openHere(dir: string, tools: Tools): Reached {
  const mode = modeOf(dir);
  const policy = policyOf(dir, mode, tools);
  if (typeof policy === 'string') return { kind: 'none', why: policy };
  const { holder, counter } = tools.keys(dir, mode);
  const durable = openDurable({ dir, holder, counter, clock: tools.clock, mode, ...(mode === 'installed' && { machine: { marks: tools.machine(), trusted: false } }) });
  if (durable.kind === 'inUse') return { kind: 'none', why: 'An agent holds the store, but its door does not open: restart the agent.' };
  if (durable.degraded !== null) {
    close(durable);
    return { kind: 'none', why: durable.degraded.detail };
  }
  const conversation = createConversation(administer(durable, policy, tools), tools.account());
  return {
    kind: 'store',
    ask: conversation.ask,
    close: () => {
      conversation[Symbol.dispose]();
      close(durable);
    },
  };
}

/** As the agent would take it at its next start. */
function policyOf(dir: string, mode: 'evaluation' | 'installed', tools: Tools): Policy | string {
  const here = policyHere(dir, mode, hostname(), tools);
  return here.standing === 'defaults' ? faultsIn(here).join(' ') : here.judged.resolveOn(hostname()).policy;
}

/** A ledger may have gone on in a new file, which root's command must not keep from the agent. */
function close({ dir, store, ledger, startKey }: Durable): void {
  ledger?.[Symbol.dispose]();
  store?.[Symbol.dispose]();
  startKey?.fill(0);
  ownAll(dir);
}

function administer(durable: Durable, policy: Policy, tools: Tools): Administered {
  const { store, ledger } = durable;
  const { clock } = tools;
  const at = (): number => clock.now();
  return {
    enrolment: store === null || ledger === null ? null : createEnrolment({ store, ledger, policy: () => policy, at }),
    codes:
      store === null || ledger === null
        ? null
        : createCodes({ store, ledger, tries: createTries({ store, clock, policy: () => policy }), policy: () => policy, clock, wall: Date.now }),
    group: store === null || ledger === null ? null : createStationGroup({ store, ledger }),
    appraiser: null,
    binder: null,
    degraded: () => null,
    rules: () => rulesOf(policy),
    holderOf: (uid) => {
      const holder = store?.findByBadge(uid) ?? null;
      return holder === null || holder.revoked ? null : holder.subscriber.id;
    },
    capture: (captured, hear) => capture(tools, captured, hear),
    stepUpKey: () => store && publicJwk(store.statementKey),
    registerKey: null,
    checkpoint: () => ledger?.checkpoint() ?? null,
    policy: null,
    review: (review) => recordReview(review, durable),
    outlook: () => ({ kind: 'outlook', windows: [], taps: [] }),
    status: () => refused('unavailable', 'The agent does not run: start it.'),
    revoked: () => undefined,
    pinReset: () => undefined,
    roleChanged: () => undefined,
    broken: () => undefined,
  };
}

/** A reader of our own for the moment: there is no agent that could have one. */
function capture(tools: Tools, captured: (card: Captured) => void, hear: (news: News) => void): Waiting {
  let presentation = 0;
  let readers = 0;
  let cause: ReaderServiceCause | null = null;
  const reader = tools.reader(() => ++presentation);
  const ready = reader
    .start((event) => {
      switch (event.kind) {
        case 'readerFound':
          readers++;
          return;
        case 'readerLost':
          readers--;
          return;
        case 'service':
          ({ cause } = event);
          return;
        case 'unreadable':
          return hear({ kind: 'noBadge', because: 'unreadable' });
        case 'read':
          if (identify(event.atr, event.uid).kind === 'identifier') return captured({ uid: Uint8Array.from(event.uid), transmit: event.transmit });
          return hear({ kind: 'noBadge', because: 'unusable' });
        case 'arrived':
        case 'gone':
          return;
        default:
          return event satisfies never;
      }
    })
    .then(() => (readers > 0 ? null : noReader(cause)));
  return { ready, stop: () => void reader[Symbol.asyncDispose]() };
}
