/** A platform comes in; the folder of an installed Tapward goes out, staged once per process with a stand-in for its face, and taken away again when the process ends. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Platform } from '../../build/package/executable.ts';
import { type Payload, stagePayload } from '../../build/package/payload.ts';

export type LaidOut = Payload & { readonly folder: string };

const staged = new Map<Platform, Promise<LaidOut>>();

/** Others may look into it, as into an installed one. */
export function laidOut(platform: Platform): Promise<LaidOut> {
  const known = staged.get(platform);
  if (known !== undefined) return known;
  const place = mkdtempSync(join(tmpdir(), 'tapward-laid-out-'));
  process.once('exit', () => rmSync(place, { recursive: true, force: true }));
  const folder = join(place, 'tapward');
  const made = stagePayload({ platform, to: folder, face: 'none', standIn: true }).then((payload) => ({ ...payload, folder }));
  staged.set(platform, made);
  return made;
}
