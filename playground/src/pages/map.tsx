/** The lecture as a map: every view, in order, by part. */
import { stations } from '../stations.ts'
import { lecturePage } from './places.ts'

export function LectureMap() {
  const parts = [...new Set(stations.map(s => s.part))]
  return (
    <div class="map">
      <h1>The lecture, alive</h1>
      <p class="lead">
        Neural networks from a single neuron to convolutional networks. Every number here is computed in this page by
        the engine that also trains real networks: drag any number sideways, and everything that depends on it moves.
      </p>
      {parts.map(part => (
        <section key={part} aria-label={part}>
          <h2>{part}</h2>
          <ol class="cards">
            {stations
              .filter(s => s.part === part)
              .map(s => (
                <li key={s.id}>
                  <a href={lecturePage(s)}>
                    <b>{s.title}</b>
                    <span>{s.question}</span>
                  </a>
                </li>
              ))}
          </ol>
        </section>
      ))}
    </div>
  )
}
