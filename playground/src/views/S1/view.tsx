/** S1–S3: grid size, padding and stride of a kernel. */
import { Preset } from '../../frame/controls.tsx'
import { defineView, type Shown } from '../../frame/define.ts'
import { Controls as BoardControls, Line, Picture, styles } from './board.tsx'
import { type Derived, model, presets, type State } from './model.ts'
import text from './text.json' with { type: 'json' }

const Controls = (shown: Shown<State, Derived>) => (
  <>
    <p class="control">
      {Object.entries(presets).map(([name, preset]) => (
        <Preset key={name} set={preset}>
          {name}
        </Preset>
      ))}
    </p>
    <BoardControls {...shown} />
  </>
)

const Notes = () => (
  <ul>
    <li>
      Numbers of picture and kernel can be changed: drag one sideways, or focus it and type. Drag the round handle, or
      choose a number of the output, to move the kernel.
    </li>
    <li>
      Dots mark pixels that are never under the middle of the kernel: the “edge effect”. They vanish for odd kernels,
      stride 1 and a padding of (F − 1) / 2.
    </li>
    <li>
      The slides lay the kernel down as it is written. Mathematicians call that correlation; their convolution turns the
      kernel by 180° first. A network that learns its kernels does not care.
    </li>
  </ul>
)

export default defineView({ text, model, Picture, Line, Controls, Notes, styles })
