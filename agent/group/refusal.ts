/** A reason why a station group's matter was not done comes in; one clear sentence saying what to do goes out. */
import type { BundleFault } from './bundle.ts';

export type GroupRefusal = {
  readonly kind: 'groupRefusal';
  readonly because:
    | BundleFault
    | 'noGroup'
    | 'inGroup'
    | 'hasPeople'
    | 'mayNotInvite'
    | 'mayNotExport'
    | 'notInvitation'
    | 'mistypedCode'
    | 'wrongCode'
    | 'expired'
    | 'own'
    | 'older'
    | 'same'
    | 'twins'
    | 'foreignPeople'
    | 'busy'
    | 'nobody';
};

export const groupRefusal = (because: GroupRefusal['because']): GroupRefusal => ({ kind: 'groupRefusal', because });

const words: Readonly<Record<GroupRefusal['because'], string>> = {
  notBundle: 'This is no bundle of people: take the file that `tapward people export` wrote.',
  newer: 'This bundle was made by another version: bring both stations to the same one.',
  cutShort: 'The bundle is cut short: copy the file again.',
  changed: 'The bundle was changed since it was made: take it from the exporting station again.',
  otherGroup: 'The bundle is of another station group: take one of this group’s (`tapward group`).',
  notVouched: 'The bundle was signed by a station that this group does not vouch for: find out where it came from, and export it anew.',
  noGroup: 'This station is in no group: make one with `tapward group create`, or join one with `tapward group join`.',
  inGroup: 'This station is in a group already: `tapward group` shows it.',
  hasPeople: 'People were enrolled at this station, and only a new one can join: make it the first of a group (`tapward group create`), or set it up anew.',
  mayNotInvite: 'This station only imports: invite at one that may export (`tapward group`).',
  mayNotExport: 'This station only imports: export at one that may, or let it join anew with an invitation made with --may export.',
  notInvitation: 'This is no invitation: take the file that `tapward group invite` wrote.',
  mistypedCode: 'The code is mistyped: it has 44 digits, as `tapward group invite` wrote them.',
  wrongCode: 'The code is not this invitation’s, or its file was changed: take both as `tapward group invite` wrote them.',
  expired: 'The invitation has run out, or this computer’s clock is wrong: invite anew.',
  own: 'This station made the bundle itself: import it at the others.',
  older: 'The bundle is older than what was imported of that station already: export a new one.',
  same: 'This bundle was imported already: export a new one.',
  twins:
    'Two stations export under one identity, so one is a copy of the other, or it was set back (`tapward roll-back`): set a copy up anew with `tapward setup --new-identity`, and export again.',
  foreignPeople: 'The bundle holds what this station cannot use: bring both stations to the same version, and export it anew.',
  busy: 'People are being carried or changed right now: try again in a moment.',
  nobody: 'Nobody is enrolled here, so there is nobody to export: run tapward enrol.',
};

export const groupSentence = ({ because }: GroupRefusal): string => words[because];
