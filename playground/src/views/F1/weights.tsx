/** Every weight and bias as a number: a row for each unit. */
import { save } from '../../frame/export.ts'
import { subscript } from '../../frame/network.tsx'
import { Value } from '../../frame/number.tsx'
import type { Moment } from './moment.ts'
import { biasName, weightName } from './names.ts'

/** Parameters that are shown as numbers; of more, the table at the foot and the files have them. */
const most = 400

export function Weights({ layers, parameters }: { readonly layers: Moment['layers']; readonly parameters: number }) {
  const file = async (): Promise<void> => {
    const { weightsFile } = await import('./weights-file.ts')
    save('network.safetensors', new Blob([weightsFile(layers)], { type: 'application/octet-stream' }))
  }
  const button = (
    <p>
      <button type="button" onClick={file}>
        weights as a file (safetensors)
      </button>
    </p>
  )
  if (parameters > most) return button
  return (
    <details class="f1-weights">
      <summary>all weights and biases</summary>
      {button}
      {layers.map(({ w, b }, l) => (
        <div class="scroller" key={l} tabIndex={0} role="region" aria-label={`weights of layer ${l + 1}`}>
          <table>
            <caption>{l === layers.length - 1 ? 'output' : `hidden layer ${l + 1}`}</caption>
            <thead>
              <tr>
                <td />
                {w[0]!.map((_, i) => (
                  <th key={i} scope="col">
                    {l === 0 ? 'x' : 'h'}
                    {subscript(i + 1)}
                  </th>
                ))}
                <th scope="col">b</th>
              </tr>
            </thead>
            <tbody>
              {w.map((row, j) => (
                <tr key={j}>
                  <th scope="row">{l === layers.length - 1 ? 'z' : `h${subscript(j + 1)}`}</th>
                  {row.map((v, i) => (
                    <td key={i}>
                      <Value x={v} q={weightName(l + 1, j + 1, i + 1)} />
                    </td>
                  ))}
                  <td>
                    <Value x={b[j]!} q={biasName(l + 1, j + 1)} />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      ))}
    </details>
  )
}
