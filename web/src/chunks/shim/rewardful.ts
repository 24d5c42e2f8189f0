/** `rewardful(…)` and `Rewardful.referral` (16.1). */

import type { Inside } from '../../types';
import { cookie, granted, page, parsed, plain, takeOver } from './common';

const enum Latest {
  MS = 250,
}

export const rewardful = (inside: Inside) => {
  if (page.Rewardful) return;
  const own = (page.Rewardful = { referral: '', affiliate: {} });
  const fill = (form: Element) => {
    const input = document.createElement('input');
    Object.assign(input, { type: 'hidden', name: 'referral', value: own.referral });
    if (own.referral && !form.querySelector('[name=referral]')) form.append(input);
  };
  const known = new Promise<void>((done) => {
    const tell = () => {
      if (granted(inside)) {
        const { clickId, partner } = inside.state();
        const before = plain(cookie('rewardful.referral'));
        own.referral = clickId || parsed(before)?.id || before;
        document.querySelectorAll('form[data-rewardful]').forEach(fill);
        if (partner) own.affiliate = { name: partner.name };
      }
      done();
    };
    page.headwater('ready', tell);
    setTimeout(tell, Latest.MS);
  });
  takeOver(page._rwq || 'rewardful', 'q', {
    ready: (call: () => void) => known.then(() => setTimeout(call)),
    convert: () => page.headwater('conversion', 'convert'),
  });
};
