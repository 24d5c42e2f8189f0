/** What core and chunks both have: pure, and small. */

import type { Inside } from '../types';

/** As a touch keeps it of when it was last sent; as text it is compared. */
export const shares = (level: Inside['level']): any => [level('sharing'), level('personal')];
