/** The lines that IT types come in; an MSI installed, upgraded, refused and removed by Windows Installer as Wine 10 has it is tested, its service and its agent running. The host in it is the build for Wine, which has no TPM and no SYSTEM; all else is what is shipped. */
import assert from 'node:assert/strict';
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { nativeProgram } from '../../build/native.ts';
import { windowsPath, wineRoot } from '../../build/wine.ts';
import { need, needMade } from '../needs.ts';
import { windowsAgent } from '../windows/node-windows.ts';
import { breakStore, failRemoval, hashOfStore, layOldStore, settleStore } from './old-store.ts';
import { change, type Place, pack, place, wholePayload } from './place.ts';
import { startWindows, type Windows } from './windows.ts';

const skip = need('msitools', 'mingw', 'history') || needMade(await wineRoot());
const options = { skip, timeout: 120_000 };
let here: Place;
let windows: Windows;
/** As msiexec is given them. */
let older: string;
let newer: string;
/** With the shipped host, which goes on with no service that cannot be restricted, as Wine's cannot. */
let unrestricted: string;
let first: readonly string[];
before(
  async () => {
    if (skip !== false) return;
    here = place();
    const payload = join(here.folder, 'payload');
    const { version } = await wholePayload(payload, 'host-windows-wine');
    older = windowsPath(await pack(payload, version, join(here.folder, 'out')));
    copyFileSync(await nativeProgram('host-windows'), join(payload, 'tapward-host.exe'));
    unrestricted = windowsPath(await pack(payload, '5.0.0', join(here.folder, 'out')));
    copyFileSync(await nativeProgram('host-windows-wine'), join(payload, 'tapward-host.exe'));
    change(payload, { 'THIRD-PARTY.txt': 'of the next version', 'sbom.cdx.json': null, 'node_modules/new/index.js': '0' });
    newer = windowsPath(await pack(payload, '7.0.0', join(here.folder, 'out')));
    windows = await startWindows(here.folder, windowsAgent()?.binds);
    first = windows.files();
  },
  { timeout: 600_000 },
);
after(async () => {
  if (skip !== false) return;
  await windows[Symbol.asyncDispose]();
  here[Symbol.dispose]();
});

/** ERROR_INSTALL_FAILURE, 1603, as Unix has it. */
const refused = 1603 & 0xff;
/** Wine leaves the sentence out of its log; that each condition has one is tested in its table. */
const stoppedByCondition = (log: string): void => assert.match(windows.text(log), /Action ended [\d:]+: LaunchConditions\. Return value 0\./);
const installed = '"C:\\Program Files\\Tapward\\tapward.exe"';
const authentication = 'HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Authentication';
const registered = async (): Promise<readonly string[]> =>
  [...(await windows.registry(authentication)), ...(await windows.registry('HKLM\\SOFTWARE\\Classes\\CLSID'))].filter((line) => /5d96f4e0-6e3c|ca2ca0d6-4695/i.test(line));
const version = async (): Promise<readonly string[]> =>
  (await windows.registry('HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Uninstall'))
    .filter((line) => /DisplayVersion = /.test(line))
    .map((line) => line.replace(/.* = /, ''));

