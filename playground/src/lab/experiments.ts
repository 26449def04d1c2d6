/** Every experiment by its name. */
import { race } from '../views/D1/experiment.ts'
import { sandbox } from '../views/F1/experiment.ts'
import { structure } from '../views/I1/experiment.ts'
import { builtUp } from '../views/K4/experiment.ts'
import { rnn } from '../views/R1/experiment.ts'
import { textCnn } from '../views/T1/experiment.ts'
import { convnet } from '../views/V1/experiment.ts'
import { architectures } from '../views/Z1/experiment.ts'

export const experiments = { architectures, builtUp, convnet, race, rnn, sandbox, structure, textCnn } as const
