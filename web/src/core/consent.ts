/** Who allowed what. Unknown is not granted: then nothing is stored or sent (T-101). */

import type { Level, Purpose } from '../types';
import { given } from './landed';
import { state } from './store';

const gpc = (navigator as any).globalPrivacyControl;

/** The site's own default: on the page, where it is known at once, or in the workspace. */
export const usual = () => given.consent || state.config?.consentDefault;

/** Nothing where it is unknown. */
export const level = (purpose: Purpose, choice = state.choice || {}): Level | undefined =>
  purpose == 'sharing' && gpc && !choice.override
    ? 'denied'
    : choice[purpose] || choice.all || usual();

export const allowed = () => level('measurement') == 'granted';
