/** A path and files that root made beside it come in; they belong to whom the path belongs to, so that the agent's own account can go on with them. */
import { chownSync, statSync } from 'node:fs';

/** Only root can give files away, and elsewhere they are the right one's already. */
export function ownedLike(path: string, ...made: readonly string[]): void {
  if (process.geteuid?.() !== 0) return;
  const { uid, gid } = statSync(path);
  for (const file of made) chownSync(file, uid, gid);
}
