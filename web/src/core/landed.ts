/** The first statements: a page's router may rewrite the address at any moment (T-109). */

import type { Level } from '../types';

/** The address as it was asked for, also where a router came first. */
export const landed: string =
  performance.getEntriesByType('navigation')[0]?.name || location.href;

interface Given {
  key: string;
  consent?: Level;
  shims?: string;
  automation?: string;
}

const { src, dataset } = document.currentScript as HTMLScriptElement;

export const { key, consent, shims, automation } = dataset as unknown as Given;

/** `…/t.js` and `…/t/<its hash>.js` are answered for by `…/t`, whatever it is called (T-125). */
export const base = src.replace(/(\/[\da-f]{20})?\.js(\?.*)?$/, '');
