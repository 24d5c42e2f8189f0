/** Google Tag Manager and gtag (T-57 to T-63). */

import type { Lent, Meta, Provider, Providers } from '../types';
import { isMarked, marked } from './layer/mark';

const HOST = 'https://www.googletagmanager.com';
const ERROR_LONGEST = 100;

const shortened = (props: Meta): Meta =>
  typeof props.error == 'string' ? { ...props, error: props.error.slice(0, ERROR_LONGEST) } : props;

export const make = (
  { containerId, measurementId, scriptUrl }: NonNullable<Providers['gtm']>,
  _user: unknown,
  { level, insert }: Lent,
): Provider => {
  const page = window as any;
  const layer: unknown[] = (page.dataLayer ||= []);
  const host = scriptUrl || HOST;
  if (measurementId) {
    page.gtag ||= function () {
      layer.push(arguments);
    };
    insert(`${host}/gtag/js?id=${encodeURIComponent(measurementId)}`);
    page.gtag('js', new Date());
    page.gtag('config', measurementId, { send_page_view: false });
  }
  if (!containerId) return {};
  const started = layer.some((entry) => (entry as Meta)?.['gtm.start']);
  if (!started) layer.push({ 'gtm.start': Date.now(), event: 'gtm.js' });
  insert(`${host}/gtm.js?id=${encodeURIComponent(containerId)}`);
  const push = (event: string, props: Meta) =>
    isMarked(props) || layer.push(marked({ event, ...props }));
  return {
    page: ({ url, title, referrer }) =>
      push('page_view', { page_title: title, page_location: url, page_referrer: referrer }),
    identify: ({ id, email }) => {
      const plain = email.trim().toLowerCase();
      if (plain && level('personal') == 'granted') layer.push(marked({ user_data: { email: plain } }));
      layer.push(marked({ user_id: id }));
    },
    beginCheckout: (meta) => push('begin_checkout', meta),
    conversion: ({ name, props }) => push(name, shortened(props)),
  };
};
