/** IAB's Global Privacy Platform, `__gpp`: the opt-outs of its sections for the United States. */

import { ofAll, whenThere, type Reader } from './words';

/** Numbers of sections: below are Europe's (whose own function says it), Canada's and headers. */
const FIRST_OF_US = 6;
const NONE_APPLIES = -1;
const OPT_OUTS = ['SaleOptOut', 'SharingOptOut', 'TargetedAdvertisingOptOut', 'Gpc'];

interface Ping {
  signalStatus?: string;
  applicableSections?: number[];
  parsedSections?: Record<string, Section | Section[]>;
}

type Section = Record<string, unknown>;

const optedOut = (section: Section) =>
  // 1 is "opted out", and the `true` of Gpc.
  OPT_OUTS.some((name) => Number(section[name]) == 1) || section.OptOutSale == 'Y';

/** Measuring one's own site is neither sale nor sharing; everything else an opt-out stops. */
const read = ({ applicableSections = [], parsedSections = {} }: Ping) => {
  if (applicableSections.includes(NONE_APPLIES)) return ofAll('default');
  if (!applicableSections.some((number) => number >= FIRST_OF_US)) return {};
  const sections = Object.keys(parsedSections)
    .filter((name) => name.startsWith('us'))
    .flatMap<Section>((name) => parsedSections[name]!);
  if (!sections[0]) return ofAll('unknown');
  const others = sections.some(optedOut) ? 'denied' : 'granted';
  return { measurement: 'granted', sharing: others, personal: others } as const;
};

export const gpp: Reader = (tell) =>
  whenThere('__gpp', (api) => {
    tell(ofAll('unknown'));
    api('addEventListener', (event: { pingData?: Ping } | null) => {
      if (event?.pingData?.signalStatus == 'ready') tell(read(event.pingData));
    });
  });
