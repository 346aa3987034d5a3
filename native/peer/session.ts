/** A process goes in; the logind session it runs in, as the kernel keeps it, goes out. */
import { readFileSync } from 'node:fs';

/** Its control group under systemd: `session-2.scope`. null: it runs in none (a service, a timer, the user's own manager) or has ended. */
export function sessionOf(pid: number): string | null {
  try {
    return inGroup(readFileSync(`/proc/${pid}/cgroup`, 'utf8'));
  } catch {
    return null;
  }
}

/** The text of /proc/PID/cgroup, cgroups(7). The first such name from the root on: programs may name groups below it as they like. */
export function inGroup(text: string): string | null {
  const [, id] = /^(?:0::|1:name=systemd:)\/(?:[^/\n]+\/)*?session-([A-Za-z0-9]+)\.scope(?:\/|$)/m.exec(text) ?? [];
  return id ?? null;
}
