/** A station's folder and its policy come in; what would keep an emergency from opening, or anybody from hearing of it, goes out. */
import { existsSync, statSync } from 'node:fs';
import type { Policy } from '../../../core/policy.ts';
import { codePath, freeTries } from '../../emergency/code.ts';
import { reserveFileBytes, reservePath } from '../../emergency/reserve.ts';
import { casesIn } from '../../emergency/review.ts';
import { readTries } from '../../emergency/tries.ts';
import { readEntries } from '../../ledger/reading.ts';
import { programDoubt } from '../../notify.ts';
import { count } from '../answer.ts';
import { findLedger } from '../ledger.ts';
import { bad, type Finding, ok, said, warn } from './finding.ts';

export function emergencyFindings(dir: string, policy: Policy): readonly Finding[] {
  return [...hookFindings(policy), ...(policy.emergency === 'on' ? setUpFindings(dir, policy) : []), ...reviewFindings(dir)];
}

function hookFindings({ notifyHook, emergency }: Policy): readonly Finding[] {
  if (notifyHook === null && process.platform === 'win32')
    return emergency === 'off'
      ? []
      : [warn('hook', said`Windows stations run no hook: nobody is told of an emergency from here`, 'Have the event collector tell somebody of EventID 2201.')];
  if (notifyHook === null)
    return emergency === 'off' ? [] : [warn('hook', said`Nobody is told of an emergency`, 'Set "notifyHook" in the policy to a program that tells somebody.')];
  const doubt = programDoubt(notifyHook);
  return [
    doubt === null
      ? ok('hook', said`The notification hook may be run`)
      : bad('hook', said`The notification hook is not run: ${doubt}`, 'Give it and every folder above it to root, with no right to write for anybody else.'),
  ];
}

function setUpFindings(dir: string, { emergencyClaims }: Policy): readonly Finding[] {
  if (!existsSync(codePath(dir)))
    return [warn('emergency', said`The policy has emergency access on, and the station is not set up for it: no button shows`, 'Run `tapward emergency setup`.')];
  const failures = readTries(dir);
  return [
    failures === null
      ? bad('emergency', said`The count of wrong emergency codes is missing or damaged: no code is taken`, 'Run `tapward emergency setup`, which makes a new code.')
      : failures >= freeTries && emergencyClaims === 'on'
        ? warn('emergency', said`The emergency code was typed wrong ${count(failures, 'time')} in a row`, 'Ask on the ward who tried; a right one, or a new code, forgets them.')
        : ok('emergency', said`Emergency access is set up`),
    ...(reserveIsWhole(dir)
      ? []
      : [bad('emergency', said`The reserve for emergencies is not there: with a ledger that cannot be written, no emergency opens`, 'Free the disk, then restart the agent.')]),
  ];
}

function reviewFindings(dir: string): readonly Finding[] {
  const ledger = findLedger(dir);
  if (ledger.kind === 'none') return [];
  const open = casesIn(readEntries(ledger.dir)).filter(({ review }) => review === null).length;
  return open === 0 ? [] : [warn('review', said`${count(open, 'emergency', 'emergencies')} nobody has reviewed`, 'Look with `tapward emergency list`, then review each.')];
}

function reserveIsWhole(dir: string): boolean {
  try {
    return statSync(reservePath(dir)).size >= reserveFileBytes;
  } catch {
    return false;
  }
}
