/** For pages written for somebody else's script; each only where the page asks for it (T-132). The
 * others are pieces of their own.
 */

import type { Inside } from '../types';
import { dub } from './shim/dub';
import { impact } from './shim/impact';
import { rewardful } from './shim/rewardful';

const SHIMS: Record<string, (inside: Inside) => void> = { dub, impact, rewardful };

export const open = (inside: Inside) => {
  for (const name of inside.shims!.split(' ')) {
    if (SHIMS[name]) SHIMS[name](inside);
    else if (name) {
      import(import.meta.url.replace('shims-', name + '-'))
        .then((chunk) => chunk.open(inside))
        .catch(console.warn);
    }
  }
};
