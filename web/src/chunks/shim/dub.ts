/** `dubAnalytics(…)` and `DubAnalytics` (16.2). */

import type { Inside, Meta } from '../../types';
import { cookie, granted, page, parsed, plain, takeOver } from './common';

export const dub = (inside: Inside) => {
  if (page.DubAnalytics) return;
  const { key, state, change } = inside;
  const own = (page.DubAnalytics = { partner: null as unknown, discount: null as unknown });
  // Other vendors' elements have an attribute of that name, too.
  const said = document.querySelector<HTMLElement>(`[data-key="${key}"]`)?.dataset.api;
  const api = said || import.meta.url.split('/').slice(0, -2).join('/');
  let tell: () => void;
  const shown = new Promise<void>((done) => (tell = done));
  const known = new Promise<unknown>((done) => page.headwater('ready', done));

  const show = (partner: unknown, discount: unknown = null) => {
    if (!partner) return;
    Object.assign(own, { partner, discount });
    tell();
  };

  const post = async (path: string, body: Meta, sender?: object) => {
    await known; // before, nobody knows what the site's visitors agree to
    if (!granted(inside)) return {};
    try {
      const answer = await fetch(api + '/track/' + path, {
        method: 'POST',
        keepalive: true,
        headers: { 'Content-Type': 'application/json', ...sender },
        body: JSON.stringify(body),
      });
      const given = (await answer.json()) || {};
      if (!answer.ok) console.error('[headwater]', given.error);
      return given;
    } catch {
      return {}; // there is no server, or something else in its place
    }
  };

  const convert = (kind: string) => (body: Meta) =>
    post(
      kind + '/client',
      { clickId: state().clickId || cookie('dub_id'), ...body },
      { Authorization: 'Bearer ' + key },
    );

  let clicked: Promise<void> | undefined;
  const click = async (of: Meta) => {
    const where = { url: location.href, referrer: document.referrer };
    const { clickId, partner, discount } = await post('click', { ...of, ...where });
    if (clickId) change(() => (state().clickId = clickId));
    show(partner, discount);
  };

  takeOver('dubAnalytics', 'q', {
    ready: (call: () => void) => shown.then(() => setTimeout(call)),
    trackClick: (of: Meta) => (clicked ||= click(of)),
    trackLead: convert('lead'),
    trackSale: convert('sale'),
  });

  known.then(() => {
    if (!granted(inside)) return;
    const { partner, discount } = parsed(cookie('dub_partner_data')) || {};
    const before = partner && { ...partner, name: plain(partner.name), image: plain(partner.image) };
    show(before || state().partner, discount);
  });
};
