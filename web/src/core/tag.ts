/** The tag: one script element, nothing that throws into its page. */

import { attribute, base, key, landed } from './landed';
import type { Call, Choice, Handle, Inside, Level, Text } from '../types';
import { allowed, level, usual } from './consent';
import { flat, read } from './landing';
import {
  attempt,
  change,
  forget,
  now,
  recall,
  root,
  state,
  visitor,
  within,
} from './store';

declare const CHUNKS: string;

const CALLS = 100;
const ADDRESSES = 10;
const SAME_TOUCH_MS = 18e5;
const FRESH_MS = 3e5;
const DAY_MS = 864e5;
const LIMIT_MS = 300;
const CEILING_MS = 600;

const page = window as any;

let on: unknown;
let captured: Promise<unknown> = Promise.resolve();
let known = captured;
let addresses: [string, number][] = [[landed, now()]];
let seen: string[] = [];
let calls: Call[] = [];
let handle: Handle | undefined;
let wanted: unknown;
const chunks: Record<string, Promise<any> | undefined> = {};

const measured = () => on && allowed();

/** Nothing where the chunk could not be had; then it may be asked for again. */
const load = (chunk: string): Promise<any> =>
  (chunks[chunk] ||= import(`${base}/${chunk}-${CHUNKS}.js`).catch(
    () => (chunks[chunk] = undefined),
  ));

/** What the address says, unless it is of a visitor who was here already, or paid elsewhere (T-99). */
const take = (address: string, at: number) => {
  const from = attempt(() => new URL(document.referrer));
  const { found, days, url } = read(address);
  const { ignoreReferrers = [], referrals } = state.config!;
  const back = from && [root(), ...ignoreReferrers].some((host) => within(from.hostname, host));
  if (back ? !found.clickId : !days && !(from && referrals)) return;
  const same = JSON.stringify(found);
  change(() => {
    const again = state.touches.some(
      (touch) =>
        JSON.stringify(touch.found) == same && (found.clickId || at - touch.at < SAME_TOUCH_MS),
    );
    if (again) return;
    const until = at + (days || 90) * DAY_MS;
    state.touches.push({ at, until, url, referrer: from?.origin || '', found });
    state.clickId = found.clickId || state.clickId;
  });
};

/** What the server says of the workspace; its last answer serves until the next one is there. */
const configure = async () => {
  // Before anybody agreed, the network is asked only for what the site's own default is.
  const asks = measured() || (on && !usual() && !state.choice);
  if (!asks || now() - state.fresh! < FRESH_MS) return;
  const answer = fetch(`${base}/config?key=${key}`)
    .then((given) => given.ok && given.json())
    .then(
      (config) =>
        config &&
        change(() => {
          state.config = config;
          state.fresh = now();
        }),
    )
    .catch(() => {});
  await (state.config || answer);
};

const send = (work: (sender: any) => unknown) =>
  load('send').then((chunk) => chunk && work(chunk.sender(inside)));

const settle = () => {
  if (!measured() || !state.config) return;
  seen = parts();
  for (const each of addresses.splice(0)) attempt(() => take(...each));
  if ((wanted ||= state.config.outbound || state.config.providers)) open();
};

const deliver = () =>
  measured() && state.touches.some(({ sent }) => !sent) && send((sender) => sender.flush());

const go = () => {
  captured = captured.then(configure).then(() => attempt(settle));
  known = captured.then(deliver);
};

/** What is not for every page is a chunk of its own. Calls wait for it, and for consent: the last
 * hundred.
 */
const open = () =>
  load('page').then((chunk) => {
    handle = chunk?.open(inside);
    if (handle) for (const call of calls.splice(0)) handle(...call);
  });

const tell = (...call: Call) => {
  calls = [...calls, call].slice(-CALLS);
  if ((wanted ||= call[0] != 'page') && measured()) open();
};

const view = (address = location.href) => {
  addresses.push([address, now()]);
  if (addresses[ADDRESSES]) addresses.splice(1, 1); // the landing stays
  go();
  tell('page', address);
};

const parts = () => read(location.href).url.split(/[?&]/);

/** Only another path or new evidence is a view, not what a router strips (T-110). */
const moved = () => {
  const before = seen;
  seen = parts();
  if (seen.some((part) => !before.includes(part))) view();
};

/** Tells of every new address; a router that puts its own functions over ours is not disturbed. */
const watch = () => {
  const changed = () => attempt(moved);
  for (const name of ['pushState', 'replaceState'] as const) {
    const before = history[name];
    history[name] = function (...given) {
      const answer = before.apply(this, given);
      changed();
      return answer;
    };
  }
  addEventListener('popstate', changed);
  page.navigation?.addEventListener('currententrychange', changed);
};

const start = () => {
  on = key && origin != 'null' && (!navigator.webdriver || attribute('automation'));
  if (!on) return;
  recall();
  moved();
  watch();
  addEventListener('pageshow', (event) => {
    if (!event.persisted) return;
    recall();
    view();
  });
};

const api: any = {
  ready: (call: (known: unknown) => void) =>
    known.then(() => setTimeout(call, 0, { ...state })),
  page: view,
  consent: (given: Choice | Level) => {
    const choice: Choice = typeof given == 'string' ? { all: given } : { ...state.choice, ...given };
    if ((choice.measurement || choice.all) == 'denied') {
      const gone = visitor();
      if (gone) send((chunk) => chunk.withdraw(gone));
      forget();
      addresses = [[landed, now()]];
    }
    change(() => (state.choice = choice));
    go();
  },
  getAttribution: async (given?: { timeoutMs?: number }) => {
    const limit = Math.min(given?.timeoutMs ?? LIMIT_MS, CEILING_MS);
    await Promise.race([known, new Promise((done) => setTimeout(done, limit))]);
    const touch = state.touches.at(-1);
    return touch && measured() ? { ...flat(touch.found), visitor: visitor() } : {};
  },
  getCheckoutAttribution: () =>
    new Promise<Text>((done) => {
      captured.then(() => (measured() ? tell('checkout', done) : done({})));
      setTimeout(done, CEILING_MS, {});
    }),
  visitor: () => (measured() ? visitor() : ''),
};

const inside: Inside = { key, state: () => state, change, level, root, visitor, read };

const install = () => {
  const before = page.headwater;
  const call: any = (name: string, ...given: any[]) =>
    attempt(() => (api[name] || tell.bind(0, name as any))(...given));
  for (const name of [...Object.keys(api), 'identify', 'beginCheckout', 'conversion']) {
    call[name] = call.bind(0, name);
  }
  page.headwater = call;
  if ((document as any).prerendering) document.addEventListener('prerenderingchange', start);
  else start();
  for (const given of before?.q || []) call(...given);
  for (const name of ['shims', 'with']) {
    if (attribute(name)) load(name).then((chunk) => chunk?.install(inside, attribute(name)));
  }
};

if (!page.headwater?.visitor) install();
