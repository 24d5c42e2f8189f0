/** What this browser keeps: one entry, and one cookie that the sites of a domain share. Every access
 * may throw (T-92); then the page's memory is all there is (T-84).
 */

import type { State } from '../types';
import { allowed, usual } from './consent';
import { key } from './landed';

const enum Most {
  TOUCHES = 10,
  CHARACTERS = 30000,
}

export const attempt = <T>(work: () => T): T | undefined => {
  try {
    return work();
  } catch {
    // blocked, full or missing: the page goes on
  }
};

/** Never goes back while a page is there. */
export const now = () => performance.timeOrigin + performance.now();

export let state: State = { key, touches: [] };

/** What this page knows of the entry: FULL is when it could not be written, and is older. */
const enum Known {
  NOTHING,
  ALL,
  FULL,
}

let known: Known | undefined;

/** An entry that was there and is gone was taken back in another tab, and comes back only by what may
 * be stored. What was kept for another key is not for this one, but for what the person chose.
 */
export const recall = () =>
  known == Known.FULL ||
  attempt(() => {
    const entry = localStorage.headwater;
    const kept: State = JSON.parse(entry || (known && '{"touches":[]}'));
    kept.touches = kept.touches.filter((each) => each.until > now());
    state = kept.key == key ? kept : { key, touches: [], choice: kept.choice };
    known = entry && Known.ALL;
  });

/** Other tabs write too: read, change and write are one step. Where a site need not ask, a "no" is
 * kept as well, or it would begin again on the next page; and an entry that is there learns when its
 * site begins to ask.
 */
export const change = (edit: () => void) => {
  recall();
  edit();
  const { touches } = state;
  // The first stays; of the others the oldest goes.
  while (touches[1] && (touches[Most.TOUCHES] || JSON.stringify(touches).length > Most.CHARACTERS)) {
    touches.splice(1, 1);
  }
  if (allowed() || usual() == 'granted' || known) {
    const written = attempt(() => (localStorage.headwater = JSON.stringify(state)));
    known = written ? Known.ALL : Known.FULL;
  }
};

/** The script's cookies, after writing one. */
const cookies = (pair?: string) =>
  attempt(() => {
    if (pair) document.cookie = pair + ';path=/;samesite=lax';
    return document.cookie;
  })!;

/** The widest domain that takes a cookie (T-91), else the host. */
export const root = (): string =>
  (domain ||=
    location.hostname
      .split('.')
      .map((_, at, labels) => labels.slice(~at).join('.'))
      .find((wider) => {
        const took = /hw_p=1/.test(cookies('hw_p=1;domain=' + wider));
        cookies('hw_p=;max-age=0;domain=' + wider);
        return took;
      }) || location.hostname);
let domain: string;

export const visitor = (): string =>
  /\bhw_v=([\w-]+)/.exec(cookies())?.[1] || state.visitor || '';

export const forget = () => {
  if (visitor()) cookies('hw_v=;max-age=0;domain=' + root());
  state = { key, touches: [], config: state.config };
  known = Known.NOTHING;
  attempt(() => delete localStorage.headwater);
};
