/** Pictures of what is on screen, as files. */

/** What CSS gave the drawn elements, which a file of its own would lack. */
const kept = [
  'fill', 'fill-opacity', 'stroke', 'stroke-width', 'stroke-dasharray', 'stroke-linecap', 'stroke-linejoin', 'stroke-opacity',
  'opacity', 'font-family', 'font-size', 'font-style', 'font-weight', 'text-anchor', 'dominant-baseline', 'visibility', 'display',
] // biome-ignore format: a list

/** An SVG file of a drawing, with its styles in it. */
export function svgFile(svg: SVGSVGElement): string {
  const copy = svg.cloneNode(true) as SVGSVGElement
  const originals = [svg, ...svg.querySelectorAll('*')]
  const copies = [copy, ...copy.querySelectorAll('*')]
  originals.forEach((original, i) => {
    const styles = getComputedStyle(original)
    const text = kept.map(name => `${name}:${styles.getPropertyValue(name)}`).join(';')
    copies[i]!.setAttribute('style', text)
    if (copies[i]!.tagName === 'foreignObject') copies[i]!.remove()
  })
  const { width, height } = svg.getBoundingClientRect()
  const canvas = svg.parentElement?.querySelector<HTMLCanvasElement>('.under canvas')
  if (canvas) copy.prepend(underlay(canvas, svg))
  copy.setAttribute('xmlns', 'http://www.w3.org/2000/svg')
  copy.setAttribute('width', String(Math.round(width)))
  copy.setAttribute('height', String(Math.round(height)))
  return new XMLSerializer().serializeToString(copy)
}

/** A heatmap that lies under a drawing, as an image inside it. */
function underlay(canvas: HTMLCanvasElement, svg: SVGSVGElement): SVGImageElement {
  const image = document.createElementNS('http://www.w3.org/2000/svg', 'image')
  const outer = svg.getBoundingClientRect()
  const inner = canvas.getBoundingClientRect()
  const scale = svg.viewBox.baseVal.width / outer.width
  image.setAttribute('x', String((inner.left - outer.left) * scale))
  image.setAttribute('y', String((inner.top - outer.top) * scale))
  image.setAttribute('width', String(inner.width * scale))
  image.setAttribute('height', String(inner.height * scale))
  image.setAttribute('preserveAspectRatio', 'none')
  image.setAttribute('href', canvas.toDataURL())
  return image
}

/** A PNG of a drawing or a canvas, twice as fine as on screen. */
export async function pngFile(picture: SVGSVGElement | HTMLCanvasElement): Promise<Blob> {
  const canvas = picture instanceof HTMLCanvasElement ? picture : await painted(picture)
  return new Promise((resolve, reject) =>
    canvas.toBlob(blob => (blob ? resolve(blob) : reject(new Error('the picture could not be written'))), 'image/png'),
  )
}
async function painted(svg: SVGSVGElement): Promise<HTMLCanvasElement> {
  const image = new Image()
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svgFile(svg))}`
  await image.decode()
  const canvas = document.createElement('canvas')
  canvas.width = 2 * image.width
  canvas.height = 2 * image.height
  const context = canvas.getContext('2d')!
  context.fillStyle = getComputedStyle(svg.closest('.view') ?? svg).backgroundColor
  context.fillRect(0, 0, canvas.width, canvas.height)
  context.drawImage(image, 0, 0, canvas.width, canvas.height)
  return canvas
}

/** Hands a file to the reader. */
export function save(name: string, content: Blob): void {
  const link = document.createElement('a')
  link.href = URL.createObjectURL(content)
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(link.href), 1000)
}
