import type { Inside, User } from '../../types';

/** Who it is now, or nothing where the page said so already (T-120). What somebody else claimed in
 * this browser is not theirs (T-45).
 */
export const identify = (
  { state, change, level }: Inside,
  before: User,
  id: unknown,
  email: unknown,
): User | undefined => {
  const next = { id: `${id ?? ''}`, email: typeof email == 'string' ? email : '' };
  if (next.id == before.id && next.email == before.email) return undefined;
  if (next.id && level('measurement') == 'granted') {
    change(() => {
      const kept = state();
      const theirs = kept.touches.filter((touch) => (touch.owner ||= next.id) == next.id);
      if (theirs.length < kept.touches.length) kept.clickId = kept.partner = null;
      kept.touches = theirs;
    });
  }
  return next;
};
