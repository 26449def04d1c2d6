/** The digits in the page. They come as a script, `digits.js`, because a page from a disk may load scripts and nothing else. */

/** Where this module lies; what a page's classic script holds has only that script's address. */
const here = (): string =>
  import.meta.url || document.querySelector<HTMLScriptElement>('script[src$="classic.js"]')?.src || document.baseURI

let loading: Promise<Uint8Array> | undefined

/** The bytes of `packDigits`; asked for once. */
export const loadDigits = (): Promise<Uint8Array> => {
  loading ??= load()
  return loading
}
async function load(): Promise<Uint8Array> {
  const site = import.meta.env.DEV ? new URL('/', here()) : new URL(here().replace(/chunks\/[^/]*$|[^/]*$/, ''))
  const script = document.createElement('script')
  script.src = new URL('digits.js', site).href
  const holder = globalThis as { chainruleDigits?: string }
  await new Promise<void>((resolve, reject) => {
    script.onload = () => resolve()
    script.onerror = () => reject(new Error(`the digits could not be loaded from ${script.src}`))
    document.head.append(script)
  })
  script.remove()
  const packed = Uint8Array.from(atob(holder.chainruleDigits!), c => c.charCodeAt(0))
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream('deflate-raw'))
  return new Uint8Array(await new Response(stream).arrayBuffer())
}
