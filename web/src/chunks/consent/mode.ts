/** Google's consent mode, version 2: the `consent` commands in the data layer. */

import type { Purpose } from '../../types';
import { command, overhear } from '../layer/hear';
import { PURPOSES, type Reader, type Said, type Word } from './words';

const SIGNALS: Record<Purpose, string[]> = {
  measurement: ['analytics_storage'],
  sharing: ['ad_storage', 'ad_user_data'],
  personal: ['ad_user_data'],
};

/** A `default` is no answer: what it denies is unknown until an `update`, what it grants counts once
 * `wait_for_update` is over. Where it holds for some regions only, nobody here knows in which the
 * visitor is.
 */
export const consentMode: Reader = (tell) => {
  const answers: Record<string, unknown> = {};
  const usual: Record<string, boolean> = {};
  let waiting = 0;

  const word = (signal: string): Word | undefined => {
    const answer = answers[signal] as Word;
    if (answer == 'granted' || answer == 'denied') return answer;
    if (!(signal in usual)) return undefined;
    return usual[signal] && !waiting ? 'default' : 'unknown';
  };

  const say = () => {
    const said: Said = {};
    for (const purpose of PURPOSES) {
      const words = SIGNALS[purpose].map(word);
      const all = !words.includes(undefined);
      const strict = (['denied', 'unknown'] as const).find((each) => words.includes(each));
      said[purpose] = strict || (all ? words.find((each) => each == 'granted') || words[0] : undefined);
    }
    tell(said);
  };

  const assume = ({ region, wait_for_update: wait, ...given }: Record<string, unknown>) => {
    for (const [signal, value] of Object.entries(given)) {
      usual[signal] = value == 'granted' && !region && usual[signal] !== false;
    }
    if (!(Number(wait) > 0)) return;
    waiting++;
    setTimeout(() => {
      waiting--;
      say();
    }, Number(wait));
  };

  overhear((entry) => {
    const [name, kind, given] = command(entry) || [];
    if (name != 'consent' || typeof given != 'object' || !given) return;
    if (kind == 'default') assume(given);
    else if (kind == 'update') Object.assign(answers, given);
    else return;
    say();
  });
};
