/** How the training of the studio goes. */
import { curvePath, Plot } from '../../frame/plot.tsx'
import type { News } from './experiment.ts'

export function Curves({ news }: { readonly news: News | undefined }) {
  const losses = news?.losses ?? []
  const accuracies = news?.accuracies ?? []
  const from = losses[0]?.[0] ?? 0
  const to = Math.max(from + 20, losses.at(-1)?.[0] ?? 0)
  const top = Math.max(1, Math.min(3, ...losses.slice(0, 5).map(l => l[1])))
  return (
    <div>
      <p class="title">
        <span class="key">loss of the batches</span> <span class="key second">accuracy on 1,000 held-out digits</span>
      </p>
      <Plot
        label="loss and held-out accuracy over steps"
        x={[from, to]}
        y={[0, top]}
        xLabel="step"
        height={200}
        ticks={4}
      >
        {(sx, sy) => (
          <>
            <path
              class="curve thin"
              d={curvePath(
                sx,
                sy,
                losses.map(l => l[0]),
                losses.map(l => Math.min(top, l[1])),
              )}
            />
            <path
              class="curve accuracy"
              d={curvePath(
                sx,
                sy,
                accuracies.filter(a => a[0] >= from).map(a => a[0]),
                accuracies.filter(a => a[0] >= from).map(a => a[1]),
              )}
            />
          </>
        )}
      </Plot>
    </div>
  )
}
