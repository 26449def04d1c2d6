/** Every experiment by its name. */
import { convnet } from '../views/V1/experiment.ts'

export const experiments = { convnet } as const
