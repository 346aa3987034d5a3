/** A person's record comes in; what the core may know of her goes out. A staff number's digits, as text and as bytes. */
import type { Subscriber } from '../../core/types.ts';
import type { SubscriberRecord } from './records.ts';

/** What the core knows of a person. */
export const publicPart = ({ id, given, initial, language, role }: SubscriberRecord): Subscriber => ({ id, given, initial, language, role });

/** Values 0–9, one a byte. */
export const digitsOf = (text: string): Uint8Array => Uint8Array.from(text, (c) => c.charCodeAt(0) - 0x30);
