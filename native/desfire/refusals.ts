/** Why a card is not made into a badge comes in, the one sentence that says so and what to do goes out. */
import type { Fault } from './exchange.ts';
import type { NotProvable } from './version.ts';

export type Refusal =
  | NotProvable
  | 'noDesfire'
  | 'otherApplications'
  | 'unlistable'
  | 'hiddenUid'
  | 'cardKey'
  | 'noCreation'
  | 'noRoom'
  | 'notOurs'
  | 'otherSite'
  | 'otherLayout'
  | 'otherVersion'
  | 'randomNeedsKey'
  | 'unexpected';

/** `refused`: running it again with the same card changes nothing. `gone`: it will finish. */
export type Stopped = { readonly kind: 'refused'; readonly because: Refusal; readonly why: string } | { readonly kind: 'gone'; readonly why: string };

const sentences: Readonly<Record<Refusal, string>> = {
  noDesfire: 'This card does not know the commands of a MIFARE DESFire (a MIFARE Classic, a tag, a bank card): take a DESFire EV2 or EV3.',
  old: 'This is a DESFire older than EV2, which cannot prove itself the way stations ask: take a DESFire EV2 or EV3.',
  light: 'This is a DESFire Light, whose one application is fixed: take a DESFire EV2 or EV3.',
  emulation: 'This is a phone or a programmable card that acts as a DESFire, whose keys are not in a chip made for them: take a DESFire EV2 or EV3 card.',
  other: 'This chip is not one of the DESFire EV2 and EV3 that are known here: take a DESFire EV2 or EV3.',
  otherApplications: 'This badge carries applications of others (doors, canteen): take a blank one, or say that ours may stand beside them.',
  unlistable: 'This badge does not say which applications it carries: give its card master key, or say that ours may stand beside others.',
  hiddenUid: 'This badge hides its UID and is not of this site: give its card master key.',
  cardKey: 'The card master key of this badge is another than the one given: ask whoever issued it, or take a blank one.',
  noCreation: 'This badge lets only its card master key add an application: give that key.',
  noRoom: 'This badge has no room left for the application: take another one.',
  notOurs: 'This badge has no application of this site: personalise it first.',
  otherSite: 'This badge has an application of this number whose keys are not this site’s: use the site key it was made with, or take a blank one.',
  otherLayout: 'This badge has an application of this number that is laid out otherwise: use another AID, or take a blank one.',
  otherVersion: 'This badge holds another version of its key than the one named: name the version it has, or rotate its keys.',
  randomNeedsKey: 'Random UIDs are switched on with the card master key: give it, or leave the UID fixed.',
  unexpected: 'The card answered against its own protocol: try it once more, then take another card.',
};

export const refused = (because: Refusal): Stopped => ({ kind: 'refused', because, why: sentences[because] });

const gone: Stopped = { kind: 'gone', why: 'The badge left the reader before it was done: lay it back and run the same command again, which goes on where this one ended.' };

/** A fault that nothing above could explain. */
export const stopped = (fault: Fault): Stopped => (fault.kind === 'gone' ? gone : refused('unexpected'));
