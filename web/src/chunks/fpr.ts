/** `fpr(…)` (16.4). */

import type { Inside, Meta } from '../types';
import { page, takeOver } from './shim/common';
import { before, kept, ready, says, signedUp, soon } from './shim/evidence';

/** The tracking id is that of an imported click, or of none; then the partner's code has to do. */
const remember = async (inside: Inside) => {
  const { state } = inside;
  const clickId = kept('_fprom_tid') || kept('_fprom_track');
  if (clickId) await before(inside, { clickId });
  if (state().clickId || state().touches.some(({ found, sent }) => found.clickId && !sent)) return;
  const partner = kept('_fprom_ref');
  if (partner) await before(inside, { partner });
};

const isLater = ([name]: [string]) => +(name != 'set');

export const open = (inside: Inside) => {
  // A stub keeps its arguments; whoever came first with anything else answers.
  if (page.FPROM || (page.fpr && !/push/.test(page.fpr))) return;
  const known = ready();
  const answer = soon();
  const options: Meta = {};
  const reply = (call?: () => void) => answer.then(() => call && setTimeout(call));
  const come = () => known.then(() => says(inside, options.ref_id));
  const queue = page.fpr?.q;
  if (queue) page.fpr.q = [...queue].sort((one, other) => isLater(one) - isLater(other));
  takeOver('fpr', 'q', {
    set: (name: string | object, value: unknown) => {
      Object.assign(options, typeof name == 'string' ? { [name]: value } : name);
    },
    init: (given?: object, call?: () => void) => {
      Object.assign(options, given);
      reply(call);
    },
    click: (given?: object, call?: () => void) => {
      Object.assign(options, given);
      come();
      reply(call);
    },
    referral: ({ email, uid, ...rest }: Meta = {}, call?: () => void) => {
      Object.assign(options, rest);
      come();
      signedUp('referral', uid, email);
      reply(call);
    },
  });
  known.then(() => remember(inside));
};
