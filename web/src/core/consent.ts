/** Who allowed what. Unknown is not granted: then nothing is stored or sent (T-101). */

import type { Level, Purpose } from '../types';
import { given } from './landed';
import { state } from './store';

const gpc = (navigator as any).globalPrivacyControl;

/** The site's own default: on the page, where it is known at once, or in the workspace. */
export const usual = () => given.consent || state.config?.consentDefault;

/** Nothing where it is unknown. */
export const level = (purpose: Purpose): Level | undefined =>
  purpose == 'sharing' && gpc && !state.choice?.override
    ? 'denied'
    : state.choice?.[purpose] || state.choice?.all || usual();

export const allowed = () => level('measurement') == 'granted';
