/** One administrator's requests come in one after another; each gets its answer, and a badge that was held to a reader in between is kept no longer than the conversation. */
import type { BadgeId, SubscriberId } from '../../core/types.ts';
import type { Review } from '../emergency/review.ts';
import type { Enrolment, Refusal } from '../enrolment.ts';
import type { Codes } from '../forms/codes.ts';
import type { StationGroup } from '../group/group.ts';
import type { Checkpoint } from '../ledger/proofs.ts';
import type { Appraiser } from '../proofs/appraisal.ts';
import type { Binder } from '../proofs/binding.ts';
import type { PublicJwk } from '../step-up/statement.ts';
import type { Registrar } from '../webauthn/key-registration.ts';
import { type Change, createAtReader, refusal } from './at-reader.ts';
import { createCarrying } from './carrying.ts';
import { type Ask, type News, peoplePerLine, type Refused, type Reply, type Request, type Rules, refused, type Status } from './contract.ts';
import type { Capture } from './holding.ts';

export type Outlook = Extract<Reply, { kind: 'outlook' }>;

/** What commands act on: a running agent's parts, or those of a store opened for the moment. */
export type Administered = {
  /** null: the station is degraded, and `degraded` says why in one sentence. */
  readonly enrolment: Enrolment | null;
  readonly degraded: () => string | null;
  /** null: as above. */
  readonly codes: Codes | null;
  /** null: as above. */
  readonly group: StationGroup | null;
  readonly rules: () => Rules;
  /** The person whose unrevoked badge this is. */
  readonly holderOf: (uid: Uint8Array) => SubscriberId | null;
  /** null: nothing here can make a badge prove anything. */
  readonly appraiser: Appraiser | null;
  /** null: as above. */
  readonly binder: Binder | null;
  /** The next badge of a reader, one of `own`'s without its being a tap; null: somebody else waits for one already. Its UID belongs to the one called. */
  readonly capture: Capture;
  /** What applications verify statements with. */
  readonly stepUpKey: () => PublicJwk | null;
  /** null: no screen where a security key could be registered. */
  readonly registerKey: Registrar | null;
  readonly checkpoint: () => Checkpoint | null;
  /** null: this station reads its policy once. */
  readonly policy: { readonly show: (role: string | null) => Reply; readonly reload: () => Reply } | null;
  /** Durable when it returns; throws where it could not be made so. */
  readonly review: (review: Review) => Reply;
  readonly outlook: (subscriber: SubscriberId) => Outlook;
  readonly status: () => Status | Refused;
  /** This person may no longer be signed in; `badge`: not by this badge of hers. */
  readonly revoked: (subscriber: SubscriberId, badge: BadgeId | null) => void;
  /** What she may do as this role is over. */
  readonly roleChanged: (subscriber: SubscriberId) => void;
  /** What this person's old PIN began is over. */
  readonly pinReset: (subscriber: SubscriberId) => void;
  /** Store or ledger could not be written. */
  readonly broken: (why: unknown) => void;
};
export type Conversation = Disposable & { readonly ask: Ask };

