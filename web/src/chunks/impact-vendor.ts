/** impact.com: identify on every page view (T-16 to T-26, A-20). */

import { uuid } from './send/uuid';
import type { Lent, Provider, Providers, User } from '../types';

/** Characters the network keeps of a profile's name. */
const LONGEST = 70;

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
  { state, change, level, insert }: Lent,
): Provider => {
  const page = window as any;
  page.ire_o = 'ire';
  page.ire ||= function () {
    (page.ire.a = page.ire.a || []).push(arguments);
  };
  insert(options.scriptUrl);
  /** Of this browser until it forgets, and known to no other network; nor is it our visitor's id. */
  const anonymous = () => {
    if (!state().profile) change(() => (state().profile ||= uuid()));
    return state().profile!;
  };
  const profile = async (id: string) => {
    if (!id) return `anon:${anonymous()}`;
    const named = `user:${id}`;
    if (named.length <= LONGEST) return named;
    const digest = await sha1(id);
    return digest && `user:${digest}`;
  };
  const identify = async ({ id, email }: User) => {
    const hashed = level('personal') == 'granted' ? await sha1(email) : '';
    const customProfileId = await profile(id);
    page.ire('identify', { customerId: id, customerEmail: hashed, customProfileId });
  };
  /** One after the other: a digest takes its time, and who is told last is who it is. */
  let told = Promise.resolve();
  const quietly = () => {
    const now = user();
    told = told.then(() => identify(now)).catch(() => {});
  };
  return { page: quietly, identify: quietly };
};
