import type { Level, Purpose } from '../../types';

/** `default` is a grant that is the rule where nobody is asked; `unknown` waits for an answer. */
export type Word = Level | 'default';

/** What one framework says; of a purpose it is silent on, nothing. */
export type Said = { [purpose in Purpose]?: Word };

export type Reader = (tell: (said: Said) => void) => void;

export const PURPOSES = ['measurement', 'sharing', 'personal'] as const;

const STRICTEST_FIRST = ['denied', 'unknown', 'granted', 'default'] as const;

export const strictest = (purpose: Purpose, all: Iterable<Said>): Word | undefined => {
  const words = [...all].map((said) => said[purpose]);
  return STRICTEST_FIRST.find((word) => words.includes(word));
};

export const ofAll = (word: Word): Said => ({ measurement: word, sharing: word, personal: word });

const FIRST_MS = 50;
const LAST_MS = 2e4;

/** A platform's function may come after us; it is looked for during a minute, ever more rarely. */
export const whenThere = (name: string, use: (api: any) => void, pause = FIRST_MS) => {
  const api = (window as any)[name];
  if (typeof api == 'function') {
    try {
      use(api);
    } catch (error) {
      console.warn(`[headwater] ${name}:`, error);
    }
  } else if (pause < LAST_MS) setTimeout(whenThere, pause, name, use, pause * 1.5);
};
