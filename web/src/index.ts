/** `@headwater/tag`: puts the tag of your Headwater on a page, with its types. The tag itself is served
 * by the server, so that a page always has the one that fits.
 */

import type { Choice, Level, Meta, Partner, Text } from './types.js';

export type { Choice, Level, Meta, Partner, Purpose, Text } from './types.js';

/** Consent asked for by others, the data layer, Stripe's hosted checkouts. */
export type Piece = 'consent-mode' | 'tcf' | 'gpp' | 'data-layer' | 'stripe';

export interface Options {
  /** Where the tag is: `https://track.example.com/t.js`, or a path of your own that leads there. */
  src: string;
  /** The workspace's publishable key. */
  key: string;
  /** In place of the workspace's default; `unknown` and `denied` ask nothing of the network. */
  consent?: Level;
  /** `rewardful`, `dub`, `impact`, `fpr`, `tolt`, `growsumo`: whose calls this page makes. */
  shims?: string[];
  /** What else of the page is read or filled. */
  with?: Piece[];
  /** Where the API is, for the shim of `dub` behind a path of your own. */
  api?: string;
  /** Of the page's Content-Security-Policy. */
  nonce?: string;
  /** `sha384-…` of `/t/sri.json`, with the file named there as `src`. */
  integrity?: string;
  /** Under automation, too, as in your own tests. */
  automation?: boolean;
}

/** What `ready` is called with. */
export interface Known {
  visitor?: string;
  clickId?: string | null;
  partner?: Partner | null;
}

/** By name, as `headwater('page')`, from the start; as methods once the tag is there. */
export interface Headwater {
  (command: 'ready', call: (known: Known) => void): void;
  (command: 'page', path?: string): void;
  (command: 'identify', userId: string, more?: { email?: string }): void;
  (command: 'consent', choice: Level | Choice): void;
  (command: 'beginCheckout', meta: Meta): void;
  (command: 'conversion', name: string, props?: Meta): void;
  (command: 'forms'): void;
  q?: ArrayLike<unknown>[];
  ready?: (call: (known: Known) => void) => void;
  page?: (path?: string) => void;
  identify?: (userId: string, more?: { email?: string }) => void;
  consent?: (choice: Level | Choice) => void;
  beginCheckout?: (meta: Meta) => void;
  conversion?: (name: string, props?: Meta) => void;
  forms?: () => void;
  getAttribution?: (options?: { timeoutMs?: number }) => Promise<Text>;
  getCheckoutAttribution?: () => Promise<Text>;
  visitor?: () => string;
}

declare global {
  interface Window {
    headwater?: Headwater;
  }
}

const stub = (): Headwater => {
  const queue: Headwater = function () {
    (queue.q = queue.q || []).push(arguments);
  };
  return queue;
};

/** Leads to whatever stands on the page: the tag takes the stub's place. */
const through = () =>
  new Proxy(stub(), {
    apply: (_stub, _this, call) => (window.headwater as Function)(...call),
    get: (_stub, name) => (window.headwater as any)[name],
  });

const vouched = (url: string) => {
  const policy = (window as any).trustedTypes?.createPolicy?.('headwater-loader', {
    createScriptURL: (given: string) => given,
  });
  return policy ? policy.createScriptURL(url) : url;
};

/** Once per page; what is called in the meantime is made up for. On a server it does nothing. */
export const load = (options: Options): Headwater => {
  if (typeof document == 'undefined') return () => {};
  window.headwater ||= stub();
  const headwater = through();
  if ([...document.scripts].some((each) => each.dataset.key == options.key)) return headwater;
  const script = document.createElement('script');
  const attributes: Record<string, string | undefined> = {
    'data-key': options.key,
    'data-consent': options.consent,
    'data-shims': options.shims?.join(' '),
    'data-with': options.with?.join(' '),
    'data-api': options.api,
    'data-automation': options.automation ? 'on' : undefined,
    integrity: options.integrity,
    crossorigin: options.integrity && 'anonymous',
  };
  for (const [name, value] of Object.entries(attributes)) {
    if (value) script.setAttribute(name, value);
  }
  if (options.nonce) script.nonce = options.nonce;
  script.async = true;
  try {
    script.src = vouched(options.src);
    document.head.append(script);
  } catch (error) {
    // The page's policy does not know `headwater-loader`: no tag, but the page goes on.
    console.warn('[headwater]', error);
  }
  return headwater;
};

/** What to send to the backend with a checkout. Nothing where the tag is blocked or late: a purchase
 * never waits for it, nor fails of it.
 */
export const getCheckoutAttribution = async (): Promise<Text> => {
  try {
    return (await window.headwater?.getCheckoutAttribution?.()) ?? {};
  } catch {
    return {};
  }
};
