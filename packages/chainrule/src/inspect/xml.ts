const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }
/** Text for the inside of XML elements and attributes. */
export const escapeXml = (text: string): string => text.replace(/[&<>"]/g, c => entities[c]!)
