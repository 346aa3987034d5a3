/** A folder to put it in, and perhaps an Electron, come in; the MSI of this version goes out, signed where TAPWARD_SIGN names a program that signs, and otherwise saying in its name that it is not. */
import { copyFile, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { root } from '../setup.mjs';
import { cabinet, contentOf } from '../windows/cabinet.ts';
import { writeDatabase } from '../windows/database.ts';
import { ownCabinet, payloadFiles } from '../windows/files.ts';
import { describe } from '../windows/product.ts';
import { sign, signed, signer } from '../windows/signing.ts';
import type { Row } from '../windows/tables.ts';
import { stagePayload } from './payload.ts';

/** `noface`: no Electron's face is in it, which makes it no release. */
export type MsiOptions = { readonly folder: string; readonly version: string; readonly noface: boolean; readonly out: string; readonly signer: string | null };

/** The path of the package in `out`. Throws one sentence where a tool is missing or a step fails. */
export async function makeMsi({ out, electron }: { readonly out: string; readonly electron: string | null }): Promise<string> {
  const work = await mkdtemp(join(await workPlace(), 'payload-'));
  try {
    const { version, noface } = await stagePayload({ platform: 'win32-x64', to: work, face: electron === null ? 'none' : { electron } });
    return await packMsi({ folder: work, version, noface, out, signer: signer() });
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** The same from a folder that is to become %ProgramFiles%\Tapward. */
export async function packMsi(o: MsiOptions): Promise<string> {
  const work = await mkdtemp(join(await workPlace(), 'msi-'));
  const kind = [...(o.noface ? ['noface'] : []), ...(o.signer === null ? ['unsigned'] : [])];
  const name = ['tapward', o.version, 'x64', ...kind].join('-');
  try {
    const files = payloadFiles(o.folder);
    const payload = o.signer === null ? files : await signed(files, o.signer, join(work, 'signed'));
    const content = await contentOf(payload.map(({ path, source }) => ({ key: path, source })));
    const remark = kind.length === 0 ? null : `No release: ${[...(o.noface ? ['without the face of a station'] : []), ...(o.signer === null ? ['not signed'] : [])].join(', ')}.`;
    const { tables, sources } = describe(payload, { version: o.version, content: `${kind.join()}:${content}`, remark });
    const { cabinets, media } = await packed(sources);
    const path = join(work, `${name}.msi`);
    await writeDatabase(
      {
        tables: { ...tables, Media: media },
        cabinets,
        subject: `Tapward ${o.version}${kind.length === 0 ? '' : ` (${kind.join(', ')})`}`,
        comments: remark ?? 'Signed.',
        content: JSON.stringify([tables, content]),
      },
      path,
      join(work, 'tables'),
    );
    if (o.signer !== null) await sign(path, o.signer, `${name}.msi`);
    await mkdir(o.out, { recursive: true });
    await copyFile(path, join(o.out, `${name}.msi`));
    return join(o.out, `${name}.msi`);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** One cabinet for all small files, and one for each large file. */
async function packed(sources: ReturnType<typeof describe>['sources']): Promise<{ readonly cabinets: readonly string[]; readonly media: readonly Row[] }> {
  const small = sources.filter(({ size }) => size < ownCabinet);
  const groups = [small, ...sources.filter(({ size }) => size >= ownCabinet).map((one) => [one])].filter((group) => group.length > 0);
  const cabinets: string[] = [];
  for (const group of groups) cabinets.push(await cabinet(group));
  let last = 0;
  return { cabinets, media: groups.map((group, at): Row => [at + 1, (last += group.length), null, `#cabinet${at + 1}`, null, null]) };
}

async function workPlace(): Promise<string> {
  const place = join(root, '.cache', 'packing');
  await mkdir(place, { recursive: true });
  return place;
}
