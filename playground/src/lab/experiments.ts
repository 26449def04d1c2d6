/** Every experiment by its name. */
import { sandbox } from '../views/F1/experiment.ts'
import { structure } from '../views/I1/experiment.ts'
import { rnn } from '../views/R1/experiment.ts'
import { convnet } from '../views/V1/experiment.ts'
import { architectures } from '../views/Z1/experiment.ts'

export const experiments = { architectures, convnet, rnn, sandbox, structure } as const
