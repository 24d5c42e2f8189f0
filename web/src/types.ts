/** What pages, the core and its chunks say to each other. */

export type Purpose = 'measurement' | 'sharing' | 'personal';
export type Level = 'granted' | 'denied' | 'unknown';

/** `all` is for purposes not named; `override` one person's own word against their Global Privacy
 * Control; `source` who asked, where it was not the site's own banner, and `default` where nobody did.
 */
export type Choice = { [purpose in Purpose | 'all']?: Level } & {
  override?: boolean;
  source?: string;
};

export interface Partner {
  name: string;
  image: string | null;
}

/** Of a landing address, what says where its visitor comes from. */
export interface Evidence {
  clickId?: string;
  partner?: string;
  coupon?: string;
  referral?: string;
  utm?: Record<string, string>;
  ids?: Record<string, string>;
}

/** `[name, kind, provider, days]`, with 1 behind it where the name's case does not count. */
export type Row = [name: string, kind: string, provider: string, days: number, fold?: number];

export interface Config {
  clickParam?: string;
  table?: Row[];
  consentDefault?: Level;
  outbound?: string[];
  providers?: Providers;
  ignoreReferrers?: string[];
  referrals?: boolean;
}

export interface Providers {
  impact?: { scriptUrl: string };
  gtm?: { containerId?: string; measurementId?: string; scriptUrl?: string };
  mixpanel?: { token: string; scriptUrl?: string; apiHost?: string; disabledEvents?: string[] };
  posthog?: { key: string; scriptUrl?: string; apiHost?: string };
}

export interface View {
  url: string;
  path: string;
  title: string;
  referrer: string;
}

export interface User {
  id: string;
  email: string;
}

export type Meta = Record<string, unknown>;
export type Text = Record<string, string>;

export interface Answer {
  visitor?: string;
  clickId?: string | null;
  partner?: Partner | null;
}

/** Kept whole and never blended with another (T-42). `made` is a vendor's id beside what the
 * address said (T-47), `owner` who claimed it (T-45), `sent` what of it might be shared when the
 * server was last told.
 */
export interface Touch {
  id?: string;
  at: number;
  until: number;
  url: string;
  referrer?: string;
  found: Evidence;
  sent?: string;
  made?: string;
  owner?: string;
}

/** What a browser keeps: `visitor`, `clickId` and `partner` as the server named them last; `taken` is
 * what vendors' cookies said, `profile` the id by which impact.com knows who has not signed in.
 */
export interface State extends Answer {
  key?: string;
  touches: Touch[];
  choice?: Choice;
  config?: Config;
  fresh?: number;
  taken?: string[];
  profile?: string;
}

/** What the core leaves to the chunk `page`. */
export type Call =
  | ['page', string]
  | ['identify', unknown, { email?: string }?]
  | ['beginCheckout', Meta]
  | ['conversion', string, Meta?]
  | ['checkout', (found: Text) => void]
  | ['forms'];

export type Handle = (...call: Call) => void;

/** What the script element says. */
export interface Given {
  key: string;
  consent?: Level;
  shims?: string;
  with?: string;
  automation?: string;
}

/** What the core lends its chunks. */
export interface Inside extends Given {
  state: () => State;
  change: (edit: () => void) => void;
  /** Nothing where it is unknown. */
  level: (purpose: Purpose) => Level | undefined;
  root: () => string;
  visitor: () => string;
  read: (address: string) => { url: string };
}

/** What providers are lent, too: a way to their vendor's script. */
export interface Lent extends Inside {
  insert: (url: string) => void;
}

/** What providers are told. */
export interface Events {
  page: View;
  identify: User;
  beginCheckout: Meta;
  conversion: { name: string; props: Meta };
}

/** Says only what it cares about (T-8). */
export type Provider = { [name in keyof Events]?: (detail: Events[name]) => void };
