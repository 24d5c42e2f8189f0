/*
 * For pages written for `@dub/analytics`: the same attributes, cookies and calls, answered by the
 * Headwater that serves this file (GET /scripts/dub.js). It is its own source: nothing is built.
 *
 * Whatever happens here, the page it is on goes on: storage may be blocked, answers may be missing.
 */
(() => {
  'use strict';

  const ID = 'dub_id';
  // What a workspace calls it in addresses unless it was told otherwise.
  const OWN_ID = 'hw_id';
  const PARTNER = 'dub_partner_data';
  const DAY_MS = 24 * 60 * 60 * 1000;
  const KEPT_DAYS = 90;
  const LOOK_AGAIN_MS = 2000;

  const script = document.currentScript;
  if (!script) return;
  const attribute = (name) => script.getAttribute(`data-${name}`) || '';

  const parsed = (text, otherwise) => {
    try {
      return JSON.parse(text) || otherwise;
    } catch {
      return otherwise;
    }
  };

  const api = (attribute('api-host') || new URL(script.src).origin).replace(/\/$/, '');
  const key = attribute('publishable-key');
  const domains = parsed(attribute('domains'), { refer: attribute('short-domain') });
  const keepsFirst = attribute('attribution-model') === 'first-click';
  const host = location.hostname.replace(/^www\./, '');

  // Cookies.

  const isName = host !== 'localhost' && !/^[\d.]+$|:/.test(host);
  const options = {
    domain: isName ? `.${host}` : '',
    path: '/',
    sameSite: 'Lax',
    expiresInDays: KEPT_DAYS,
    ...parsed(attribute('cookie-options'), {}),
  };

  const words = (() => {
    const { domain, path, sameSite, secure, maxAge, expires, expiresInDays } = options;
    const until = expires ? new Date(expires) : new Date(Date.now() + expiresInDays * DAY_MS);
    const site = sameSite === true ? 'Strict' : sameSite;
    return [
      domain && `domain=${domain}`,
      path && `path=${path}`,
      site && `samesite=${site}`,
      secure && 'secure',
      maxAge === undefined ? `expires=${until.toUTCString()}` : `max-age=${maxAge}`,
    ].filter(Boolean);
  })();

  const read = (name) => {
    const found = document.cookie.split('; ').find((each) => each.startsWith(`${name}=`));
    return found ? found.slice(name.length + 1) : '';
  };
  const write = (name, value) => {
    document.cookie = [`${name}=${value}`, ...words].join('; ');
  };
  const forget = (name) => {
    document.cookie = [`${name}=`, ...words, 'max-age=0'].join('; ');
  };

  // The partner who sent the visitor, for this page and the next ones.

  const recoded = (partner, code) => ({
    ...partner,
    name: code(partner.name || ''),
    image: code(partner.image || ''),
  });
  const show = (answer) => {
    window.DubAnalytics = { partner: answer.partner, discount: answer.discount || null };
  };
  const remember = (answer) => {
    if (!answer.partner) return forget(PARTNER);
    const kept = { ...answer, partner: recoded(answer.partner, encodeURIComponent) };
    // A semicolon would end the cookie; in JSON it may be written another way.
    write(PARTNER, JSON.stringify(kept).replace(/;/g, '\\u003b'));
    return show(answer);
  };
  const restore = () => {
    const kept = parsed(read(PARTNER), null);
    if (kept && kept.partner) show({ ...kept, partner: recoded(kept.partner, decodeURIComponent) });
  };

  // Reports.

  const post = async (path, body, headers) => {
    const answer = await fetch(api + path, {
      method: 'POST',
      keepalive: true,
      headers: { 'Content-Type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });
    return { ok: answer.ok, said: await answer.json() };
  };
  const quietly = (work) => work.catch(() => {});

  const asked = new URLSearchParams(location.search);
  const given = asked.get(ID) || asked.get(OWN_ID);
  const names = attribute('query-param')
    ? [attribute('query-param')]
    : parsed(attribute('query-params'), []);
  const referral = [...names, 'via'].map((name) => asked.get(name)).find(Boolean);
  const whereFrom = { url: location.href, referrer: document.referrer };

  let clicked = false;
  const click = async ({ domain, key: ofLink }) => {
    if (clicked) return;
    clicked = true;
    const { ok, said } = await post('/track/click', { domain, key: ofLink, ...whereFrom });
    if (!ok) return;
    if (given && given !== said.clickId) {
      console.warn('[headwater] this page was reached by another click; the referral is left out');
      return;
    }
    write(ID, said.clickId);
    remember(said);
    if (said.partner) tellReady();
    markOutbound();
  };

  const visit = async () => {
    const { ok, said } = await post('/track/visit', { domain: domains.site, ...whereFrom });
    if (ok) {
      write(ID, said.clickId);
      markOutbound();
    }
  };

  const convert = async (kind, body) => {
    const whole = { clickId: read(ID), ...body };
    const sender = { Authorization: `Bearer ${key}` };
    const { ok, said } = await post(`/track/${kind}/client`, whole, sender);
    if (!ok) console.error(`[headwater] the ${kind} was refused:`, said.error);
  };

  // Links to sites of the same owner carry the click along.

  const bare = (name) => name.trim().replace(/^www\./, '');
  const listed = Array.isArray(domains.outbound)
    ? domains.outbound
    : (domains.outbound || '').split(',');
  const outbound = listed.map(bare).filter((name) => name && name !== host);
  const leadsOut = (name) =>
    outbound.some((each) =>
      each.startsWith('*.') ? name.endsWith(each.slice(1)) : bare(name) === each,
    );

  const mark = (element, attributeName, clickId) => {
    try {
      const url = new URL(element[attributeName]);
      if (!leadsOut(url.hostname) || url.searchParams.has(ID)) return;
      url.searchParams.set(ID, clickId);
      element[attributeName] = url.toString();
    } catch {
      // not an address
    }
  };
  const markIn = (within, clickId) => {
    within.querySelectorAll('a[href]').forEach((each) => mark(each, 'href', clickId));
    within.querySelectorAll('iframe[src]').forEach((each) => mark(each, 'src', clickId));
    within.querySelectorAll('iframe[srcdoc]').forEach((each) => {
      if (each.contentDocument) markIn(each.contentDocument, clickId);
    });
  };
  const markOutbound = () => {
    const clickId = read(ID);
    if (outbound.length && clickId) markIn(document, clickId);
  };
  const watchOutbound = () => {
    if (!outbound.length) return;
    for (const name of ['pushState', 'replaceState']) {
      const before = history[name];
      history[name] = function (...parts) {
        before.apply(this, parts);
        markOutbound();
      };
    }
    window.addEventListener('popstate', markOutbound);
    document.addEventListener('DOMContentLoaded', markOutbound);
    setInterval(markOutbound, LOOK_AGAIN_MS);
    markOutbound();
  };

  // What pages call.

  let waiting = [];
  const tellReady = () => {
    const now = waiting;
    waiting = [];
    now.forEach((call) => call());
  };
  const methods = {
    ready: (call) => call(),
    trackClick: (of) => quietly(click(of)),
  };
  if (key) {
    methods.trackLead = (body) => quietly(convert('lead', body));
    methods.trackSale = (body) => quietly(convert('sale', body));
  }
  const takeOver = () => {
    const before = (window.dubAnalytics && window.dubAnalytics.q) || [];
    const called = (name, ...parts) => methods[name] && methods[name](...parts);
    window.dubAnalytics = Object.assign(called, methods);
    for (const [name, ...parts] of before) {
      if (name === 'ready') waiting.push(parts[0]);
      else called(name, ...parts);
    }
    if (window.DubAnalytics.partner) tellReady();
  };

  const start = () => {
    window.DubAnalytics = { partner: null, discount: null };
    restore();
    const mayTake = !keepsFirst || !read(ID);
    if (given && mayTake) write(ID, given);
    const referred = referral && domains.refer;
    if (referred && mayTake) quietly(click({ domain: domains.refer, key: referral }));
    else if (!referred && domains.site && !read(ID)) quietly(visit());
    watchOutbound();
    takeOver();
  };

  try {
    start();
  } catch (error) {
    console.warn('[headwater] attribution is off on this page:', error);
  }
})();
