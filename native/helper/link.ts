/** The agent's door comes in; its whole messages go out, and what the helper says goes to it, once the kernel has said that the agent's own account listens there. */
import type { Socket } from 'node:net';
import { helperLine } from '../../core/helper-link.ts';
import { peerOf } from '../peer/peer.ts';
import { type AgentLink, type LinkParts, startRedial } from './redial.ts';

export type AgentLinkParts = LinkParts & {
  /** The account the agent runs as: anybody else who listens there is told nothing, and nothing of his is done. */
  readonly agentUid: number;
};

export function startAgentLink({ agentUid, ...parts }: AgentLinkParts): AgentLink {
  return startRedial({
    ...parts,
    write: (line, message) => void line.write(helperLine(message)),
    meet: (line, begin, hear) => {
      let begun = false;
      line.on('connect', () => {
        const fd = (line as Socket & { readonly _handle?: { readonly fd?: number } | null })._handle?.fd ?? -1;
        begun = fd >= 0 && peerOf(fd)?.uid === agentUid;
        if (begun) begin();
        else line.destroy();
      });
      return (bytes) => begun && hear(bytes);
    },
  });
}
