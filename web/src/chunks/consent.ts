/** What visitors answered elsewhere, told as if the page had called `consent` (T-105). */

import type { Choice, Inside } from '../types';
import { gpp } from './consent/gpp';
import { consentMode } from './consent/mode';
import { tcf } from './consent/tcf';
import { PURPOSES, strictest, type Reader, type Said } from './consent/words';

const READERS: Record<string, Reader> = { 'consent-mode': consentMode, tcf, gpp };

let installed = false;

export const install = ({ state }: Inside, names: string[]) => {
  if (installed) return;
  installed = true;
  const heard = new Map<string, Said>();
  let told = '';

  /** What was answered once stands until somebody answers again; what is the rule where nobody is
   * asked, or is not known yet, does not touch it.
   */
  const settle = () => {
    const before = state().choice;
    const answered = before && before.source != 'default';
    const choice: Choice = {};
    const by = new Set<string>();
    for (const purpose of PURPOSES) {
      const word = strictest(purpose, heard.values());
      const answer = word == 'granted' || word == 'denied';
      const known = answered && (before[purpose] || before.all);
      if (!word || (!answer && known && known != 'unknown')) continue;
      choice[purpose] = word == 'default' ? 'granted' : word;
      for (const [name, said] of heard) if (answer && said[purpose] == word) by.add(name);
    }
    if (!Object.keys(choice)[0]) return;
    if (by.size) choice.source = [...by].join(' ');
    else if (!answered) choice.source = 'default';
    const now = JSON.stringify(choice);
    const news = Object.entries(choice).some(([name, each]) => before?.[name as 'all'] !== each);
    if (now != told && news) (window as any).headwater('consent', choice);
    told = now;
  };

  for (const name of new Set(names)) {
    READERS[name]?.((said) => {
      heard.set(name, said);
      settle();
    });
  }
};
