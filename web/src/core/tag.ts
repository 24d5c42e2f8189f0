/** The tag: one script element, nothing that throws into its page. */

import { base, given, key, landed } from './landed';
import type { Call, Choice, Inside, Text } from '../types';
import { allowed, level, usual } from './consent';
import { read } from './landing';
import { shares } from './shared';
import {
  attempt,
  change,
  forget,
  now,
  recall,
  root,
  state,
  visitor,
} from './store';

declare const CHUNKS: string;

const enum Most {
  CALLS = 100,
  ADDRESSES = 10,
}

const enum Ms {
  SAME_TOUCH = 18e5,
  FRESH = 3e5,
  DAY = 864e5,
  LIMIT = 300,
  CEILING = 600,
}

const page = self as any;

const on = key && origin != 'null' && (!navigator.webdriver || given.automation);
/** In a task of its own: storage, cookies and the network wait until the page had its turn (T-128). */
let captured = new Promise(setTimeout as any);
let known = captured;
const landing: [string, number] = [landed, now()];
let addresses = [landing];
let seen: string[] = [];
const calls: Call[] = [];
let wanted: unknown;
let failures = 0;
const chunks: Record<string, Promise<any> | undefined> = {};

/** Also by what another tab was told. */
const measured = () => on && (recall(), allowed());

/** Nothing where the chunk could not be had. Then it may be asked for again, by another name: browsers
 * remember which module failed. One may be there before the task in which storage is read first.
 */
const use = (chunk: string, work: (opened: any) => unknown) =>
  (chunks[chunk] ||= import(`${base}/${chunk}-${CHUNKS}.js#${failures}`).catch(
    () => (chunks[chunk] = void failures++),
  ))!.then((made) => made && (recall(), work(made.open(inside))));

/** What the address says, unless it is of a visitor who was here already, or paid elsewhere (T-99). */
const take = (address: string, at: number) => {
  const from = attempt(() => new URL(document.referrer));
  const { found, days, url } = read(address);
  const { ignoreReferrers, referrals } = state.config!;
  const back =
    from && [root(), ...ignoreReferrers!].some((host) => ('.' + from.hostname).endsWith('.' + host));
  if (back ? !found.clickId : !days && !(from && referrals && address == landed)) return;
  const same = JSON.stringify(found);
  change(() => {
    const again = state.touches.some(
      (touch) =>
        JSON.stringify(touch.found) == same && (found.clickId || at - touch.at < Ms.SAME_TOUCH),
    );
    if (again) return;
    const until = at + (days || 90) * Ms.DAY;
    state.touches.push({ at, until, url, referrer: from?.origin, found });
    state.clickId = found.clickId || state.clickId;
  });
};

/** What the server says of the workspace; its last answer serves until the next one is there. */
const configure = async () => {
  recall();
  // Before anybody agreed, the network is asked only for what the site's own default is.
  const age = Math.abs(now() - state.fresh!);
  if (age < Ms.FRESH || (!measured() && (!on || usual() || state.choice))) return;
  const answer = fetch(`${base}/config?key=${key}`)
    .then((given) => given.json())
    .then(
      (config) =>
        config.table &&
        change(() => {
          state.config = config;
          state.fresh = now();
        }),
    )
    .catch(() => {});
  await ((age < Ms.DAY && state.config) || answer);
};

const settle = () => {
  if (measured() && state.config) {
    seen = parts();
    for (const each of addresses.splice(0)) attempt(() => take(...each));
    wanted ||= state.config.outbound || state.config.providers;
    open();
  }
};

const deliver = () =>
  ((measured() && state.touches.some(({ sent }) => sent != shares(level))) || localStorage.headwater_left) &&
  use('send', (sender) => sender.flush());

const go = () => {
  captured = captured.then(configure).then(settle).catch(() => {});
  known = captured.then(deliver).catch(() => {});
};

/** What is not for every page is a chunk of its own. Calls wait for it, and for consent: a hundred,
 * of which views go first.
 */
const open = () =>
  wanted &&
  measured() &&
  use('page', (handle) => {
    for (const call of calls.splice(0)) handle(...call);
  });

const tell = (...call: Call) => {
  calls.push(call);
  if (calls[Most.CALLS]) calls.splice(Math.max(0, calls.findIndex(([name]) => name == 'page')), 1);
  wanted ||= call[0] != 'page';
  open();
};

const view = (address = location.href) => {
  addresses.push([address, now()]);
  if (addresses[Most.ADDRESSES]) addresses.splice(1, 1); // the landing stays
  go();
  tell('page', address);
};

const parts = () => read(location.href).url.split(/[?&]/);

/** Only another path or new evidence is a view, not what a router strips (T-110). */
const moved = () =>
  attempt(() => {
    const before = seen;
    seen = parts();
    if (seen.some((part) => !before.includes(part))) view();
  });

/** Of every new address; a router that puts its own functions over ours is not disturbed. */
const start = () => {
  moved();
  for (const name of ['pushState', 'replaceState'] as const) {
    const before = history[name];
    history[name] = function (...given) {
      const answer = before.apply(this, given);
      moved();
      return answer;
    };
  }
  addEventListener('popstate', moved);
  page.navigation?.addEventListener('currententrychange', moved);
  addEventListener('pageshow', (event) => event.persisted && view());
};

const api: any = {
  ready: (call: (known: unknown) => void) =>
    known.then(() => setTimeout(call, 0, measured() ? { ...state, visitor: visitor() } : {})),
  page: view,
  consent: (given: any) => {
    // A string, in fewer letters.
    const choice: Choice = given.trim ? { all: given } : { ...state.choice, ...given };
    if ((choice.measurement || choice.all) == 'denied') {
      const gone = visitor();
      if (gone || measured()) use('send', (sender) => sender.withdraw(gone));
      forget();
      addresses = [landing];
    }
    change(() => (state.choice = choice));
    go();
  },
  getAttribution: async (given?: { timeoutMs?: number }) => {
    await new Promise((done) => {
      known.then(done);
      setTimeout(done, Math.min(given?.timeoutMs ?? Ms.LIMIT, Ms.CEILING));
    });
    const touch = state.touches.at(-1);
    if (!measured() || !touch) return {};
    const { utm, ids, ...rest } = touch.found;
    const all: Text = { ...rest, ...ids, visitor: visitor() };
    for (const tag in utm) all['utm_' + tag] = utm[tag]!;
    return all;
  },
  getCheckoutAttribution: () =>
    new Promise<Text>((done) => {
      captured.then(() => (measured() ? tell('checkout', done) : done({})));
      setTimeout(done, Ms.CEILING, {});
    }),
  visitor: () => (measured() ? visitor() : ''),
  // The chunk's.
  identify: 0,
  beginCheckout: 0,
  conversion: 0,
  forms: 0,
};

const inside: Inside = { ...given, state: () => state, change, level, root, visitor, read };

const install = () => {
  const before = page.headwater;
  if (before?.visitor) return;
  const call: any = (name: string, ...given: any[]) =>
    attempt(() => (recall(), api[name] || tell.bind(0, name as any))(...given));
  for (const name in api) call[name] = call.bind(0, name);
  page.headwater = call;
  if (on) start();
  for (const waiting of before?.q || []) call(...waiting);
  for (const name of ['shims', 'with']) given[name] && use(name, Object);
};

if ((document as any).prerendering) document.addEventListener('prerenderingchange', install);
else install();
