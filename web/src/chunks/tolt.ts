/** `tolt`, `tolt_referral` and `tolt_data` (16.5). */

import type { Inside } from '../types';
import { cookie, granted, page, parsed, plain } from './shim/common';
import { before, kept, ready, signedUp, soon } from './shim/evidence';

const DAYS = 90; // that a click of ours counts in a browser

export const open = (inside: Inside) => {
  if (page.tolt) return;
  let signed: string | undefined;

  /** The click as the tag knows it, else as the vendor's cookies do. */
  const getTracking = () => {
    const said = parsed(plain(cookie('tolt_data'))) || {};
    const old = kept('tolt_referral') || said.click_id;
    const click_id = inside.state().clickId || old;
    if (!click_id || !granted(inside)) return null;
    const unknown = { partner_id: null, program_id: null, customer_id: null, cookie_duration: DAYS };
    const data = { ...unknown, ...(click_id == old && said), click_id };
    return signed ? { ...data, customer_id: signed } : data;
  };

  /** Where the vendor's own script came since, it answers (T-133). */
  const show = () => {
    if (page.tolt != own) return;
    page.tolt_data = getTracking();
    page.tolt_referral = page.tolt_data?.click_id ?? null;
  };

  const own = (page.tolt = {
    getTracking,
    signup: async (identifier: unknown) => {
      signedUp('signup', identifier);
      await told;
      if (identifier && getTracking()) signed = `${identifier}`;
      show();
      return { ...getTracking() };
    },
  });

  const told = soon().then(() => {
    show();
    if (page.tolt == own) setTimeout(() => dispatchEvent(new Event('toltScriptLoaded')));
  });
  ready().then(async () => {
    const clickId = kept('tolt_referral');
    if (clickId) await before(inside, { clickId });
    show();
  });
};
