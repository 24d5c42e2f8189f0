/** What this browser keeps: one entry, and one cookie that the sites of a domain share. Every access
 * may throw (T-92); then the page's memory is all there is (T-84).
 */

import type { State } from '../types';
import { allowed, usual } from './consent';

const ENTRY = 'headwater';
const TOUCHES = 10;
const CHARACTERS = 32768;

export const attempt = <T>(work: () => T): T | undefined => {
  try {
    return work();
  } catch {
    // blocked, full or missing: the page goes on
  }
};

/** Never goes back while a page is there. */
export const now = () => performance.timeOrigin + performance.now();

export let state: State = { touches: [] };

export const recall = () =>
  attempt(() => {
    const kept: State = JSON.parse(localStorage[ENTRY]);
    kept.touches = kept.touches.filter((each) => each.until > now() && each.found);
    state = kept;
  });

/** Other tabs write too: read, change and write are one step. Where a site need not ask, a "no" is
 * kept as well, or it would begin again on the next page.
 */
export const change = (edit: () => void) => {
  const stored = () => allowed() || usual() == 'granted';
  if (stored()) recall();
  edit();
  const { touches } = state;
  // The first stays; of the others the oldest goes.
  while (touches[1] && (touches[TOUCHES] || JSON.stringify(touches).length > CHARACTERS)) {
    touches.splice(1, 1);
  }
  if (stored()) attempt(() => (localStorage[ENTRY] = JSON.stringify(state)));
};

/** The script's cookies, after writing one. */
const cookies = (pair?: string) =>
  attempt(() => {
    if (pair) document.cookie = pair + ';path=/;samesite=lax';
    return document.cookie;
  }) || '';

/** The widest domain that takes a cookie (T-91), else the host. */
export const root = (): string => {
  const labels = location.hostname.split('.');
  for (let from = labels.length; !domain && from--; ) {
    const wider = labels.slice(from).join('.');
    if (cookies('hw_p=1;domain=' + wider).includes('hw_p=1')) domain = wider;
    cookies('hw_p=;max-age=0;domain=' + wider);
  }
  return (domain ||= location.hostname);
};
let domain: string;

/** Whether a host is another or below it. */
export const within = (host: string, other: string) => ('.' + host).endsWith('.' + other);

export const visitor = (): string =>
  /\bhw_v=([\w-]+)/.exec(cookies())?.[1] || state.visitor || '';

export const forget = () => {
  state = { touches: [], config: state.config };
  attempt(() => delete localStorage[ENTRY]);
  cookies('hw_v=;max-age=0;domain=' + root());
};
