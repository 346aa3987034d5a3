/** Wall-clock and station time come in; the day it is, and whether what was begun for a while is over, go out. A clock that is wrong may end something early, never late. */
import type { Millis } from '../../core/types.ts';
import type { Lifetime } from '../store/records.ts';

/** Both clocks of the same moment: Unix milliseconds, and station time. */
export type Moment = { readonly wall: number; readonly at: Millis };

const oneDay = 86_400_000;

/** `2027-03-31`, UTC. */
export const dayOf = (wall: number): string => new Date(wall).toISOString().slice(0, 10);

/** Whole days from one such day to another; below 0: it lies ahead. */
export const daysBetween = (from: string, to: string): number => Math.round((Date.parse(to) - Date.parse(from)) / oneDay);

/** A clock that is set right may go back by this much. */
const clockSlack: Millis = 60_000;

/**
 * Whether it is over: by wall clock or by station time, whichever comes first, or because the wall clock was set back.
 * After a restart of the computer station time starts anew, and then says less time than has gone by: never more.
 */
export function isOver({ wall, at, lasts }: Lifetime, now: Moment): boolean {
  const byWall = now.wall - wall;
  const byStation = now.at - at;
  return byWall >= lasts || byStation >= lasts || byWall < -clockSlack || byWall < byStation - clockSlack;
}

/** The station time at which it is over, as far as both clocks say now; one that is over already lies in the past. */
export const endOf = (lifetime: Lifetime, now: Moment): Millis =>
  isOver(lifetime, now) ? now.at : now.at + lifetime.lasts - Math.max(now.wall - lifetime.wall, now.at - lifetime.at);

/** Those of the last seven days; what lies ahead counts too, since the clock was set back. */
export const lastWeek = (moments: readonly number[], wall: number): readonly number[] => moments.filter((moment) => moment > wall - 7 * oneDay);
