/** What the agent says of its readers, or a look of our own where no agent runs, comes in; findings about PC/SC, readers and slots go out. */
import type { ReaderName, ReaderServiceCause } from '../../../core/types.ts';
import { serviceWords } from '../../admin/causes.ts';
import type { Status } from '../../admin/contract.ts';
import { plain } from '../answer.ts';
import type { Tools } from '../command.ts';
import { bad, type Finding, ok, said, warn } from './finding.ts';

type Seen = { readonly cause: ReaderServiceCause | null; readonly readers: readonly ReaderName[]; readonly skipped: readonly string[] };

export async function readerFindings(status: Status | null, tools: Tools): Promise<readonly Finding[]> {
  return findings(status === null ? await lookOurselves(tools) : asTheAgentSees(status));
}

/** Never beside an agent: its readers are its own. */
async function lookOurselves(tools: Tools): Promise<Seen> {
  const { cause, readers, skipped } = await tools.probe();
  return { cause, readers, skipped: skipped.map(({ reader, why }) => `${reader}: ${why}`) };
}

const asTheAgentSees = ({ readerService, readers, notes }: Status): Seen => ({
  cause: readerService,
  readers,
  skipped: notes.filter(({ id }) => id === 'TW1203').map(({ text }) => text),
});

function findings({ cause, readers, skipped }: Seen): readonly Finding[] {
  // The evaluation's tray is a reader without PC/SC.
  const grave = readers.length > 0 ? warn : bad;
  const service = cause === null ? ok('pcsc', said`The PC/SC service answers`) : grave('pcsc', serviceWords[cause].what, sentence(serviceWords[cause].mend));
  const found =
    readers.length > 0
      ? ok('readers', said`${readers.length === 1 ? 'One badge reader' : `${readers.length} badge readers`}: ${readers.map(plain).join(', ')}`)
      : bad(
          'readers',
          said`No badge reader is connected`,
          cause === null ? 'Plug one in; one that types numbers like a keyboard must be set to PC/SC (CCID) mode.' : 'Mend the PC/SC service first.',
        );
  return [
    service,
    found,
    ...skipped.map((text) => warn('slot', plain(text).replace(/\.$/, ''), 'If badges go there, name the slot in the policy; otherwise nothing is to be done.')),
  ];
}

const sentence = (mend: string): string => mend.charAt(0).toUpperCase() + mend.slice(1);