const state = (): string => join(windows.drive, 'ProgramData', 'Tapward');
/** Without what a session's helper keeps in its person's own profile, where an installer for the machine removes nothing. */
const files = (): readonly string[] => windows.files().filter((path) => !/^\.\/users\/[^/]+\/AppData\/Local\/Tapward\/sessions\//.test(path));
/** What the newest start of the service said, and its agent. */
const newest = (): string => windows.hostLog().slice(windows.hostLog().lastIndexOf('TW2010'));
const said = (): string =>
  [newest(), ...['Tapward-Host/agent.log.before', 'Tapward-Host/agent.log', 'Tapward/agent.log'].map((name) => windows.text(`ProgramData/${name}`))].join('\n');
/** The service, and an agent that stayed until it answered: it is asked over its own door, which it opens when all else stands. */
async function serves(folder = 'C:\\Program Files\\Tapward'): Promise<void> {
  assert.match((await windows.type('sc query Tapward')).out, /STATE\s+: 4\s+RUNNING/);
  const began = performance.now();
  let answer = '';
  while (!/^agent .*installed/m.test(answer) && performance.now() - began < 30_000) answer = (await windows.type(`"${folder}\\tapward.exe" status`)).out;
  assert.match(answer, /^health +ok\r?$/m, said());
  assert.doesNotMatch(newest(), /TW2013/, said());
}

test('an older Windows is refused, and nothing is left', options, async () => {
  await windows.type('reg add "HKLM\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion" /v CurrentBuildNumber /d 17134 /f');
  const { code } = await windows.type(`msiexec /i ${older} /qn /l*v C:\\old-windows.log`);
  assert.equal(code, refused);
  stoppedByCondition('old-windows.log');
  await windows.type('reg add "HKLM\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion" /v CurrentBuildNumber /d 19045 /f');
  assert.deepEqual(windows.files(), first);
  for (const typed of ['SESSIONS=all', 'INSTALLDIR=C:\\Clinic', 'INSTALLDIR="C:\\Program Files\\..\\Clinic"', 'CREDENTIALPROVIDER=yes', 'PHONE=#4357'])
    assert.equal((await windows.type(`msiexec /i ${older} /qn ${typed}`)).code, refused, typed);
  assert.deepEqual([windows.files(), await windows.registry('HKLM\\SOFTWARE\\Tapward')], [first, []]);
});

test('a service that cannot be restricted is not installed: what was done until then is undone', options, async () => {
  assert.notEqual((await windows.type(`msiexec /i ${unrestricted} /qn CREDENTIALPROVIDER=1 /l*v C:\\unrestricted.log`)).code, 0);
  assert.match(windows.text('unrestricted.log'), /ConfigureService/);
  assert.deepEqual(
    [
      windows.files(),
      await windows.registry('HKLM\\SOFTWARE\\Tapward'),
      await windows.registry('HKLM\\SYSTEM\\CurrentControlSet\\Services\\Tapward'),
      await registered(),
      await version(),
    ],
    [first, [], [], [], []],
  );
});

test('a silent installation: what it was told is in the registry, its service runs, and the agent lives by it', options, async () => {
  const { code } = await windows.type(`msiexec /i ${older} /qn /norestart /l*v C:\\install.log PHONE="555 4321" STATIONNAME="Ward 3"`);
  assert.equal(code, 0, windows.text('install.log').slice(-2_000));
  assert.deepEqual(await windows.registry('HKLM\\SOFTWARE\\Tapward'), [
    'SOFTWARE\\Tapward\\Phone = 555 4321',
    `SOFTWARE\\Tapward\\Host\\Agent = ${installed} run agent`,
    'SOFTWARE\\Tapward\\Host\\Face = "C:\\Program Files\\Tapward\\face\\tapward-face.exe"',
    `SOFTWARE\\Tapward\\Host\\Helper = ${installed} run helper`,
    `SOFTWARE\\Tapward\\Host\\Reader = ${installed} run reader host`,
    'SOFTWARE\\Tapward\\Settings\\helpPhone = 555 4321',
    'SOFTWARE\\Tapward\\Settings\\sessions = windows',
    'SOFTWARE\\Tapward\\Settings\\stationName = Ward 3',
    'SOFTWARE\\Tapward\\Setup\\InstallDir = C:\\Program Files\\Tapward\\',
  ]);
  const service = await windows.registry('HKLM\\SYSTEM\\CurrentControlSet\\Services\\Tapward');
  for (const line of ['ImagePath = "C:\\Program Files\\Tapward\\tapward-host.exe"', 'ObjectName = LocalSystem', 'Start = 0x2', 'Type = 0x10']) {
    assert.ok(
      service.some((one) => one.endsWith(line)),
      `${line}: ${service.join('\n')}`,
    );
  }
  await serves();
  const events = await windows.registry('HKLM\\SYSTEM\\CurrentControlSet\\Services\\EventLog\\Application\\Tapward');
  assert.ok(
    events.some((line) => line.endsWith('EventMessageFile = C:\\Program Files\\Tapward\\tapward-events.dll')),
    events.join('\n'),
  );
});

test('what the installer was told is in force, and says where it comes from', options, async () => {
  const { out } = await windows.type(`${installed} policy show-effective`);
  assert.match(out, /stationName\s+"?Ward 3"?\s+.*HKLM\\SOFTWARE\\Tapward\\Settings\\stationName/);
  assert.match(out, /sessions\s+"?windows"?\s+.*HKLM\\SOFTWARE\\Tapward\\Settings\\sessions/);
});

test('the tile is not registered unless asked for; asked for later, it is, and its filter', options, async () => {
  assert.deepEqual(await registered(), []);
  assert.ok(!windows.has('Program Files/Tapward/tapward-cp.dll'));
  assert.equal((await windows.type(`msiexec /i ${older} /qn ADDLOCAL=CredentialProvider`)).code, 0);
  const lines = await registered();
  for (const key of ['Credential Providers\\{5d96f4e0-6e3c-41c2-bc98-a41dfe494855}', 'Credential Provider Filters\\{ca2ca0d6-4695-4c09-840d-e54c0bca7eb3}'])
    assert.ok(
      lines.some((line) => line.includes(key)),
      `${key}: ${lines.join('\n')}`,
    );
  assert.equal(lines.filter((line) => line.endsWith('= C:\\Program Files\\Tapward\\tapward-cp.dll')).length, 2);
  await windows.type(`reg add "${authentication}\\Credential Providers\\{5d96f4e0-6e3c-41c2-bc98-a41dfe494855}" /v Disabled /t REG_DWORD /d 1 /f`);
});

/** Actions as a log has them carried out, the last time each. */
function inOrder(log: string, ...names: readonly string[]): void {
  const at = names.map((name) => log.lastIndexOf(`: ${name}. Return value 1.`));
  assert.ok(!at.includes(-1), `${names.join()} ${at.join()}: ${log.slice(-2_000)}`);
  assert.deepEqual(
    at,
    at.toSorted((a, b) => a - b),
    names.join(' before '),
  );
}
const people = 4;
const everybody = async (folder?: string): Promise<number> =>
  (await windows.type(`"${folder ?? 'C:\\Program Files\\Tapward'}\\tapward.exe" people`)).out.split(/Sam B\./).length - 1;

test('an upgrade by one line keeps settings, the tile as it was, keys and the people of a store of the version before; old files are gone', options, async (t) => {
  await windows.type('sc stop Tapward');
  await layOldStore(windows, here.folder, people, t);
  const settings = await windows.registry('HKLM\\SOFTWARE\\Tapward');
  const tile = await registered();
  assert.ok(tile.some((line) => line.endsWith('Disabled = 0x1')));
  const key = windows.text('ProgramData/Tapward/machine.dpapi');
  assert.notEqual(key, '');
  const { code } = await windows.type(`msiexec /i ${newer} /qn /l*v C:\\upgrade.log`);
  assert.equal(code, 0, windows.text('upgrade.log').slice(-2_000));
  assert.deepEqual(await version(), ['7.0.0']);
  assert.deepEqual(await windows.registry('HKLM\\SOFTWARE\\Tapward'), settings);
  assert.deepEqual((await registered()).toSorted(), tile.toSorted());
  assert.equal(windows.text('ProgramData/Tapward/machine.dpapi'), key);
  assert.equal(windows.text('Program Files/Tapward/THIRD-PARTY.txt'), 'of the next version');
  assert.ok(windows.has('Program Files/Tapward/node_modules/new/index.js') && !windows.has('Program Files/Tapward/sbom.cdx.json'));
  // Looked at on a copy before the service began, and brought forward by it.
  inOrder(windows.text('upgrade.log'), 'CheckStore', 'StartServices');
  await serves();
  assert.match(windows.text('ProgramData/Tapward/agent.log'), new RegExp(`TW1006 from version 2 to 3: ${people} people`));
  assert.equal(await everybody(), people);
});

test('a repair, which anybody may start, mends, and hears nothing that the command line says of the site', options, async () => {
  const settings = await windows.registry('HKLM\\SOFTWARE\\Tapward');
  await windows.type('reg delete "HKLM\\SOFTWARE\\Tapward\\Host" /v Agent /f');
  assert.notDeepEqual(await windows.registry('HKLM\\SOFTWARE\\Tapward'), settings);
  const { code } = await windows.type(`msiexec /i ${newer} /qn /l*v C:\\repair.log REINSTALL=ALL PHONE="666" SESSIONS=kiosk INSTALLDIR="C:\\Program Files\\Other"`);
  assert.equal(code, 0, windows.text('repair.log').slice(-2_000));
  assert.deepEqual(await windows.registry('HKLM\\SOFTWARE\\Tapward'), settings);
});

test('a downgrade is refused, and the newer version runs on', options, async () => {
  const { code } = await windows.type(`msiexec /i ${older} /qn /l*v C:\\downgrade.log`);
  assert.equal(code, refused);
  stoppedByCondition('downgrade.log');
  assert.deepEqual(await version(), ['7.0.0']);
  assert.equal(windows.text('Program Files/Tapward/THIRD-PARTY.txt'), 'of the next version');
  await serves();
});

test('a removal leaves no service, no tile, no value and no file but the station’s own state and what lies in people’s profiles', options, async () => {
  assert.equal((await windows.type(`msiexec /x ${newer} /qn /l*v C:\\removal.log`)).code, 0);
  assert.deepEqual(await registered(), []);
  for (const key of ['HKLM\\SOFTWARE\\Tapward', 'HKLM\\SYSTEM\\CurrentControlSet\\Services\\Tapward', 'HKLM\\SYSTEM\\CurrentControlSet\\Services\\EventLog\\Application\\Tapward'])
    assert.deepEqual(await windows.registry(key), [], key);
  assert.deepEqual(await version(), []);
  const left = files().filter((path) => !first.includes(path));
  assert.deepEqual(
    left.filter((path) => !/^\.\/ProgramData\/Tapward(-Host)?\//.test(path)),
    [],
  );
  assert.ok(left.includes('./ProgramData/Tapward/store.db') && left.includes('./ProgramData/Tapward/machine.dpapi'));
  assert.ok(!(await windows.running()).includes('tapward.exe'));
});

/** Wine makes the removal of the version before a run of its own, which stays. Windows makes it part of the same transaction (tables.test.ts), to be undone as the last test here has it. */
test('over a store that it cannot take, a new version is not installed: nothing of it ran as a service, and the store is as it was', options, async () => {
  assert.equal((await windows.type(`msiexec /i ${older} /qn`)).code, 0);
  await serves();
  await windows.type('sc stop Tapward');
  settleStore(state());
  await windows.type('sc start Tapward');
  await serves();
  const mend = breakStore(state());
  try {
    const as = (): readonly unknown[] => [hashOfStore(state()), windows.hostLog().split('TW2010').length, windows.files().filter((path) => path.includes('upgrade-check'))];
    const found = as();
    assert.notEqual((await windows.type(`msiexec /i ${newer} /qn /l*v C:\\refused.log`)).code, 0);
    const [, done = ''] = /Action start [\d:]+: InstallFinalize\.([^]*?)Action ended [\d:]+: CheckStore\. Return value 0\./.exec(windows.text('refused.log')) ?? [];
    assert.match(done, /: InstallFiles\. Return value 1\./);
    assert.doesNotMatch(done, /(InstallServices|StartServices)\. Return value/);
    assert.deepEqual(as(), found);
    assert.deepEqual([await version(), await windows.registry('HKLM\\SYSTEM\\CurrentControlSet\\Services\\Tapward')], [[], []]);
  } finally {
    mend();
  }
});

test('installed again elsewhere, it finds its people; removed with PURGE=1, nothing of it is left', options, async () => {
  const key = windows.text('ProgramData/Tapward/machine.dpapi');
  assert.equal((await windows.type(`msiexec /i ${newer} /qn INSTALLDIR="C:\\Program Files\\Clinic\\Tapward" CREDENTIALPROVIDER=1`)).code, 0);
  await serves('C:\\Program Files\\Clinic\\Tapward');
  assert.equal(await everybody('C:\\Program Files\\Clinic\\Tapward'), people);
  assert.equal(windows.text('ProgramData/Tapward/machine.dpapi'), key);
  assert.equal((await registered()).filter((line) => line.endsWith('= C:\\Program Files\\Clinic\\Tapward\\tapward-cp.dll')).length, 2);
  assert.equal((await windows.type(`msiexec /x ${newer} /qn PURGE=1`)).code, 0);
  assert.deepEqual(files(), first);
  assert.deepEqual(await registered(), []);
});

/** Last: Wine forgets that the product is installed, where Windows would not. */
test('a removal that fails is undone: settings and service are back, restrained once more and restarted after all else', options, async () => {
  assert.equal((await windows.type(`msiexec /i ${older} /qn PHONE=4321`)).code, 0);
  await serves();
  const settings = await windows.registry('HKLM\\SOFTWARE\\Tapward');
  const mend = failRemoval(windows);
  assert.notEqual((await windows.type(`msiexec /x ${older} /qn /l*v C:\\undone.log`)).code, 0);
  mend();
  assert.deepEqual((await windows.registry('HKLM\\SOFTWARE\\Tapward')).toSorted(), settings.toSorted());
  const [, undoing = ''] = windows.text('undone.log').split(/Action ended [\d:]+: FailOnPurpose\. Return value 0\./);
  inOrder(undoing, 'InstallServices', 'StartServices', 'WriteRegistryValues', 'BringBack');
  await serves();
});
