/** A whole Policy comes in; settings of it that are each allowed and together make no sense go out, one sentence each. */
import { forRole, type Policy } from '../../core/policy.ts';
import { mayEverAsk } from '../pam/services.ts';
import { inWords } from './times.ts';

const offered = ['shiftCodes', 'vouching', 'emergency'] as const;

/** For everybody, and for each role that has settings of its own. `platform`: of the computer it is for; left out: of any. */
export function contradictions(policy: Policy, mode: 'evaluation' | 'installed', platform?: NodeJS.Platform): readonly string[] {
  const everybody = judge(policy, mode);
  const own = Object.keys(policy.roles).flatMap((role) =>
    judge(forRole(policy, role), mode)
      .filter((fault) => !everybody.includes(fault))
      .map((fault) => `For the role "${role}": ${fault}`),
  );
  // The screen offers what the station has before it knows whom it speaks to.
  const beyond = Object.entries(policy.roles).flatMap(([role, rule]) =>
    offered
      .filter((key) => policy[key] === 'off' && rule[key] === 'on')
      .map((key) => `For the role "${role}": "${key}" must be on for the station, too: set it on for everybody, and off for the roles that may not.`),
  );
  return [...everybody, ...own, ...beyond, ...elsewhere(policy, mode, platform)];
}

/** What another system has: the agent would not start with it. */
function elsewhere({ sessions }: Policy, mode: 'evaluation' | 'installed', platform: NodeJS.Platform | undefined): readonly string[] {
  if (platform === 'linux' && sessions === 'windows') return ['"sessions" must not be "windows" on Linux: set "logind", "kiosk" or "none".'];
  if (platform === 'win32' && sessions === 'logind') return ['"sessions" must not be "logind" on Windows: set "windows" or "kiosk".'];
  if (platform === 'win32' && sessions === 'none' && mode === 'installed')
    return ['"sessions" must not be "none" on Windows, where passwords would go on to work beside it: set "windows" or "kiosk".'];
  return [];
}

function judge(policy: Policy, mode: 'evaluation' | 'installed'): readonly string[] {
  const { warning, inactivity, digitsWipedAfter, pinGivesUpAfter, triesBeforeWait, blockAfter, waits, addBadge, keyRoots, keyModels } = policy;
  const { windowAskBefore, windowOverall, openOverall, uidWindow, parkedWarning, parkedFor } = policy;
  return [
    warning >= inactivity && `"warning" (${inWords(warning)}) must be shorter than "inactivity" (${inWords(inactivity)}).`,
    warning >= openOverall && `"warning" (${inWords(warning)}) must be shorter than "openOverall" (${inWords(openOverall)}): it would stand all the time.`,
    windowAskBefore >= windowOverall &&
      `"windowAskBefore" (${inWords(windowAskBefore)}) must be shorter than "windowOverall" (${inWords(windowOverall)}): the PIN would be asked at every tap.`,
    uidWindow !== null &&
      windowAskBefore >= uidWindow.lasts &&
      `"windowAskBefore" (${inWords(windowAskBefore)}) must be shorter than "lasts" of "uidWindow" (${inWords(uidWindow.lasts)}): the PIN would be asked at every tap.`,
    parkedWarning >= parkedFor && `"parkedWarning" (${inWords(parkedWarning)}) must be shorter than "parkedFor" (${inWords(parkedFor)}).`,
    digitsWipedAfter > pinGivesUpAfter && `"digitsWipedAfter" (${inWords(digitsWipedAfter)}) must not be longer than "pinGivesUpAfter" (${inWords(pinGivesUpAfter)}).`,
    triesBeforeWait >= blockAfter && `"triesBeforeWait" (${triesBeforeWait}) must be smaller than "blockAfter" (${blockAfter}).`,
    waits.some((wait, i) => wait < (waits[i - 1] ?? 0)) && '"waits" must not become shorter from one to the next.',
    (keyRoots === null) !== (keyModels.length === 0) &&
      '"keyRoots" and "keyModels" go together: models without roots could be claimed by anybody, roots without models would take any.',
    ...policy.pamServices
      .filter((service) => !mayEverAsk(service))
      .map((service) => `"pamServices" must not name "${service}": a tap proves who stands at the screen, not what runs in the session or comes over the network; take it out.`),
    addBadge === 'demo' && mode === 'installed' && '"addBadge" must be off or code on an installed station: demo people exist only in evaluation.',
  ].filter((fault) => fault !== false);
}
