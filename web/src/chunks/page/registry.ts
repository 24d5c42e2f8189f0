/** Every provider hears every event once, and none can spoil it for another. */

import type { Events, Inside, Lent, Provider, User, View } from '../../types';
import { insert } from '../vendor/script';

const WAITING = 100;

type Event = { [name in keyof Events]: [name, Events[name]] }[keyof Events];

export class Registry {
  /** In order of the settings; a provider that could not be made is tried again (T-6, T-14). */
  private readonly made = new Map<string, Provider>();
  private making: Promise<void> | undefined;
  private ready = false;
  private tries = 0;
  private waiting: Event[] = [];
  private user: User = { id: '', email: '' };

  constructor(private readonly inside: Inside) {}

  view(address: string) {
    const { url } = this.inside.read(address);
    const path = url.slice(location.origin.length);
    const from = document.referrer;
    const referrer = from && this.inside.read(from).url;
    const view: View = { url, path, title: document.title, referrer };
    this.dispatch('page', view);
  }

  identify(user: User) {
    this.user = user;
    this.dispatch('identify', user);
  }

  dispatch<Name extends keyof Events>(name: Name, detail: Events[Name]) {
    this.waiting.push([name, detail] as unknown as Event);
    if (this.waiting.length > WAITING) {
      const oldest = this.waiting.findIndex(([kind]) => kind == 'page');
      this.waiting.splice(Math.max(0, oldest), 1);
    }
    this.settle();
  }

  /** Nothing is loaded or told before it is allowed (T-15); what was refused is not told later. */
  settle() {
    const sharing = this.inside.level('sharing');
    if (sharing == 'denied') this.waiting = [];
    if (sharing != 'granted') return;
    if (this.ready) this.flush();
    this.making ||= this.make();
  }

  /** Side by side, each for itself (T-13); nobody is told anything before all are there (T-5). */
  private async make() {
    const wanted = Object.entries(this.inside.state().config?.providers || {});
    const missing = wanted.filter(([name, options]) => options && !this.made.has(name));
    await Promise.all(missing.map(([name, options]) => this.add(name, options)));
    this.ready = true;
    this.tries++;
    if (this.made.size < wanted.length) this.making = undefined;
    this.flush();
  }

  private async add(name: string, options: unknown) {
    try {
      // A browser may remember that an address failed, so the next try has one of its own.
      const again = this.tries ? `?${this.tries}` : '';
      const chunk = await import(import.meta.url.replace('/page-', `/${name}-vendor-`) + again);
      // One for all: a policy for Trusted Types may be made once (T-123).
      const lent: Lent = { ...this.inside, insert: (url) => insert(url, this.inside.key) };
      this.made.set(name, chunk.make(options, () => this.user, lent));
    } catch (error) {
      console.warn(`[headwater] ${name} is off for now:`, error);
    }
  }

  private flush() {
    for (const [name, detail] of this.waiting.splice(0)) {
      for (const [who, provider] of this.made) {
        try {
          provider[name]?.(detail as never);
        } catch (error) {
          console.warn(`[headwater] ${who} failed at ${name}:`, error);
        }
      }
    }
  }
}
