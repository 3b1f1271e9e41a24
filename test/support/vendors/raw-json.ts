/** JSON text that is written as it is. Numbers and key order of scripted arguments survive only so. */
export class RawJson {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

/** JSON text of `value` with every `RawJson` inside written verbatim. */
export function stringify(value: unknown): string {
  const raw: string[] = [];
  const text = JSON.stringify(value, (_key, member: unknown) => {
    if (!(member instanceof RawJson)) return member;
    raw.push(member.text);
    return `\u0000raw ${raw.length - 1}\u0000`;
  });
  return text.replace(/"\\u0000raw (\d+)\\u0000"/g, (_match, index: string) => raw[Number(index)] ?? '');
}
