import type { Meta } from '../../types';

const OURS = Symbol.for('headwater');

/** What passed through us: an entry of ours is not heard as the page's, and an event that was heard in
 * the data layer is not put into it a second time. A symbol goes along when an object is spread, and
 * no vendor's JSON shows it.
 */
export const marked = (props: Meta): Meta => Object.assign(props, { [OURS]: true });

export const isMarked = (props: unknown) => !!(props as any)?.[OURS];
