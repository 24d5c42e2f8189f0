/** For pages that have providers, a checkout, forms or signed-in users. */

import type { Call, Handle, Inside, Meta, Text } from '../types';
import { checkout } from './page/checkout';
import { fillForms } from './page/forms';
import { identify } from './page/identify';
import { carryAlong } from './page/outbound';
import { Registry } from './page/registry';

let handle: Handle | undefined;
let registry: Registry;

/** Once per page; asked again, it looks whether consent has changed. */
export const open = (inside: Inside): Handle => {
  if (handle) {
    registry.settle();
    return handle;
  }
  registry = new Registry(inside);
  carryAlong(inside);
  let user = { id: '', email: '' };

  const begin = async (meta: Meta) => {
    const found = await checkout(inside);
    // Whoever it is now, not when the button was pressed (T-66); nobody begins no checkout.
    if (user.id) registry.dispatch('beginCheckout', { user_id: user.id, ...found, ...meta });
  };

  const commands: { [name in Call[0]]: (...given: any[]) => unknown } = {
    page: (to: string) => registry.view(to),
    identify: (id: unknown, more?: { email?: string }) => {
      const next = identify(inside, user, id, more?.email);
      if (!next) return;
      user = next;
      registry.identify(user);
    },
    beginCheckout: (meta: Meta) => begin(meta).catch(() => {}),
    conversion: (name: string, props: Meta = {}) => registry.dispatch('conversion', { name, props }),
    checkout: (done: (found: Text) => void) => checkout(inside).then(done, () => done({})),
    forms: () => fillForms(inside),
  };

  handle = (name, ...given) => {
    try {
      if (commands[name]) commands[name](...given);
      else console.warn(`[headwater] there is no command ${name}`);
    } catch (error) {
      console.warn('[headwater]', name, error);
    }
  };
  return handle;
};
