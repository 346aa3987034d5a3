/** The options of a command about provable badges come in; the site's keys, read from their files, go out, or one sentence why not. The caller overwrites them. */
import type { CardMasterKey } from '../../../native/desfire/card-key.ts';
import type { Site } from '../../../native/desfire/diversification.ts';
import type { Rules } from '../../admin/contract.ts';
import { type Answer, sorry } from '../answer.ts';
import type { Options, Tools } from '../command.ts';

/** What tells the badges of one site key's sites apart; the same at every station. */
const usualSystem = 'Tapward';
/** Keys are diversified by it, so it goes by bytes: NXP AN10922 leaves 19 of them. */
const systemForm = /^[ -~]{1,19}$/;
const wrong = (why: string): Answer => sorry({ because: 'wrong', why });

/** null: all that can be seen without a file or a station is right. */
export function wrongOptions(options: Options): Answer | null {
  if (options['site-key'] === undefined) return wrong('Name the file of the site key with --site-key; `tapward site-key create` makes one.');
  if (!systemForm.test(options.system ?? usualSystem)) return wrong('--system takes 1 to 19 letters, digits or signs of ASCII: the same at every station of the site.');
  const version = options['key-version'];
  if (version !== undefined && keyVersionIn(version) === null) return wrong('--key-version takes a whole number from 1 to 255.');
  if (options['card-key'] !== undefined && options['leave-card-key'] === true) return wrong('Give --card-key or --leave-card-key, not both.');
  return null;
}

/** 1 to 255; null: not one of them. */
export function keyVersionIn(text: string | undefined): number | null {
  const version = text !== undefined && /^\d{1,3}$/.test(text) ? Number(text) : 0;
  return version >= 1 && version <= 255 ? version : null;
}

/** `masterKey` is the caller's to overwrite. */
export function siteIn(path: string | undefined, { system = usualSystem }: Options, { badges }: Tools, rules: Rules): Site | Answer {
  const held = badges.loadSiteKey(path ?? '');
  if (held.kind !== 'held') return sorry({ because: 'refused', why: held.why });
  return { masterKey: held.key, aid: Uint8Array.from(Buffer.from(rules.desfireAid, 'hex')), systemId: Uint8Array.from(Buffer.from(system, 'latin1')) };
}

/** As delivered, unless the options say otherwise. Its key is the caller's to overwrite. */
export function cardKeyIn(options: Options, { badges }: Tools): CardMasterKey | Answer {
  const path = options['card-key'];
  if (options['leave-card-key'] === true) return { kind: 'unknown' };
  if (path === undefined) return { kind: 'factory' };
  const held = badges.loadSiteKey(path, 'card master key');
  return held.kind === 'held' ? { kind: 'aes', key: held.key } : sorry({ because: 'refused', why: held.why });
}
