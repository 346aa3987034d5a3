/** The names of all slots that PC/SC lists come in, which of them hold badges goes out. A slot tells what it is only by its name. */
import type { SkipCause } from './reports.ts';

/** Parts of names, case-insensitive: slots to use although they look wrong, and slots to leave alone. `skip` is asked first. */
export type SlotPolicy = { readonly use: readonly string[]; readonly skip: readonly string[] };
export const noSlotPolicy: SlotPolicy = { use: [], skip: [] };

/** null: to be watched. */
export function whySkipped(name: string, all: readonly string[], policy: SlotPolicy = noSlotPolicy): SkipCause | null {
  const named = (parts: readonly string[]): boolean => parts.some((part) => part !== '' && name.toLowerCase().includes(part.toLowerCase()));
  if (named(policy.skip)) return 'byPolicy';
  if (named(policy.use)) return null;
  if (isSam(name)) return 'sam';
  if (isContactless(name)) return null;
  if (isToken(name)) return 'token';
  if (isContact(name) || hasContactlessTwin(name, all)) return 'contact';
  return null;
}

/** "ACR1252 Dual Reader SAM", "SpringCard CrazyWriter SAM A": a key store inside the reader. */
const isSam = (name: string): boolean => /\bSAM\b/i.test(name);
/** "PICC" (ISO 14443's word), "Contactless", "5422CL", "CL Reader", "NFC", "RFID". */
const isContactless = (name: string): boolean => /\bPICC\b|contactless|\d{3,}CL\b|\bCL\b|NFC|RFID/i.test(name);
/** A security key that is reader and card in one: the card is always there and is nobody's badge. */
const isToken = (name: string): boolean => /yubikey|nitrokey|solokey|token|crypto ?stick|gnuk/i.test(name);
/** "ICC", "Contact Reader", "Contacted SmartCard". */
const isContact = (name: string): boolean => /\bICC\b|\bcontact(ed)?\b/i.test(name);

/** "OMNIKEY 5422 Smartcard Reader" is the contact slot where "OMNIKEY 5422CL Smartcard Reader" stands beside it. */
function hasContactlessTwin(name: string, all: readonly string[]): boolean {
  return all.some((other) => other !== name && isContactless(other) && bare(other) === bare(name));
}

/** Without what tells two slots of one device apart: the words for contactless, PC/SC's numbers at the end. */
const bare = (name: string): string =>
  name
    .replace(/\bPICC\b|contactless|(?<=\d)CL\b|\bCL\b|NFC|RFID/gi, '')
    .replace(/(\s[0-9A-F]{1,2}){1,2}\s*$/i, '')
    .replace(/\s+/g, ' ')
    .trim();

export function skipInWords(why: SkipCause): string {
  switch (why) {
    case 'sam':
      return 'it is a slot for a key store inside the reader (SAM).';
    case 'contact':
      return 'it is a slot for contact cards.';
    case 'token':
      return 'it is a security key, not a reader.';
    case 'tooMany':
      return 'there are more readers than can be watched.';
    case 'byPolicy':
      return 'the settings say so.';
    default:
      return why satisfies never;
  }
}
