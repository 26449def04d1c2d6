/** The site. The file of a page says which page it is; its state is in the address. */
import { type ComponentChildren, render } from 'preact'
import { mount } from './frame/mount.tsx'
import frameCss from './frame/style.css?inline'
import { Lecture } from './pages/lecture.tsx'
import { lecturePage } from './pages/places.ts'
import { applyTheme, Shell } from './pages/shell.tsx'
import siteCss from './pages/site.css?inline'
import { fillThumbnails } from './pages/thumbnails.ts'
import { stationOf } from './stations.ts'
import { loadView } from './views.ts'

export function start(): void {
  const { page = 'index', view } = document.documentElement.dataset
  const style = document.createElement('style')
  style.textContent = frameCss + siteCss
  document.head.append(style)
  applyTheme()
  const place = document.getElementById('app')!
  const station = view === undefined ? undefined : stationOf(view)
  const written = place.innerHTML
  place.replaceChildren()
  if (page === 'embed' && station) {
    void mount(place, {
      view: station.slug,
      state: location.hash,
      inAddress: true,
      embedded: true,
      headingLevel: 1,
      pageOf: lecturePage,
    }).then(() => reportHeight(place))
    return
  }
  const show = (content: ComponentChildren): void => render(<Shell here={page}>{content}</Shell>, place)
  if (station) show(<Lecture station={station} />)
  else if (page === 'check')
    void import('./check/page.tsx').then(({ Check, styles }) => {
      style.textContent += styles
      show(<Check />)
    })
  else if (page === 'teach')
    void import('./teach/page.tsx').then(({ Teach, styles }) => {
      style.textContent += styles
      show(<Teach mount={mount} loadView={loadView} />)
    })
  else {
    // the map stands in the file itself
    show(<div dangerouslySetInnerHTML={{ __html: written }} />)
    fillThumbnails(place)
  }
}

/** Tells the page around an iframe how high the view is: the message of LTI hosts, and a plain one. */
function reportHeight(place: HTMLElement): void {
  if (window.parent === window) return
  new ResizeObserver(() => {
    const height = Math.ceil(place.getBoundingClientRect().height)
    window.parent.postMessage(JSON.stringify({ subject: 'lti.frameResize', height }), '*')
    window.parent.postMessage({ type: 'chainrule:resize', height }, '*')
  }).observe(place)
}
