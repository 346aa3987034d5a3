/** The rights of a file, as Windows writes them down (SDDL), come in; whether anybody but the system and its administrators may change it goes out. */

/** SYSTEM, the administrators, TrustedInstaller. */
const trusted = ['SY', 'S-1-5-18', 'BA', 'S-1-5-32-544', 'S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464'] as const;
export const trustedOwners: ReadonlySet<string> = new Set(trusted);

/** FILE_WRITE_DATA, _APPEND_DATA, _WRITE_EA, _DELETE_CHILD, _WRITE_ATTRIBUTES, DELETE, WRITE_DAC, WRITE_OWNER, GENERIC_ALL, GENERIC_WRITE. */
const changing = 0x2 | 0x4 | 0x10 | 0x40 | 0x100 | 0x1_0000 | 0x4_0000 | 0x8_0000 | 0x1000_0000 | 0x4000_0000;
/** The words that SDDL has for rights of files. One that is not here counts as one that changes. */
const harmless: ReadonlySet<string> = new Set(['FR', 'FX', 'GR', 'GX', 'RC', 'LC', 'LO', 'RP', 'CC']);

/** `O:…D:…` of one file or folder. Anything that is not understood counts as a right to change. */
export function isTrustedAlone(sddl: string, owners: ReadonlySet<string> = trustedOwners): boolean {
  const [, owner = ''] = /^O:(S-[\d-]+|[A-Z]{2})/.exec(sddl) ?? [];
  const [, list = null] = /D:([A-Z]*(?:\([^()]*\))*)$/.exec(sddl) ?? [];
  // No list at all, or one that nobody wrote, lets everybody in.
  if (!owners.has(owner) || list === null || /NO_ACCESS_CONTROL/.test(list) || !list.includes('(')) return false;
  return [...list.matchAll(/\(([^()]*)\)/g)].every(([, entry = '']) => {
    const [kind, flags = '', rights = '', , , who = ''] = entry.split(';');
    if (kind === 'D' || owners.has(who)) return true;
    // Of what is made in it, which has a list of its own.
    if (kind === 'A' && flags.includes('IO')) return true;
    return kind === 'A' && !mayChange(rights);
  });
}

function mayChange(rights: string): boolean {
  if (/^0x[\da-f]{1,8}$/i.test(rights)) return (Number(rights) & changing) !== 0 || Number(rights) > 0x7fff_ffff;
  return rights.length % 2 !== 0 || (rights.match(/../g) ?? []).some((word) => !harmless.has(word));
}
