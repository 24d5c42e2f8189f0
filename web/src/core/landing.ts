/** What an address says, by the table the server hands out; as `landing/table.py` reads it. */

import type { Evidence, Row, Text } from '../types';
import { state } from './store';

const LONGEST = 512;
const URL_LONGEST = 2048;

/** The evidence, for how many days it counts, and the address with nothing else in it (T-121). Always
 * in order of the table, so that the order of parameters makes no second touch.
 */
export const read = (address: string) => {
  const { searchParams, origin, pathname } = new URL(address, location.href);
  const { clickParam = '', table = [] } = state.config || {};
  const found: Evidence = {};
  let days = 0;
  let query = '';
  for (const [name, kind, , lasts, fold] of [[clickParam, 'clickId', '', 90] as Row, ...table]) {
    const value = [...searchParams]
      .find(([each]) => each == name || (fold && each.toLowerCase() == name.toLowerCase()))?.[1]
      .replace(/\p{Cc}/gu, '')
      .trim();
    if (!value || value.length > LONGEST) continue;
    query += (query ? '&' : '?') + name + '=' + encodeURIComponent(value);
    if (kind == 'mark') continue;
    if (kind == 'click') (found.ids ||= {})[name] = value;
    else if (kind == 'utm') (found.utm ||= {})[name.slice(4)] = value;
    else found[kind as 'partner'] ||= value;
    days = Math.max(days, lasts);
  }
  return { found, days, url: (origin + pathname + query).slice(0, URL_LONGEST) };
};

/** Evidence as one flat object of strings. */
export const flat = ({ utm, ids, ...rest }: Evidence): Text => {
  const all: Text = { ...rest, ...ids };
  for (const tag in utm) all['utm_' + tag] = utm[tag]!;
  return all;
};
