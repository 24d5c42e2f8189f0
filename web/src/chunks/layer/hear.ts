/** The data layer, as a bystander hears it: its `push` is left alone (T-143). */

const page = window as any;

/** What gtag was called with. A list that somebody pushed is no command, to Google neither. */
export const command = (entry: unknown): any[] | undefined =>
  Object.prototype.toString.call(entry) == '[object Arguments]'
    ? [...(entry as Iterable<unknown>)]
    : undefined;

/** Every entry once, those of before first. An array asks what is behind it before it takes an entry
 * at a new place, so that is where we listen: whoever puts a `push` of their own over it, before or
 * after us, neither disturbs us nor notices.
 */
export const overhear = (hear: (entry: unknown) => void) => {
  const heard = new WeakSet<object>();
  const quietly = (entry: unknown) => {
    try {
      hear(entry);
    } catch {
      // the page pushed, and goes on
    }
  };
  const attach = () => {
    const layer: unknown[] = (page.dataLayer ||= []);
    if (!Array.isArray(layer) || heard.has(layer)) return;
    heard.add(layer);
    layer.forEach(quietly);
    const behind = Object.create(Object.getPrototypeOf(layer));
    const ear = new Proxy(behind, {
      set(target, name, value, receiver) {
        const done = Reflect.set(target, name, value, receiver);
        if (receiver == layer && /^\d+$/.test(String(name))) quietly(value);
        return done;
      },
    });
    Reflect.setPrototypeOf(layer, ear); // a frozen one stays as it is
  };
  attach();
  // A snippet further down may have made another one.
  for (const event of ['DOMContentLoaded', 'load']) addEventListener(event, attach);
};
