/** Mixpanel (T-64); its library is fetched only where there is a token. */

import type { Lent, Meta, Provider, Providers } from '../types';
import { Queue } from './vendor/queue';

const LIBRARY = 'https://cdn.mxpnl.com/libs/mixpanel-2-latest.min.js';

interface Library {
  identify: (id: string) => void;
  track: (name: string, props: Meta) => void;
  people: { set: (props: Meta) => void };
}

export const make = (
  { token, scriptUrl, apiHost, disabledEvents = [] }: NonNullable<Providers['mixpanel']>,
  _user: unknown,
  { insert }: Lent,
): Provider => {
  if (!token) {
    console.warn('[headwater] Mixpanel has no token and is off');
    return {};
  }
  const queue = new Queue<Library>('Mixpanel');
  const options = {
    ...(apiHost && { api_host: apiHost }),
    persistence: 'cookie',
    cross_subdomain_cookie: true,
    track_pageview: true,
    loaded: (library: Library) => queue.loaded(library),
  };
  // As the library expects to find itself announced.
  const announced = { __SV: 1.2, _i: [[token, options, 'mixpanel']], people: [] };
  (window as any).mixpanel ||= Object.assign([], announced);
  insert(scriptUrl || LIBRARY);
  const track = (name: string, { share_id: _left, ...props }: Meta) => {
    if (disabledEvents.includes(name)) return;
    queue.call((library) => library.track(name, props));
    if (name == 'survey_submitted') queue.call((library) => library.people.set(props));
  };
  return {
    identify: ({ id }) => id && queue.call((library) => library.identify(id)),
    beginCheckout: (meta) => track('begin_checkout', meta),
    conversion: ({ name, props }) => track(name, props),
  };
};
