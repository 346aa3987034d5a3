/** A document's text comes in, what it claims of this clone goes out: links, files, commands and tables; each claim can be false, and a test says which. */
import type { DiagnosticId } from '../../agent/diagnostics.ts';
import { mendOf, severityOf } from '../../agent/events/event.ts';
import { hostSeverityOf } from '../../agent/events/host-events.ts';
import type { Setting } from '../../agent/policy-file.ts';

/** What stands between `<!-- NAME -->` and `<!-- /NAME -->`, without blank lines around it; null without the marks. */
export function section(document: string, name: string): string | null {
  const found = new RegExp(`<!-- ${name} -->\\n([\\s\\S]*?)<!-- /${name} -->`).exec(document);
  return found?.[1]?.trim() ?? null;
}

const cell = (text: string): string => text.replaceAll('|', '\\|');
const tableOf = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.map(cell).join(' | ')} |`).join('\n');

/** The README's table of settings, as the code has them. */
export const settingsTable = (settings: readonly Setting[]): string =>
  tableOf(
    ['setting', 'value', 'default', 'what it does'],
    settings.map(({ key, type, default: unset, meaning, on, restart }) => [
      `\`${key}\``,
      type,
      `\`${unset}\``,
      `${meaning}${on === 'linux' ? ' Linux alone.' : ''}${restart ? ' Counts from the agent’s next start.' : ''}`,
    ]),
  );

/** The README's table of diagnostics, as the code has them: the agent's, then those of the Windows host, whose sentences say what to do themselves. */
export const diagnosticsTable = (ids: Readonly<Record<DiagnosticId, string>>, host: Readonly<Record<string, string>>): string =>
  tableOf(
    ['id', 'severity', 'meaning', 'what to do'],
    [
      ...(Object.entries(ids) as readonly (readonly [DiagnosticId, string])[]).map(([id, meaning]) => [`\`${id}\``, severityOf(id), meaning, mendOf(id)]),
      ...Object.entries(host).map(([id, meaning]) => [`\`${id}\``, hostSeverityOf(id), meaning, '']),
    ],
  );

/** Targets of links and pictures that lie in the clone, without their `#part`. */
export function links(document: string): readonly string[] {
  const targets = [...document.matchAll(/\]\(([^)\s]+)[^)]*\)|<(?:img|source|a)\b[^>]*\b(?:src|srcset|href)="([^"]+)"/g)].map(([, markdown, html]) => markdown ?? html ?? '');
  return targets.filter((target) => !/^[a-z]+:|^#/.test(target)).map((target) => target.replace(/#.*$/, ''));
}

/** Code in a document: between backticks, and the lines of fenced blocks. */
export function codes(document: string): readonly string[] {
  const blocks = [...document.matchAll(/^```.*\n([\s\S]*?)^```/gm)].flatMap(([, body]) => (body ?? '').split('\n'));
  const inline = [...document.replace(/^```[\s\S]*?^```/gm, '').matchAll(/`([^`\n]+)`/g)].map(([, code]) => code ?? '');
  return [...blocks, ...inline].map((code) => code.trim());
}

/** What there is for a document to speak of. */
export type Known = { readonly files: readonly string[]; readonly scripts: readonly string[]; readonly rows: readonly string[]; readonly rooms: readonly string[] };

/** The sentence a piece of code earns when it names a file, script, test or bench row that is not there; null otherwise. */
export function falseClaim(code: string, { files, scripts, rows, rooms }: Known): string | null {
  const run = /^(?:\$ )?(?:CI=true )?npm (?:run )?(start|test|[a-z]+)\b(?: -- (.*))?$/.exec(code);
  if (run !== null) {
    const [, script = '', rest = ''] = run;
    if (['ci', 'install', 'config', 'login'].includes(script)) return null;
    if (!scripts.includes(script)) return `\`${code}\`: package.json has no script ${script}`;
    const words = rest.split(/\s+/).filter((word) => word !== '' && !word.startsWith('-') && !/^[A-Z…]+$/.test(word));
    if (script === 'test') {
      const lost = words.filter((word) => !word.startsWith('check') && !files.some((file) => file.endsWith('.test.ts') && file.includes(word)));
      return lost.length === 0 ? null : `\`${code}\`: no test file has ${lost.join(' or ')} in its path`;
    }
    const unknown = script === 'bench' ? words.filter((word) => !rows.includes(word)) : [];
    return unknown.length === 0 ? null : `\`${code}\`: the bench has no row ${unknown.join(' or ')}`;
  }
  const path = /^((?:[a-z.-]+\/)+)(?:[\w.-]+)?$/.exec(code);
  if (path === null || !rooms.includes(code.split('/')[0] ?? '')) return null;
  return files.some((file) => file === code || file.startsWith(code.endsWith('/') ? code : `${code}/`)) ? null : `\`${code}\`: there is no such file or folder`;
}
