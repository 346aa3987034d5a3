/** Elements come in as plain values; an XML document goes out, indented, each character that means something to XML written so that it does not. */

export type Element = { readonly name: string; readonly attributes: Readonly<Record<string, string | number | boolean>>; readonly content: string | readonly Element[] };

export const element = (name: string, attributes: Element['attributes'] = {}, content: Element['content'] = []): Element => ({ name, attributes, content });

/** UTF-8, with its declaration and a newline at the end. */
export const xml = (root: Element): string => `<?xml version="1.0" encoding="utf-8"?>\n${written(root, '')}\n`;

function written({ name, attributes, content }: Element, indent: string): string {
  const open = `${indent}<${name}${Object.entries(attributes)
    .map(([key, value]) => ` ${key}="${escaped(String(value))}"`)
    .join('')}`;
  if (content.length === 0) return `${open} />`;
  if (typeof content === 'string') return `${open}>${escaped(content)}</${name}>`;
  return `${open}>\n${content.map((child) => written(child, `${indent}  `)).join('\n')}\n${indent}</${name}>`;
}

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
const escaped = (text: string): string => text.replace(/[&<>"]/g, (char) => entities[char] ?? char);
