/** What a page written for others knows of where its visitor comes from, as touches of ours. */

import type { Evidence, Inside, Touch } from '../../types';
import { cookie, granted, page, plain } from './common';

const LONGEST = 512;
const SAME_TOUCH_MS = 18e5;
const LASTS_MS = 90 * 864e5; // here; how long it counts is for the server to say
const LATEST_MS = 250;

const now = () => performance.timeOrigin + performance.now();

/** Who may be measured is known, and what the server had to say. */
export const ready = () => new Promise<unknown>((done) => page.headwater('ready', done));

/** The same, for pages that wait for it. */
export const soon = () =>
  Promise.race([ready(), new Promise((done) => setTimeout(done, LATEST_MS))]);

/** By the piece that the core sends with. */
const send = async (inside: Inside) => {
  try {
    const { open } = await import(import.meta.url.replace(/[^/]+(-\w+\.js[^/]*)$/, 'send$1'));
    await open(inside).flush();
  } catch {
    // the next page has it
  }
};

const touch = (found: Evidence, at: number, url = ''): Touch => ({
  at,
  until: now() + LASTS_MS,
  url,
  found,
});

const short = (said: unknown) => {
  const text = `${said ?? ''}`.trim();
  return text.length > LONGEST ? '' : text;
};

/** Of a vendor's cookie, empty where there is none, or where it is none of theirs. */
export const kept = (name: string) => short(plain(cookie(name)));

/** By its vendor's cookies a visitor was here before all that the tag saw (T-135), so the click of
 * now stays the last one. Taken once in a browser: who uses it next has no part in it (T-45).
 */
export const before = async (inside: Inside, found: Evidence) => {
  if (!granted(inside)) return;
  const said = JSON.stringify(found);
  const { clickId, partner } = inside.state();
  inside.change(() => {
    const state = inside.state();
    if (state.taken?.includes(said)) return;
    (state.taken ||= []).push(said);
    state.touches.unshift(touch(found, (state.touches[0]?.at ?? now()) - 1));
  });
  await send(inside);
  if (clickId && granted(inside)) {
    inside.change(() => Object.assign(inside.state(), { clickId, partner }));
  }
};

/** The page itself names who led here, now; the same within half an hour is one (T-98). */
export const says = async (inside: Inside, code: unknown) => {
  const partner = short(code);
  if (!partner || !granted(inside)) return;
  inside.change(() => {
    const { touches } = inside.state();
    const again = touches.some(
      ({ found, at }) => found.partner == partner && now() - at < SAME_TOUCH_MS,
    );
    if (!again) touches.push(touch({ partner }, now(), inside.read(location.href).url));
  });
  await send(inside);
};

/** Told to the providers, and no more than a hint: the site's backend signs up. An e-mail is not
 * handed to them as a user's id (T-120).
 */
export const signedUp = (how: string, id: unknown, email?: unknown) => {
  const user = `${id ?? ''}`;
  if (user && !user.includes('@')) page.headwater('identify', user, { email });
  page.headwater('conversion', how);
};