/** `actor`: who asks, as the ledger names them. */
export function createConversation(station: Administered, actor: string): Conversation {
  const change: Change = async (act) => {
    const { enrolment } = station;
    const fault = station.degraded();
    if (fault !== null || enrolment === null) return refused('unavailable', fault ?? 'The station is degraded: look with `tapward doctor`.');
    try {
      const answer = await act(enrolment);
      return isReply(answer) ? answer : refusal(answer);
    } catch (why) {
      station.broken(why);
      return refused('unavailable', 'The station could not write this down and has locked: look with `tapward doctor`.');
    }
  };

  const atReader = createAtReader(station, actor, change);
  const carrying =
    station.group &&
    createCarrying({
      group: station.group,
      actor,
      applied: ({ revoked: gone, roleChanged, pinChanged }) => {
        for (const { subscriber, badge } of gone) station.revoked(subscriber, badge);
        for (const subscriber of roleChanged) station.roleChanged(subscriber);
        for (const subscriber of pinChanged) station.pinReset(subscriber);
      },
    });
  const answer = (request: Request, pin: Uint8Array, hear: (news: News) => void): Promise<Reply> => {
    switch (request.ask) {
      case 'status':
        return Promise.resolve(station.status());
      case 'rules':
        return change(() => ({ kind: 'rules', ...station.rules() }));
      case 'people':
        return change((enrolment) => {
          const all = enrolment.people();
          for (let i = 0; i < all.length; i += peoplePerLine) hear({ kind: 'people', people: all.slice(i, i + peoplePerLine) });
          return { kind: 'listed', count: all.length };
        });
      case 'badges':
        return change((enrolment) => {
          const all = enrolment.badges();
          for (let i = 0; i < all.length; i += peoplePerLine) hear({ kind: 'badges', badges: all.slice(i, i + peoplePerLine) });
          return { kind: 'listed', count: all.length };
        });
      case 'badge':
        return change(() => atReader.badge(request, pin, hear));
      case 'bindKey':
        return change(() => atReader.bindKey(request, pin, hear));
      case 'apdu':
        return atReader.exchange(request.command);
      case 'made':
        return change(() => atReader.made(request.aes, hear));
      case 'enrol':
        return atReader.withNew((enrolment, kept) => enrolment.enrol(request, kept, pin, actor));
      case 'addBadge':
        return atReader.withNew((enrolment, kept) => enrolment.addBadge(request.person, kept, actor));
      case 'replaceBadge':
        return atReader.withNew((enrolment, kept) => {
          const done = enrolment.replaceBadge(request.badge, kept, actor);
          if (done.kind === 'enrolled') station.revoked(done.subscriber.id, request.badge);
          return done;
        });
      case 'retireBadges':
        return change((enrolment) => {
          const gone = enrolment.retireBadges(actor);
          for (const { badge, subscriber } of gone) station.revoked(subscriber, badge);
          return { kind: 'listed', count: gone.length };
        });
      case 'addPerson':
        return change((enrolment) => enrolment.addPerson(request, actor));
      case 'setPerson':
        return change((enrolment) => {
          const done = enrolment.setDetails(request.person, request, actor);
          if (done.kind !== 'done') return done;
          if (done.roleChanged) station.roleChanged(done.subscriber);
          return { kind: 'done', subscriber: done.subscriber };
        });
      case 'issueCode':
        return change(async () => {
          if (station.codes === null) return refused('unavailable', 'The station is degraded: look with `tapward doctor`.');
          const issued = await station.codes.issue({ ...request, subscriber: request.person, hours: request.hours ?? shiftHours }, pin, actor);
          return issued.kind === 'done' ? { ...issued, kind: 'issued' } : issued;
        });
      case 'registerKey':
        return atReader.registerKey(request.person, hear);
      case 'revokePerson':
        return change((enrolment) => revoked(request.person, null, enrolment.revokePerson(request.person, actor)));
      case 'revokeBadge':
        return change((enrolment) => {
          const done = enrolment.revokeBadge(request.badge, actor);
          return done.kind === 'done' ? revoked(done.subscriber, request.badge, done) : done;
        });
      case 'resetPin':
        return change(async (enrolment) => {
          const done = await enrolment.resetPin(request.person, pin, actor);
          if (done.kind !== 'done') return done;
          station.pinReset(request.person);
          return { kind: 'done', subscriber: request.person };
        });
      case 'reviewEmergency':
        return change(() => station.review({ number: request.emergency, statement: request.statement, actor }));
      case 'outlook':
        return Promise.resolve(station.outlook(request.person));
      case 'stepUpKey': {
        const key = station.stepUpKey();
        return Promise.resolve(key === null ? refused('unavailable', 'The store is not open: look with `tapward doctor`.') : { kind: 'stepUpKey', key });
      }
      case 'group':
      case 'createGroup':
      case 'invite':
      case 'joinGroup':
      case 'exportPeople':
      case 'bundlePart':
      case 'sendPart':
      case 'importPeople':
        return change(() => carrying?.answer(request, pin, hear) ?? refused('unavailable', 'The station is degraded: look with `tapward doctor`.'));
      case 'checkpoint': {
        const checkpoint = station.checkpoint();
        return Promise.resolve(checkpoint === null ? refused('unavailable', 'The ledger is not open: look with `tapward doctor`.') : { kind: 'checkpoint', checkpoint });
      }
      case 'policy':
        return Promise.resolve(station.policy?.show(request.role) ?? readOnce);
      case 'reloadPolicy':
        return Promise.resolve(station.policy?.reload() ?? readOnce);
      default:
        return request satisfies never;
    }
  };
  /** Whoever is signed in as this person is locked out now, not at the next tap. */
  const revoked = (subscriber: SubscriberId, badge: BadgeId | null, done: { readonly kind: 'done' } | Refusal): Reply | Refusal => {
    if (done.kind !== 'done') return done;
    station.revoked(subscriber, badge);
    return { kind: 'done', subscriber };
  };

  return {
    ask: async (request, { pin = new Uint8Array(), hear = () => undefined } = {}) => {
      try {
        return await answer(request, pin, hear);
      } finally {
        pin.fill(0);
      }
    },
    [Symbol.dispose]: () => {
      atReader[Symbol.dispose]();
      carrying?.[Symbol.dispose]();
    },
  };
}

const readOnce = refused('unavailable', 'This agent reads its policy when it starts: restart it.');

/** A shift code lasts so long unless the help desk says otherwise. */
const shiftHours = 12;

const isReply = (answer: Reply | Refusal): answer is Reply => replyKinds.has(answer.kind);
const replyKinds: ReadonlySet<string> = new Set<Reply['kind']>([
  'status',
  'rules',
  'listed',
  'badge',
  'open',
  'apdu',
  'stepUpKey',
  'enrolled',
  'issued',
  'done',
  'reviewed',
  'outlook',
  'checkpoint',
  'policy',
  'reloaded',
  'refused',
  'groupState',
  'invited',
  'exported',
  'part',
  'imported',
]);
