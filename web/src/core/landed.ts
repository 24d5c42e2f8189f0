/** The first statements: a page's router may rewrite the address at any moment (T-109). */

import type { Given } from '../types';

/** The address as it was asked for, also where a router came first. */
export const landed: string =
  performance.getEntriesByType('navigation')[0]?.name || location.href;

const { src, dataset } = document.currentScript as HTMLScriptElement;

export const given = dataset as unknown as Given & Record<string, string | undefined>;

export const { key } = given;

/** `…/t.js` and `…/t/<its hash>.js` are answered for by `…/t`, whatever it is called (T-125). */
export const base = src.replace(/(\/[\da-f]{20})?\.js(\?.*)?$/, '');
