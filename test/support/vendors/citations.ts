import type { VendorAnswer, VendorCitation } from './script.ts';

export interface Segment {
  readonly text: string;
  readonly citation?: VendorCitation;
}

/** The answer's text in stretches with and without a citation, in order; cited stretches never overlap. */
export function segmentsOf({ text = '', citations = [] }: VendorAnswer): readonly Segment[] {
  const segments: Segment[] = [];
  let at = 0;
  for (const citation of citations) {
    segments.push(
      { text: text.slice(at, citation.start) },
      { text: text.slice(citation.start, citation.end), citation },
    );
    at = citation.end;
  }
  segments.push({ text: text.slice(at) });
  return segments.filter((segment) => segment.text !== '');
}
