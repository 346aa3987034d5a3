/** A way to journald, or to Windows' log, comes in; what takes each diagnostic there goes out, with its stable message id, severity and number. */

import type { tellJournal } from '../../native/notify/notify.ts';
import type { openEventLog } from '../../native/windows-events/event-log.ts';
import type { DiagnosticId } from '../diagnostics.ts';
import { messageId, numberOf, priorities, type Severity, severityOf } from './event.ts';

/** False where it took nothing. */
export type SystemLog = (id: DiagnosticId, text: string) => boolean;
/** What a composition root gives of its system. */
export type Tell = { readonly journal?: typeof tellJournal; readonly windows?: ReturnType<typeof openEventLog> };

/** null: this system has no log of its own that the agent could speak to. */
export function systemLog({ journal, windows = null }: Tell): SystemLog | null {
  return journal === undefined ? windows && windowsLog(windows) : journalLog(journal);
}

/** `MESSAGE_ID` and `TAPWARD_ID` are what to monitor; the words may be reworded. */
const journalLog =
  (tell: typeof tellJournal): SystemLog =>
  (id, text) =>
    tell({ MESSAGE: `${id} ${text}`, PRIORITY: priorities[severityOf(id)], MESSAGE_ID: messageId(id), TAPWARD_ID: id, SYSLOG_IDENTIFIER: 'tapward' });

/** null: daily noise, in agent.log alone. */
const types: Readonly<Record<Severity, 'error' | 'warning' | 'information' | null>> = { error: 'error', warning: 'warning', notice: 'information', info: null };

const windowsLog =
  (tell: NonNullable<Tell['windows']>): SystemLog =>
  (id, text) => {
    const type = types[severityOf(id)];
    return type !== null && tell({ number: numberOf(id), type, detail: text });
  };
