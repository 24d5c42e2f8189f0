/** Page views: of loads, of routers (T-110) and of pages that come back whole (T-111). */

/** Tells of every new address; a router that puts its own functions over ours is not disturbed. */
export const watch = (changed: () => void) => {
  const router = (window as any).navigation;
  if (router) {
    router.addEventListener('currententrychange', changed);
    return;
  }
  for (const name of ['pushState', 'replaceState'] as const) {
    const before = history[name];
    history[name] = function (this: History, ...parts: Parameters<History['pushState']>) {
      const given = before.apply(this, parts);
      changed();
      return given;
    };
  }
  addEventListener('popstate', changed);
};
