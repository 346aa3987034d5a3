/** Lines of the diagnosis come in and go on as before; the latest of those that an administrator should know of are remembered for `status` and `doctor`. */
import type { Diagnose, DiagnosticId } from '../diagnostics.ts';
import type { Note } from './contract.ts';

const worthKnowing: ReadonlySet<DiagnosticId> = new Set<DiagnosticId>([
  'TW1101',
  'TW1102',
  'TW1202',
  'TW1203',
  'TW1204',
  'TW1301',
  'TW1302',
  'TW1401',
  'TW1402',
  'TW1602',
  'TW1603',
  'TW1604',
]);
const most = 20;

/** The same line again takes the place of the earlier one. */
export function rememberNotes(diagnose: Diagnose): { readonly diagnose: Diagnose; readonly notes: () => readonly Note[] } {
  let notes: readonly Note[] = [];
  return {
    diagnose: (id, text) => {
      diagnose(id, text);
      if (worthKnowing.has(id)) notes = [...notes.filter((n) => n.id !== id || n.text !== text), { wall: Date.now(), id, text: text.slice(0, 300) }].slice(-most);
    },
    notes: () => notes,
  };
}
