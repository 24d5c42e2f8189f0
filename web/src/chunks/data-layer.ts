/** Events of Google Analytics 4 that a page puts into its data layer, told as if the page had called
 * the tag itself (T-143). No sale is made of them: a browser's word is none (T-72).
 */

import type { Inside, Meta } from '../types';
import { command, overhear } from './layer/hear';
import { isMarked, marked } from './layer/mark';

const CONVERSIONS: unknown[] = ['sign_up', 'login', 'purchase'];

let installed = false;

/** Neither what only the container is meant to see, nor who the visitor is: that goes to `identify`. */
const shown = ({ event, ecommerce, user_id, user_data, ...rest }: Meta): Meta => {
  const all = { ...rest, ...(ecommerce as Meta) };
  const kept = Object.entries(all).filter(
    ([name, value]) => !name.startsWith('gtm.') && typeof value != 'function',
  );
  return marked(Object.fromEntries(kept));
};

export const install = (_: Inside) => {
  if (installed) return;
  installed = true;
  const tell = (...call: unknown[]) => (window as any).headwater(...call);
  let id: unknown;
  let email: unknown;
  /** Whom `email` was told with: another user of this page does not get it. */
  let owner: unknown;

  /** Pages say who it is before the event, or with it; `null` is nobody any more. */
  const notice = (props: Meta) => {
    if ('user_id' in props) id = props.user_id;
    const said = (props.user_data as Meta)?.email;
    if (said) [email, owner] = [said, undefined];
  };

  const identify = () => {
    if (!id) return;
    if (owner && owner != id) email = undefined;
    owner = id;
    tell('identify', id, { email });
  };

  const hear = (name: unknown, props: Meta) => {
    notice(props);
    if (name == 'sign_up' || name == 'login') identify();
    if (name == 'begin_checkout') tell('beginCheckout', shown(props));
    else if (CONVERSIONS.includes(name)) tell('conversion', name, shown(props));
  };

  const heed = ([kind, name, props]: any[]) => {
    if (kind == 'event') hear(name, props || {});
    else if (kind == 'config') notice(props || {});
    else if (kind == 'set') notice(typeof name == 'string' ? { [name]: props } : name || {});
  };

  overhear((entry) => {
    const said = command(entry);
    if (said) heed(said);
    else if (entry && typeof entry == 'object' && !isMarked(entry)) {
      hear((entry as Meta).event, entry as Meta);
    }
  });
};
