/** What a package is made of comes in; its bill of materials (CycloneDX 1.6, ECMA-424) and the licences of others go out: the same bytes for the same contents. */
import { createHash } from 'node:crypto';
import type { Component } from './components.ts';
import type { Platform } from './executable.ts';
import { version } from './script.ts';

export type Material = { readonly platform: Platform; readonly noface: boolean; readonly components: readonly Component[] };

/** That it is a release is not said here: whether it is signed comes later. By name: `sbom.cdx.json` and `THIRD-PARTY.txt`. SOURCE_DATE_EPOCH, where it is set, is the time it names; otherwise it names none. */
export function documentsOf(material: Material, epoch: string | undefined = process.env['SOURCE_DATE_EPOCH']): ReadonlyMap<string, string> {
  return new Map([
    ['sbom.cdx.json', `${JSON.stringify(billOf(material, epoch), null, 1)}\n`],
    ['THIRD-PARTY.txt', licencesOf(material.components)],
  ]);
}

const rootRef = `pkg:generic/tapward@${version}`;

function billOf({ platform, noface, components }: Material, epoch: string | undefined): object {
  const bill = {
    metadata: {
      ...(epoch === undefined ? {} : { timestamp: new Date(Number(epoch) * 1_000).toISOString() }),
      lifecycles: [{ phase: 'build' }],
      component: {
        type: 'application',
        'bom-ref': rootRef,
        name: 'tapward',
        version,
        properties: [property('platform', platform), ...(noface ? [property('release', 'no: it has no face')] : [])],
      },
    },
    components: components.map((one) => entry(one, '')),
    dependencies: [{ ref: rootRef, dependsOn: components.map((one) => refOf(one, '')) }, ...components.map((one) => ({ ref: refOf(one, ''), dependsOn: needed(one, components) }))],
  };
  const hash = createHash('sha256').update(JSON.stringify(bill)).digest('hex');
  // A UUID of version 8 (RFC 9562): its bits are ours, and come from the contents.
  const uuid = `${hash.slice(0, 8)}-${hash.slice(8, 12)}-8${hash.slice(13, 16)}-8${hash.slice(17, 20)}-${hash.slice(20, 32)}`;
  return { $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json', bomFormat: 'CycloneDX', specVersion: '1.6', serialNumber: `urn:uuid:${uuid}`, version: 1, ...bill };
}

const property = (name: string, value: string): object => ({ name: `tapward:${name}`, value });
/** Unique in the bill: what lies in something else carries its name. */
const refOf = ({ purl, name, version: of }: Component, within: string): string => `${within}${purl ?? `${name}${of === null ? '' : `@${of}`}`}`;
const needed = ({ needs }: Component, all: readonly Component[]): readonly string[] => [...new Set(all.filter(({ name }) => needs.includes(name)).map((one) => refOf(one, '')))];

function entry(one: Component, within: string): object {
  const ref = refOf(one, within);
  const [, group, name] = /^(@[^/]+)\/(.*)$/.exec(one.name) ?? [null, undefined, one.name];
  return {
    type: one.kind,
    'bom-ref': ref,
    ...(group === undefined ? {} : { group }),
    name,
    ...(one.version === null ? {} : { version: one.version }),
    ...(one.hash === null ? {} : { hashes: [one.hash] }),
    ...(one.licence === null ? {} : { licenses: [/ /.test(one.licence) ? { expression: one.licence } : { license: { id: one.licence } }] }),
    ...(one.purl === null ? {} : { purl: one.purl }),
    ...(one.inside.length === 0 ? {} : { components: one.inside.map((inner) => entry(inner, `${ref}#`)) }),
    ...(one.files.length === 0 ? {} : { properties: one.files.map((path) => property('file', path)) }),
  };
}

const line = '='.repeat(80);

function licencesOf(components: readonly Component[]): string {
  const withText = components.flatMap((one) => [one, ...one.inside]).filter(({ text }) => text !== null);
  return [
    'Tapward holds work of others. Each is named here with its licence, and with that licence’s words.\n',
    ...withText.map(
      ({ name, version: of, licence, text }) => `${line}\n${name}${of === null ? '' : ` ${of}`}${licence === null ? '' : ` (${licence})`}\n${line}\n\n${text ?? ''}\n`,
    ),
  ].join('\n');
}
