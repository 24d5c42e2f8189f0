/** Checkouts that Stripe hosts learn which click brought the buyer: `client_reference_id`, as the
 * redirect of a short link writes it (T-95).
 */

import type { Inside } from '../types';

const HOSTS = ['buy.stripe.com', 'donate.stripe.com', 'book.stripe.com'];
const PARAMETER = 'client_reference_id';
const ELEMENTS = 'stripe-pricing-table,stripe-buy-button';
const ATTRIBUTE = 'client-reference-id';
const TAKEN = /^[\w-]{1,193}$/; // 200 with what is put before it

let installed = false;

export const install = ({ state, level }: Inside) => {
  if (installed) return;
  installed = true;
  /** What we wrote on which element; what somebody else wrote stays (T-94). */
  const ours = new WeakMap<Element, string>();

  /** Never empty, and nothing that Stripe would refuse (T-80). */
  const reference = () => {
    const { clickId } = state();
    const may = clickId && TAKEN.test(clickId) && level('measurement') == 'granted';
    return may ? `dub_id_${clickId}` : '';
  };

  const mark = (element: Element) => {
    const said = element.getAttribute(ATTRIBUTE);
    const value = reference();
    if ((said && said != ours.get(element)) || (said || '') == value) return;
    ours.set(element, value);
    if (value) element.setAttribute(ATTRIBUTE, value);
    else element.removeAttribute(ATTRIBUTE);
  };

  const markAll = () => document.querySelectorAll(ELEMENTS).forEach(mark);

  /** Written as the link is followed, so it is the click of that moment. */
  const follow = (event: Event) => {
    const link = event.composedPath().find((each) => each instanceof HTMLAnchorElement);
    if (!link || !HOSTS.includes(link.hostname)) return;
    const url = new URL(link.href);
    const said = url.searchParams.get(PARAMETER);
    if (said && said != ours.get(link)) return;
    const value = reference();
    ours.set(link, value);
    if (value) url.searchParams.set(PARAMETER, value);
    else url.searchParams.delete(PARAMETER);
    if (url.href != link.href) link.href = url.href;
  };

  const quietly = (work: (event: Event) => void) => (event: Event) => {
    try {
      work(event);
    } catch {
      // no address
    }
  };
  for (const kind of ['click', 'auxclick']) addEventListener(kind, quietly(follow), true);
  // A page gets its tables later, and who clicks may be answering a question about consent.
  const known = () => (window as any).headwater('ready', markAll);
  new MutationObserver(markAll).observe(document, { childList: true, subtree: true });
  addEventListener('click', () => setTimeout(known), true);
  addEventListener('pointerover', ({ target }) => {
    if (target instanceof Element && target.matches(ELEMENTS)) mark(target);
  });
  markAll();
  known();
};
