/** The logind controller on the real logind and its VTs, held to the contract of every SessionController. */
import { after, before } from 'node:test';
import { sessionControllerContract } from '../../contract/session-controller.ts';
import { need } from '../../needs.ts';
import { clock, greet, place } from './place.ts';
import { type SeatStand, startSeat } from './stand.ts';

const skip = need('linux', 'root', 'logind', 'vts');
let seat: SeatStand;
before(async () => {
  if (skip === false) seat = await startSeat();
});
after(() => (skip === false ? seat[Symbol.asyncDispose]() : undefined));

sessionControllerContract('logind', {
  clock,
  skip,
  make: async () => {
    const { c, offers } = await place(seat);
    greet(seat, offers);
    return c;
  },
  people: ['s-sam', 's-ana'],
});
