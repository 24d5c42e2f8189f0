/** What the shims share. */

import type { Inside } from '../../types';

export const page = window as any;

export const granted = ({ level }: Inside) => level('measurement') == 'granted';

/** What others wrote may be anything, and the page may not see it. */
const attempt = <T>(work: () => T): T | undefined => {
  try {
    return work();
  } catch {
    // then there is none
  }
};

/** As it was before somebody encoded it, or as it is. */
export const plain = (text = ''): string => attempt(() => decodeURIComponent(text)) ?? text;

/** Of a visitor who came before the switch (T-135); read, never written. */
export const cookie = (name: string): string =>
  attempt(() => `; ${document.cookie}`.split(`; ${name}=`)[1]!.split(';')[0]) ?? '';

export const parsed = (text: string): any => attempt(() => JSON.parse(text));

type Methods = Record<string, (...given: any[]) => unknown>;

/** The function under its vendor's name. What waited in its queue is called in order; what is not
 * known stays there, and is warned of once (T-133).
 */
export const takeOver = (name: string, queue: string, methods: Methods) => {
  const unknown: unknown[][] = [];
  const own = (method: string, ...given: unknown[]) => {
    if (methods[method]) return methods[method](...given);
    if (!unknown.some(([each]) => each == method)) console.warn(`[headwater] no ${name} ${method}`);
    unknown.push([method, ...given]);
  };
  const before = page[name]?.[queue];
  page[name] = Object.assign(own, methods, { [queue]: unknown });
  for (const call of before || []) own(...(call as [string]));
};
