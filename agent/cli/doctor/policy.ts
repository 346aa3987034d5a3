/** The policy file and the files it names come in; findings about what in them contradicts itself, cannot be read or has run out go out. */
import { statSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import type { Policy } from '../../../core/policy.ts';
import { type Fault, faultWords } from '../../policy/fault.ts';
import type { Source } from '../../policy/sources.ts';
import { contentOf } from '../../proofs/trust.ts';
import { plain } from '../answer.ts';
import { day } from '../badge-words.ts';
import type { Mode, Tools } from '../command.ts';
import { policyHere } from '../policy-here.ts';
import { emergencyFindings } from './emergency.ts';
import { bad, type Finding, ok, said, warn } from './finding.ts';

export async function policyFindings(dir: string, mode: Mode, tools: Tools): Promise<readonly Finding[]> {
  const { sources, judged, faults } = policyHere(dir, mode, hostname(), tools);
  const open = mode === 'installed' ? writableFindings(sources) : [];
  if (faults.length > 0) return [...open, ...faults.map((fault) => faultFinding(fault, sources.length > 1))];
  const { policy } = judged.resolveOn(hostname());
  return [
    ...open,
    ok(
      'policy',
      sources.length === 0 ? 'There is no policy file: the defaults hold' : sources.length === 1 ? 'The policy file holds' : `The policy holds, of ${sources.length} sources`,
    ),
    ...pivFindings(policy, tools),
    ...(await keyModelFindings(policy)),
    ...exceptionFindings(policy, Date.now()),
    // An evaluation has it on by itself, so that it can be tried.
    ...(mode === 'installed' ? emergencyFindings(dir, policy) : []),
  ];
}

function faultFinding({ sentence, line, source }: Fault, severalSources: boolean): Finding {
  const [what, mend] = whatAndMend(sentence);
  return bad('policy', faultWords({ sentence: what, line, source }, severalSources), mend);
}

/** Who may write a source, or put another in its place, decides who opens what. */
function writableFindings(sources: readonly Source[]): readonly Finding[] {
  if (process.platform === 'win32') return [];
  const files = sources.flatMap(({ kind, name }) => (kind === 'file' ? [name] : []));
  return [...new Set(files.flatMap((name) => [dirname(name), name]))].flatMap((path) => {
    const found = statSync(path, { throwIfNoEntry: false });
    if (found === undefined) return [];
    const shown = plain(path);
    // In a folder like /tmp nobody replaces what is root's.
    const isOpen = (found.mode & 0o022) !== 0 && (found.mode & 0o1000) === 0;
    // Whoever tries a station of their own owns its policy.
    const isRoots = found.uid === 0 || found.uid === process.geteuid?.();
    return [
      ...(isOpen ? [bad('policy', said`Others than its owner may write ${shown}`, `Run chmod go-w ${shown}, and see that root owns it.`)] : []),
      ...(isRoots ? [] : [bad('policy', said`${shown} is not root’s, and decides who opens what`, `Run chown root ${shown}.`)]),
    ];
  });
}

/** A sentence "what: mend." in two. */
function whatAndMend(sentence: string): readonly [string, string] {
  const [what = '', mend = ''] = sentence.replace(/\.$/, '').split(/: (?=[^:]*$)/);
  return mend === '' ? [what, 'Mend the policy file; until then the last good policy stays in force.'] : [what, `${mend.charAt(0).toUpperCase()}${mend.slice(1)}.`];
}

function pivFindings({ pivRoots, pivIntermediates, pivCrl, pivCrlGrace }: Policy, { readTrust }: Tools): readonly Finding[] {
  if (pivRoots === null && pivIntermediates === null && pivCrl === null) return [];
  const { complaints, revocation } = readTrust({ roots: contentOf(pivRoots), intermediates: contentOf(pivIntermediates), crl: contentOf(pivCrl) });
  const overdue = revocation.kind === 'lists' && revocation.lists.some(({ nextUpdate }) => nextUpdate !== null && nextUpdate + pivCrlGrace < Date.now());
  const found = [
    ...complaints.map((complaint) => bad('piv', ...whatAndMend(complaint))),
    ...(overdue ? [bad('piv', said`A list of revocations for PIV cards is overdue, and cards it speaks of open nothing`, 'Put the newest list where "pivCrl" says.')] : []),
  ];
  return found.length > 0
    ? found
    : [ok('piv', pivCrl === null ? 'The root CAs of PIV cards can be read; no revocations are looked at' : 'The root CAs of PIV cards and their revocations can be read')];
}

async function keyModelFindings({ keyRoots, keyModels }: Policy): Promise<readonly Finding[]> {
  if (keyRoots === null && keyModels.length === 0) return [];
  // What reads attestations takes longer to load than all of the rest.
  const { attestationOf } = await import('../../proofs/appraisal.ts');
  const attestation = attestationOf({ keyRoots, keyModels });
  return [attestation.kind === 'contradiction' ? bad('keys', ...whatAndMend(attestation.why)) : ok('keys', said`The attestation roots of security keys can be read`)];
}

function exceptionFindings({ uidWindow }: Policy, now: number): readonly Finding[] {
  if (uidWindow === null) return [];
  const { owner, until } = uidWindow;
  return [
    now > until
      ? warn('exception', said`The exception by which badges that prove nothing opened by a tap alone ended on ${day(until)}`, 'Take "uidWindow" out of the policy file.')
      : warn(
          'exception',
          said`Badges that prove nothing open by a tap alone until ${day(until)}; ${plain(owner)} answers for it`,
          'Give people badges that prove themselves, then take "uidWindow" out.',
        ),
  ];
}
