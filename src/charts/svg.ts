/**
 * Markup for SVG pictures. A picture is a string: elements are written by `element`, which escapes
 * every attribute, and text enters only through `textNode`, so no value can break out of its place.
 */

export type Attributes = Readonly<Record<string, string | number | undefined>>;

// What XML 1.0 forbids even when escaped: control characters, lone surrogates, two non-characters.
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are exactly what must go
const forbidden = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|\p{Surrogate}/gu;

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
};

/** `value` as XML character data; characters that XML cannot hold become U+FFFD. */
export function textNode(value: string): string {
  return value.replace(forbidden, '\ufffd').replace(/[&<>"]/g, (c) => entities[c]);
}

/** A coordinate with at most two decimals: a hundredth of a pixel is below what a screen shows. */
export function coordinate(value: number): string {
  const rounded = Math.round(value * 100) / 100;
  return Object.is(rounded, -0) ? '0' : String(rounded);
}

/** `<name a="b">children</name>`; attributes that are undefined are left out. */
export function element(name: string, attributes: Attributes, ...children: string[]): string {
  let open = `<${name}`;
  for (const [key, value] of Object.entries(attributes)) {
    if (value === undefined) continue;
    open += ` ${key}="${typeof value === 'number' ? coordinate(value) : textNode(value)}"`;
  }
  return children.length === 0 ? `${open}/>` : `${open}>${children.join('')}</${name}>`;
}

/** A `<text>` element with its content. */
export function label(content: string, attributes: Attributes): string {
  return element('text', attributes, textNode(content));
}

/**
 * Width in pixels that `content` takes at `fontSize`, estimated: without a font at hand an average
 * glyph of a sans-serif face is 0.56 em, narrow ones 0.31 em, wide (East Asian) ones 1 em.
 */
export function textWidth(content: string, fontSize: number): number {
  let em = 0;
  for (const c of content) {
    if (/[ilj.,:;'|!()[\] ]/.test(c)) em += 0.31;
    else if (/[mwMW%@—]/.test(c)) em += 0.86;
    else if (c.codePointAt(0)! >= 0x1100) em += 1;
    else em += /[A-Z]/.test(c) ? 0.66 : 0.56;
  }
  return em * fontSize;
}

/** `content`, cut with an ellipsis where it is wider than `width` pixels at `fontSize`. */
export function fitText(content: string, width: number, fontSize: number): string {
  if (textWidth(content, fontSize) <= width) return content;
  const characters = [...content];
  while (characters.length > 1 && textWidth(`${characters.join('')}…`, fontSize) > width) {
    characters.pop();
  }
  return `${characters.join('').trimEnd()}…`;
}
