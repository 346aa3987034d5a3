/** Readers’ names come in, which a site may have changed; each one’s maker and kind of slot go out as Facts, under the pseudonym it has in the ledger’s entries. */
import type { ReaderName } from '../../core/types.ts';
import type { EntryFacts } from './entries.ts';
import { type Fact, word } from './fact.ts';

const makers = [
  'ACS',
  'OMNIKEY',
  'HID',
  'Identiv',
  'SCM',
  'Elatec',
  'rf IDEAS',
  'Gemalto',
  'Thales',
  'Cherry',
  'Yubico',
  'Feitian',
  'NXP',
  'Sony',
  'Alcor',
  'Broadcom',
  'Virtual',
  'Tray',
] as const;
const slots = ['PICC', 'CL', 'SAM', 'ICC', 'Contactless', 'Contact', 'NFC'] as const;

const namedIn = (name: string, list: readonly string[]): readonly Fact[] => {
  const words = name.toLowerCase().split(/[^a-z]+/);
  return list.filter((known) => (known.includes(' ') ? name.toLowerCase().includes(known.toLowerCase()) : words.includes(known.toLowerCase()))).map((known) => word(list, known));
};

export const readerFacts = (names: readonly ReaderName[], { reader }: EntryFacts): Fact =>
  names.map((name) => ({ reader: reader(name), maker: namedIn(name, makers), slot: namedIn(name, slots) }));
