/** Node for Windows and what it is to carry come in; an executable of ours goes out, with our name in its properties, and without the signature and the picture that were another's. */
import { NtExecutable, NtExecutableResource, Resource } from 'resedit';

export type Named = { readonly file: string; readonly description: string; readonly version: string };

/** RT_RCDATA, RT_ICON and RT_GROUP_ICON (winuser.h). */
const [rcdata, icon, iconGroup] = [10, 3, 14] as const;
const [english, unicode] = [0x0409, 1200] as const;

/** `blob` lies where node:sea looks for it. The same bytes in, the same bytes out. */
export function carryBlob(node: Uint8Array, blob: Uint8Array, named: Named): Uint8Array {
  const executable = NtExecutable.from(node, { ignoreCert: true });
  const resources = NtExecutableResource.from(executable);
  resources.entries = resources.entries.filter(({ type }) => type !== icon && type !== iconGroup);
  resources.replaceResourceEntry({ type: rcdata, id: 'NODE_SEA_BLOB', lang: english, codepage: unicode, bin: new Uint8Array(blob).buffer });
  nameIt(resources, named);
  resources.outputResource(executable);
  return new Uint8Array(executable.generate());
}

/** A program of ours without resources goes in, the same with our name in its properties comes out. */
export function describeProgram(program: Uint8Array, named: Named): Uint8Array {
  const executable = NtExecutable.from(program);
  const resources = NtExecutableResource.from(executable);
  nameIt(resources, named);
  resources.outputResource(executable);
  return new Uint8Array(executable.generate());
}

function nameIt(resources: NtExecutableResource, { file, description, version }: Named): void {
  for (const old of Resource.VersionInfo.fromEntries(resources.entries)) for (const { lang } of old.getAllLanguagesForStringValues()) resources.removeResourceEntry(16, 1, lang);
  const [major = 0, minor = 0, patch = 0] = version.split('.').map(Number);
  const info = Resource.VersionInfo.createEmpty();
  info.setFileVersion(major, minor, patch, 0, english);
  info.setProductVersion(major, minor, patch, 0, english);
  info.setStringValues(
    { lang: english, codepage: unicode },
    {
      CompanyName: 'Tapward',
      ProductName: 'Tapward',
      FileDescription: description,
      InternalName: file.replace(/\.exe$/, ''),
      OriginalFilename: file,
      FileVersion: version,
      ProductVersion: version,
    },
  );
  info.outputToResourceEntries(resources.entries);
}
