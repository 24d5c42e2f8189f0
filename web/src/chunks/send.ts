/** Touches on their way to the server: kept until it answered, also over pages. */

import { shares } from '../core/shared';
import { uuid } from './send/uuid';
import type { Answer, Inside, Touch } from '../types';

const PAUSE_MS = 3000;
const LONGEST_PAUSE_MS = 18e5;
const TRIES = 10;
const TRIES_UNANSWERED = 3;
const SOURCE_LONGEST = 40;
const COOKIE_S = 34560000;
const KEPT_ALIVE = 52428; // bytes: all that leaves a page so shares 65,536
/** Whose withdrawal has not arrived yet; gone as soon as it has. */
const LEFT = 'headwater_left';

/** `…/t/send-….js` stands where `…/t` takes what is sent. */
const base = new URL('.', import.meta.url).href.slice(0, -1);

const below = (host: string, other: string) => `.${host}`.endsWith(`.${other}`);

const now = () => performance.timeOrigin + performance.now();

let made: ReturnType<typeof make> | undefined;

export const open = (inside: Inside) => (made ||= make(inside));

const make = ({ key, state, change, level, root, visitor }: Inside) => {
  const source = () => {
    if (state().choice?.override) return 'user';
    if ((navigator as any).globalPrivacyControl === true) return 'gpc';
    const { choice } = state();
    return choice ? `${choice.source || 'banner'}`.slice(0, SOURCE_LONGEST) : 'default';
  };
  const measured = () => level('measurement') == 'granted';
  let sending: Touch[] = [];
  let told = '';
  let busy = false;
  let tries = 0;
  /** Who takes everything back: said before anything else is sent, if need be from the next page. */
  let leaver = '';
  const remember = (visitor: string) => {
    leaver = visitor;
    try {
      if (visitor) localStorage[LEFT] = visitor;
      else delete localStorage[LEFT];
    } catch {
      // blocked: this page knows
    }
  };
  try {
    leaver = localStorage[LEFT] || '';
  } catch {
    // blocked
  }

  /** Script's own cookie: the server's cannot be seen from here, nor is it touched (T-86). */
  const name = (visitor: string) => {
    if (!/^[\w-]{20,64}$/.test(visitor)) return;
    state().visitor = visitor;
    const where = `domain=${root()};path=/;samesite=lax`;
    const secure = location.protocol == 'https:' ? ';secure' : '';
    try {
      document.cookie = `hw_v=${visitor};max-age=${COOKIE_S};${where}${secure}`;
    } catch {
      // blocked: the page and its storage know
    }
  };

  /** New ones, and those of which something else may be shared than was said; without what only a
   * vendor said at a checkout.
   */
  const waiting = () => {
    if (!measured()) return [];
    const allowed = shares(level);
    const says = ({ url, found }: Touch) => url || Object.keys(found)[0];
    return state().touches.filter((touch) => says(touch) && touch.sent != allowed);
  };

  /** Clocks of visitors are wrong, ages are not. */
  const event = ({ id, at, url, referrer, found, sent }: Touch) => ({
    type: 'touch',
    id,
    age: Math.round(Math.max(0, now() - at)),
    url,
    referrer: referrer || '',
    ...found,
    source: 'tag',
    ...(sent && { again: true }),
  });

  /** Empty where there is nothing to say, as when consent was taken back in another tab. */
  const body = () => {
    if (!leaver) {
      change(() => {
        if (!waiting()[0]) return;
        for (const touch of state().touches) touch.id ||= uuid();
        name(visitor() || uuid());
      });
    }
    sending = leaver ? [] : waiting();
    told = `${shares(level)}`;
    if (!leaver && !sending[0]) return '';
    return JSON.stringify({
      key,
      visitor: leaver || visitor(),
      consent: {
        measurement: level('measurement') || 'unknown',
        sharing: level('sharing') || 'unknown',
        personal: level('personal') || 'unknown',
        source: source(),
      },
      events: leaver ? [{ type: 'withdraw' }] : sending.map(event),
    });
  };

  const keep = (answer: Answer) =>
    change(() => {
      if (!measured()) return;
      const done = sending.map(({ id }) => id);
      // What is only told once more leads nobody back to a click of before.
      const led = sending.some(({ sent }) => !sent);
      const kept = state();
      for (const touch of kept.touches) if (done.includes(touch.id)) touch.sent = told;
      if (led) {
        kept.clickId = answer.clickId || kept.clickId;
        kept.partner = answer.partner || kept.partner;
      }
      name(answer.visitor || '');
    });

  /** Cookies go along only within the site (T-114); where the page may not see any, within the domain
   * that the server's name is in.
   */
  const own = () => {
    const { hostname } = new URL(base);
    try {
      void document.cookie;
      return below(hostname, root());
    } catch {
      const above = hostname.replace(/^[^.]+\./, '');
      return /\..*[a-z]$/.test(above) && below(location.hostname, above);
    }
  };

  const post = (text: string) =>
    fetch(base, {
      method: 'POST',
      body: text,
      keepalive: new Blob([text]).size < KEPT_ALIVE,
      credentials: own() ? 'include' : 'omit',
    });

  /** One request at a time, until the server has everything or its time for now is over. */
  const flush = async (): Promise<void> => {
    const text = busy ? '' : body();
    if (!text) return;
    busy = true;
    const gone = leaver;
    let most = TRIES_UNANSWERED;
    try {
      const given = await post(text);
      const later = given.status == 429 || given.status > 499;
      if (later) most = TRIES;
      const answer: Answer = given.ok ? await given.json() : {};
      busy = false;
      if (!later) {
        tries = 0;
        if (gone) remember('');
        else if (measured()) keep(answer);
        return flush();
      }
    } catch {
      busy = false;
    }
    if (++tries >= most) return;
    const pause = Math.min(PAUSE_MS * 2 ** (tries - 1), LONGEST_PAUSE_MS);
    setTimeout(flush, pause * (0.5 + Math.random()));
  };

  /** The page goes: what is on its way arrives without it, what is refused stays for the next one. */
  const leave = () => {
    if (busy && !leaver) return;
    const text = body();
    if (!text) return;
    try {
      // A beacon takes cookies along wherever it goes.
      if (own()) navigator.sendBeacon(base, text);
      else post(text).catch(() => {});
    } catch {
      // stays for the next page
    }
  };

  addEventListener('pagehide', leave);
  addEventListener('visibilitychange', () => document.hidden && leave());
  addEventListener('online', () => {
    tries = 0;
    flush();
  });

  return {
    flush,
    /** Of nobody by name where only the server's cookie says who it is. */
    withdraw: (visitor: string) => {
      remember(visitor || '-');
      return flush();
    },
  };
};
