/** One view with its neighbours. */
import { useEffect, useRef } from 'preact/hooks'
import { mount } from '../frame/mount.tsx'
import { type Station, stations } from '../stations.ts'
import { lecturePage } from './places.ts'

export function Lecture({ station }: { readonly station: Station }) {
  const place = useRef<HTMLDivElement>(null)
  useEffect(() => {
    void mount(place.current!, {
      view: station.slug,
      state: location.hash,
      inAddress: true,
      headingLevel: 1,
      pageOf: lecturePage,
    })
  }, [])
  const here = stations.indexOf(station)
  const before = stations[here - 1]
  const after = stations[here + 1]
  return (
    <>
      <div ref={place} class="host" />
      <nav class="neighbours" aria-label="neighbouring views">
        {before ? <a href={lecturePage(before)}>← {before.title}</a> : <span />}
        {after && <a href={lecturePage(after)}>{after.title} →</a>}
      </nav>
    </>
  )
}
