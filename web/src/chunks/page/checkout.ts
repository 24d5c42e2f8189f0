/** What a checkout hands to its backend: local, bounded, whatever the vendors do. */

import { shares } from '../../core/shared';
import type { Evidence, Inside, Text, Touch } from '../../types';

const KEYS = [
  ...['im_ref', 'utm_source', 'utm_medium', 'utm_campaign', 'utm_term', 'utm_content'],
  ...['gclid', 'gbraid', 'wbraid'],
];
const GOOGLE = ['client_id', 'session_id', 'session_number'];
const LIMIT_MS = 300;
const YEAR_MS = 365 * 864e5;

/** What a vendor's callback is given; undefined where it does not come in time, or the call throws. */
const ask = <T>(call: (answer: (value?: T) => void) => void): Promise<T | undefined> =>
  new Promise((resolve) => {
    setTimeout(resolve, LIMIT_MS);
    try {
      call(resolve);
    } catch {
      resolve(undefined);
    }
  });

const text = (value: unknown) => (typeof value == 'string' ? value : '');

const flat = ({ utm, ids }: Evidence): Text => {
  const tags = Object.entries(utm || {}).map(([name, value]) => [`utm_${name}`, value]);
  return { ...ids, ...Object.fromEntries(tags) };
};

const generated = (allowed: boolean) =>
  ask<unknown>((answer) => {
    const { ire } = window as any;
    if (allowed && typeof ire == 'function') ire('generateClickId', answer);
    else answer();
  }).then(text);

const referral = () =>
  ask<unknown>((answer) => {
    const page = window as any;
    const known = () => text(page.Rewardful?.referral);
    if (known() || typeof page.rewardful != 'function') answer(known());
    else page.rewardful('ready', () => answer(known()));
  }).then(text);

const identity = async (measurement: string | undefined): Promise<Text> => {
  const { gtag } = window as any;
  if (!measurement || typeof gtag != 'function') return {};
  const values = await Promise.all(
    GOOGLE.map((name) => ask<unknown>((answer) => gtag('get', measurement, name, answer))),
  );
  const named = values.map((value, place): [string, string] => [
    `ga_${GOOGLE[place]}`,
    typeof value == 'number' ? `${value}` : text(value),
  ]);
  return Object.fromEntries(named);
};

/** The last touch that has any of the keys: two visits are never blended (T-42). */
const lastOf = (touches: Touch[]) =>
  [...touches]
    .reverse()
    .find(({ found, made }) => made || KEYS.some((key) => flat(found)[key]));

/** Beside what the address said, which stays (T-47); then it is known where the vendor does not come. */
const keep = ({ state, change, level }: Inside, made: string) =>
  change(() => {
    const { touches } = state();
    const now = performance.timeOrigin + performance.now();
    const nothing = { at: now, until: now + YEAR_MS, url: '', found: {}, sent: `${shares(level)}` };
    if (!touches[0]) touches.push(nothing);
    (lastOf(touches) || touches.at(-1))!.made = made;
  });

/** All of it at once; no vendor where `sharing` is not allowed, nothing where measurement is not. */
export const checkout = async (inside: Inside): Promise<Text> => {
  const { state, level } = inside;
  if (level('measurement') != 'granted') return {};
  const sharing = level('sharing') == 'granted';
  const field = sharing ? state().config?.providers?.gtm?.measurementId : undefined;
  const [made, referred, google] = await Promise.all([
    generated(sharing),
    referral(),
    identity(field),
  ]);
  if (made) keep(inside, made);
  const last = lastOf(state().touches);
  const found: Text = { ...flat(last?.found || {}), ...(last?.made && { im_ref: last.made }) };
  const all = KEYS.map((key): [string, string] => [key, found[key] || '']);
  const rest = Object.entries({ ...google, rewardful_referral: referred });
  return Object.fromEntries([...all, ...rest].filter(([, value]) => value));
};
