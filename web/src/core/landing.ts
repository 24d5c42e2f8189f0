/** What an address says, by the table the server hands out; as `landing/table.py` reads it. */

import type { Evidence, Row } from '../types';
import { state } from './store';

const enum Longest {
  VALUE = 512,
  URL = 2048,
}

/** The evidence, for how many days it counts, and the address with nothing else in it (T-121). Always
 * in order of the table, so that the order of parameters makes no second touch.
 */
export const read = (address: string) => {
  const { searchParams, origin, pathname } = new URL(address, location as any);
  const given = [...searchParams]; // once: an address may have thousands
  const { clickParam, table = [] } = state.config || {};
  const found: Evidence = {};
  let days = 0;
  let query = '';
  for (const [name, kind, , lasts, fold] of [[clickParam!, 'clickId', '', 90] as Row, ...table]) {
    const value = given
      .find(([each]) => each == name || (fold && each.toLowerCase() == name.toLowerCase()))?.[1]
      .replace(/\p{Cc}/gu, '')
      .trim();
    if (!value || value.length > Longest.VALUE) continue;
    query += (query ? '&' : '?') + name + '=' + encodeURIComponent(value);
    if (kind == 'mark') continue;
    if (kind == 'click') (found.ids ||= {})[name] = value;
    else if (kind == 'utm') (found.utm ||= {})[name.slice(4)] = value;
    else found[kind as 'partner'] ||= value;
    days = Math.max(days, lasts);
  }
  return { found, days, url: (origin + pathname + query).slice(0, Longest.URL) };
};
