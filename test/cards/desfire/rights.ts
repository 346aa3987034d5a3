/** An application, who is authenticated, and what is asked come in; whether it is allowed goes out: the key settings and access rights of DESFire. */
import type { CommMode } from './channel.ts';
import type { Application, File } from './memory.ts';

/** Bits of the key settings. */
export const bit = { masterKeyChangeable: 1, freeListing: 2, freeCreating: 4, settingsChangeable: 8 } as const;

export const isMaster = (keyNo: number | null): boolean => keyNo === 0;
export const mayList = ({ settings }: Application, keyNo: number | null): boolean => (settings & bit.freeListing) !== 0 || isMaster(keyNo);
export const mayCreate = ({ settings }: Application, keyNo: number | null): boolean => (settings & bit.freeCreating) !== 0 || isMaster(keyNo);
export const mayChangeSettings = ({ settings }: Application, keyNo: number | null): boolean => (settings & bit.settingsChangeable) !== 0 && isMaster(keyNo);

/** Which key is needed for `changed`: the master key for itself, else as the upper half of the settings says. */
export function mayChangeKey({ settings }: Application, keyNo: number | null, changed: number): boolean {
  if (changed === 0) return isMaster(keyNo) && (settings & bit.masterKeyChangeable) !== 0;
  const rule = settings >> 4;
  if (rule === 0xf) return false;
  return rule === 0xe ? keyNo === changed : keyNo === rule;
}

/** The mode in which a file is open to this key; by everyone's right alone it is plain. null: not at all. */
export function access(file: File, keyNo: number | null, how: 'read' | 'write'): CommMode | null {
  const rights = [how === 'read' ? file.rights >> 12 : (file.rights >> 8) & 0xf, (file.rights >> 4) & 0xf];
  if (keyNo !== null && rights.includes(keyNo)) return file.comm === 0x03 ? 'full' : file.comm === 0x01 ? 'mac' : 'plain';
  return rights.includes(0xe) ? 'plain' : null;
}
