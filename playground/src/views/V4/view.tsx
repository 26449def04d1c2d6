/** V4: the lecture's animation, held in the hand. */
import { Preset } from '../../frame/controls.tsx'
import { defineView, type Shown } from '../../frame/define.ts'
import { Controls as BoardControls, Line, Picture, styles } from '../S1/board.tsx'
import type { Derived, State } from '../S1/model.ts'
import { cross, image, model } from './model.ts'
import text from './text.json' with { type: 'json' }

const Controls = (shown: Shown<State, Derived>) => (
  <>
    <p class="control">
      <Preset set={{ x: image, k: cross, pad: 0, sy: 1, sx: 1, mode: 'correlation' }}>as on the slide</Preset>
    </p>
    <BoardControls {...shown} />
  </>
)
const Notes = ({ derived: { out } }: Shown<State, Derived>) => (
  <p>
    The slide’s animation stops before its last number, {out[2]?.[2] ?? 'which is missing here'}. Choose “turned by
    180°”: nothing changes, because this kernel is symmetric; convolution and correlation agree.
  </p>
)
export default defineView({ text, model, Picture, Line, Controls, Notes, styles })
