/** Nothing comes in; what journald and Windows show beside each diagnostic id goes out: its meaning, and what to do. */
import { type DiagnosticId, diagnosticIds } from '../diagnostics.ts';
import { mendOf, messageId, numberOf } from './event.ts';
import { hostEvents } from './host-events.ts';

const everyId = (): readonly DiagnosticId[] => Object.keys(diagnosticIds) as DiagnosticId[];

/** The message catalog for `journalctl --catalog` (systemd.io/CATALOG). */
export const journalCatalog = (): string =>
  `# What Tapward says to journald, for journalctl --catalog.\n\n${everyId()
    .map((id) =>
      [`-- ${messageId(id)}`, `Subject: ${id} ${diagnosticIds[id]}`, 'Defined-By: Tapward', 'Documentation: file:///usr/share/doc/tapward/RUNBOOKS.md', '', mendOf(id), ''].join(
        '\n',
      ),
    )
    .join('\n')}`;

/** The message texts of Windows’ Application log, for the message compiler: EventID is the number of the id, and `%1` what was said with it. */
export function messageSource(): string {
  const agents = everyId().map((id) => ({ number: numberOf(id), lines: [`${id} ${diagnosticIds[id]}`, '%1', mendOf(id)] }));
  const hosts = Object.entries(hostEvents).map(([id, sentence]) => ({ number: Number(id.slice(2)), lines: [`${id} ${sentence}`, '%1'] }));
  const messages = [...agents, ...hosts].toSorted((a, b) => a.number - b.number);
  return [
    'MessageIdTypedef=DWORD',
    'LanguageNames=(English=0x409:MSG00409)',
    '',
    ...messages.flatMap(({ number, lines }) => [`MessageId=${number}`, 'Language=English', ...lines.map(escaped), '.', '']),
  ].join('\n');
}

/** `%` begins an insert of the message compiler’s own, but for the one that is meant. */
const escaped = (line: string): string => (line === '%1' ? line : line.replaceAll('%', '%%'));
