/** What a page has of others and wants taken into account: each piece only where it is named. */

import type { Inside } from '../types';

const PIECES: Record<string, string> = {
  'consent-mode': 'consent',
  tcf: 'consent',
  gpp: 'consent',
  'data-layer': 'data-layer',
  stripe: 'stripe',
};

export const open = (inside: Inside) => {
  const names = inside.with!.split(/\s+/);
  // Whoever listens to the data layer hears the consent in it.
  if (names.includes('data-layer')) names.push('consent-mode');
  const strange = names.filter((name) => name && !PIECES[name]);
  if (strange[0]) console.warn('[headwater] data-with knows no', ...strange);
  for (const piece of new Set(names.map((name) => PIECES[name]))) {
    if (!piece) continue;
    import(import.meta.url.replace('/with-', `/${piece}-`))
      .then((chunk) => chunk.install(inside, names))
      .catch((error) => console.warn(`[headwater] ${piece} is off:`, error));
  }
};
