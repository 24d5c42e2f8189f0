/** `ire(…)` (16.3). */

import type { Inside } from '../../types';
import { granted, page, takeOver } from './common';

const enum Latest {
  MS = 40,
}

export const impact = (inside: Inside) => {
  // Where impact.com is on, or came first, it answers; a stub only keeps its arguments.
  if (inside.state().config?.providers?.impact || (page.ire && !/push\(arg/.test(page.ire))) return;
  const last = () => {
    const { clickId, touches } = inside.state();
    const ids = touches.map(({ found }) => found.ids?.im_ref);
    return granted(inside) ? clickId || ids.filter(Boolean).at(-1) : '';
  };
  takeOver('ire', 'a', {
    generateClickId: (answer: (id?: string) => void) =>
      setTimeout(() => answer(last()), last() ? 0 : Latest.MS),
    identify: ({ customerId = '' } = {}) => page.headwater('identify', customerId),
    trackConversion: (tracker: unknown, props: object) =>
      page.headwater('conversion', 'trackConversion', { tracker, ...props }),
  });
};
