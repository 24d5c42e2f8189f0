/** IAB Europe's framework, version 2.2: `__tcfapi`. */

import { ofAll, whenThere, type Reader } from './words';

/** By number: 1 stores on the device, 3 and 4 make and use profiles, 7 measures advertising. */
const MEASURED = [1, 7];
const SHARED = [1, 3, 4, 7];

interface Given {
  gdprApplies?: boolean;
  eventStatus?: string;
  purpose?: { consents?: Record<number, boolean> };
}

/** Consent, never a legitimate interest. Where the law does not apply nobody is asked. */
export const tcf: Reader = (tell) =>
  whenThere('__tcfapi', (api) => {
    tell(ofAll('unknown'));
    api('addEventListener', 2, (given: Given | null, success: boolean) => {
      if (!success || !given) return;
      if (given.gdprApplies === false) return tell(ofAll('default'));
      // While the question is shown, what was answered before stands.
      if (!/^(tcloaded|useractioncomplete)$/.test(given.eventStatus!)) return;
      const consents = given.purpose?.consents || {};
      const of = (numbers: number[]) =>
        numbers.every((number) => consents[number] === true) ? 'granted' : 'denied';
      tell({ measurement: of(MEASURED), sharing: of(SHARED), personal: of(SHARED) });
    });
  });
