/** impact.com: identify on every page view (T-16 to T-26). */

import type { Lent, Provider, Providers, User } from '../types';

/** Of the trimmed, lower-cased e-mail; empty where there is none, or no way to hash it (T-22). */
const sha1 = async (email: string): Promise<string> => {
  const plain = email.trim().toLowerCase();
  try {
    if (!plain) return '';
    const digest = await crypto.subtle.digest('SHA-1', new TextEncoder().encode(plain));
    return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  } catch {
    return '';
  }
};

export const make = (
  options: NonNullable<Providers['impact']>,
  user: () => User,
  { level, insert }: Lent,
): Provider => {
  const page = window as any;
  page.ire_o = 'ire';
  page.ire ||= function () {
    (page.ire.a = page.ire.a || []).push(arguments);
  };
  insert(options.scriptUrl);
  const identify = async () => {
    const { id, email } = user();
    const hashed = level('personal') == 'granted' ? await sha1(email) : '';
    page.ire('identify', { customerId: id, customerEmail: hashed });
  };
  const quietly = () => void identify().catch(() => {});
  return { page: quietly, identify: quietly };
};
