import type { Inside } from '../../types';

const below = (host: string, other: string) => `.${host}`.endsWith(`.${other}`);

/** Links to the owner's other sites carry the click along, written as they are followed (T-93). */
export const carryAlong = ({ state, level }: Inside) => {
  const carry = (event: Event) => {
    const { config, clickId } = state();
    const name = config?.clickParam;
    const link = event.composedPath().find((each) => each instanceof HTMLAnchorElement);
    if (!name || !clickId || !link?.href || level('measurement') != 'granted') return;
    const url = new URL(link.href);
    const ours = config.outbound?.some((host) => below(url.hostname, host));
    if (!ours || url.hostname == location.hostname || url.searchParams.has(name)) return;
    // Added at the end: a query that was signed stays as it is.
    url.search += `${url.search ? '&' : '?'}${name}=${encodeURIComponent(clickId)}`;
    link.href = url.href;
  };
  const quietly = (event: Event) => {
    try {
      carry(event);
    } catch {
      // no address
    }
  };
  for (const kind of ['click', 'auxclick']) addEventListener(kind, quietly, true);
};
