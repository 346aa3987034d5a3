/** What an open rested on comes in; how a line says it goes out. */
import type { Entitlement } from '../../core/entitlement.ts';

export const byWords: Readonly<Record<Entitlement['kind'], string>> = {
  verdict: '',
  window: ' inside her window',
  undo: ' a moment after a colleague took over',
  code: ', without a badge',
  vouch: ', a spare badge on a colleague’s word',
  emergency: ' in an emergency',
};
