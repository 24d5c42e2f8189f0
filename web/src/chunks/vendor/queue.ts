/** Calls made before a vendor's library is there, in order and bounded (T-64, T-112). */

const WAITING = 100;

export class Queue<Library> {
  private library: Library | undefined;
  private waiting: ((library: Library) => void)[] = [];

  constructor(private readonly vendor: string) {}

  call(work: (library: Library) => void) {
    if (this.library) return this.run(work);
    this.waiting = [...this.waiting, work].slice(-WAITING);
  }

  loaded(library: Library) {
    this.library = library;
    for (const work of this.waiting.splice(0)) this.run(work);
  }

  private run(work: (library: Library) => void) {
    try {
      work(this.library!);
    } catch (error) {
      console.warn(`[headwater] ${this.vendor}:`, error);
    }
  }
}
