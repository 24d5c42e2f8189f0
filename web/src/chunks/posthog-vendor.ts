/** PostHog; page views are told by us, so that a stripped parameter makes none. */

import type { Lent, Meta, Provider, Providers } from '../types';
import { Queue } from './vendor/queue';

const LIBRARY = 'https://us-assets.i.posthog.com/static/array.js';
const HOST = 'https://us.i.posthog.com';

interface Library {
  identify: (id: string) => void;
  capture: (name: string, props: Meta) => void;
}

export const make = (
  { key: project, scriptUrl, apiHost }: NonNullable<Providers['posthog']>,
  _user: unknown,
  { insert }: Lent,
): Provider => {
  if (!project) {
    console.warn('[headwater] PostHog has no key and is off');
    return {};
  }
  const queue = new Queue<Library>('PostHog');
  const options = {
    api_host: apiHost || HOST,
    capture_pageview: false,
    loaded: (library: Library) => queue.loaded(library),
  };
  // As the library expects to find itself announced.
  const announced = { __SV: 1, _i: [[project, options, 'posthog']], people: [] };
  (window as any).posthog ||= Object.assign([], announced);
  insert(scriptUrl || LIBRARY);
  const capture = (name: string, props: Meta) =>
    queue.call((library) => library.capture(name, props));
  return {
    page: ({ url, title }) => capture('$pageview', { $current_url: url, title }),
    identify: ({ id }) => id && queue.call((library) => library.identify(id)),
    beginCheckout: (meta) => capture('begin_checkout', meta),
    conversion: ({ name, props }) => capture(name, props),
  };
};
