/** What the shims share. */

import type { Inside } from '../../types';

export const page = window as any;

export const granted = ({ level }: Inside) => level('measurement') == 'granted';

/** Of a visitor who came before the switch (T-135); read, never written. */
export const cookie = (name: string): string => {
  try {
    const pair = document.cookie.split('; ').find((each) => each.startsWith(name + '='));
    return pair!.slice(name.length + 1);
  } catch {
    return '';
  }
};

export const parsed = (text: string): any => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

type Methods = Record<string, (...given: any[]) => unknown>;

/** The function under its vendor's name. What waited in its queue is called in order; what is not
 * known stays there, and is warned of once (T-133).
 */
export const takeOver = (name: string, queue: string, methods: Methods) => {
  const unknown: unknown[][] = [];
  const own = (...call: [string, ...unknown[]]) => {
    const [method, ...given] = call;
    if (methods[method]) return methods[method](...given);
    if (!unknown.some(([each]) => each == method)) console.warn(`[headwater] no ${name} ${method}`);
    unknown.push(call);
  };
  const before = page[name]?.[queue] || [];
  page[name] = Object.assign(own, methods, { [queue]: unknown });
  for (const call of before) own(...(call as [string]));
};
