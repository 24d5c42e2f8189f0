/** The first statements: a page's router may rewrite the address at any moment (T-109). */

/** The address as it was asked for, also where a router came first. */
export const landed: string =
  performance.getEntriesByType('navigation')[0]?.name || location.href;

export const script = document.currentScript as HTMLScriptElement;

export const attribute = (name: string) => script.dataset[name] || '';

export const key = attribute('key');

/** `…/t.js` and `…/t/<its hash>.js` are answered for by `…/t`, whatever it is called (T-125). */
export const base = script.src.replace(/(\/[\da-f]{20})?\.js(\?.*)?$/, '');
