/** The number of a made-up person comes in; her badge's UID, hex, and her PIN go out. */
const pins = ['482917', '482924', '482931', '482938', '482945', '482952'] as const;

export const uidOfPerson = (n: number): string => `04${(n + 1).toString(16).padStart(12, '0')}`;
export const pinOfPerson = (n: number): string => pins[n % pins.length] ?? pins[0];
