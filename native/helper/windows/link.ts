/** The pipe of this session comes in, which Windows' host owns; the agent's whole messages go out, and what the helper says goes to it, as letters that the host hands through. */
import { greeting, hostLines, lockedLine, sayLines } from '../../../core/host-link.ts';
import { helperLine } from '../../../core/helper-link.ts';
import { type AgentLink, type LinkParts, startRedial } from '../redial.ts';

export type HostLinkParts = LinkParts & {
  readonly session: number;
  /** Asks Windows to lock this session; its error code. */
  readonly lock: () => number;
};

export function startHostLink({ session, lock, ...parts }: HostLinkParts): AgentLink {
  return startRedial({
    ...parts,
    write: (line, message) => {
      for (const letter of sayLines(Buffer.from(helperLine(message)))) line.write(letter);
    },
    meet: (line, begin, hear) => {
      const lines = hostLines({
        ready: begin,
        told: (bytes) => {
          if (!hear(bytes)) line.destroy();
        },
        lock: () => void line.write(lockedLine(lock())),
      });
      line.on('connect', () => line.write(greeting('helper', session)));
      return (bytes) => line.destroyed || lines(bytes);
    },
  });
}
