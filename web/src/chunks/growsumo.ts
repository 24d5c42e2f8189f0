/** `growsumo` (16.6). */

import type { Inside, Text } from '../types';
import { page } from './shim/common';
import { before, kept, ready, signedUp, soon } from './shim/evidence';

const COOKIES = ['ps_xid', 'gsxid', 'ps_partner_key', 'gspk'];

export const open = (inside: Inside) => {
  if (page.growsumo?.createSignup) return;
  // What the page wrote into `data` before stays, in the object that it holds.
  const own = (page.growsumo ||= {});
  own.data ||= {};
  own.createSignup = (call?: () => void) => {
    const { customer_key, email } = own.data;
    signedUp('createSignup', customer_key, email);
    soon().then(() => call && setTimeout(call));
  };
  if (page.growsumoInit) setTimeout(page.growsumoInit);
  ready().then(() => {
    const ids: Text = {};
    for (const name of COOKIES) {
      const value = kept(name);
      if (value) ids[name] = value;
    }
    if (Object.keys(ids)[0]) before(inside, { ids });
  });
};
