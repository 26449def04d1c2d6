/** Arithmetic in types, against results known by heart or computed elsewhere. */
import type {
  AddLiterals,
  DivideLiterals,
  IsAtMost,
  MultiplyLiterals,
  SubtractLiterals,
} from '../../src/tensor/arithmetic-types.ts'
import type { Count, Divide, Multiply, Same } from '../../src/tensor/dimension-types.ts'

const equal = <A, B>(_: Same<A, B>) => {}

equal<AddLiterals<999, 1>, 1000>(true)
equal<AddLiterals<1, 999>, 1000>(true)
equal<AddLiterals<12345, 67890>, 80235>(true)
equal<AddLiterals<0, 7>, 7>(true)
equal<AddLiterals<0, 0>, 0>(true)
equal<SubtractLiterals<1000, 1>, 999>(true)
equal<SubtractLiterals<105, 99>, 6>(true)
equal<SubtractLiterals<100, 100>, 0>(true)
equal<SubtractLiterals<3, 5>, never>(true)
equal<SubtractLiterals<99, 100>, never>(true)
equal<MultiplyLiterals<64, 49>, 3136>(true)
equal<MultiplyLiterals<50176, 3>, 150528>(true)
equal<MultiplyLiterals<99999, 99999>, 9999800001>(true)
equal<MultiplyLiterals<100, 100>, 10000>(true)
equal<MultiplyLiterals<7, 10>, 70>(true)
equal<MultiplyLiterals<10, 7>, 70>(true)
equal<MultiplyLiterals<25088, 4096>, 102760448>(true)
equal<MultiplyLiterals<9999999, 1000000>, 9999999000000>(true)
equal<MultiplyLiterals<0, 12>, 0>(true)
equal<DivideLiterals<150528, 49>, [3072, 0]>(true)
equal<DivideLiterals<223, 2>, [111, 1]>(true)
equal<DivideLiterals<208, 16>, [13, 0]>(true)
equal<DivideLiterals<5, 16>, [0, 5]>(true)
equal<DivideLiterals<100000, 10>, [10000, 0]>(true)
equal<DivideLiterals<99, 10>, [9, 9]>(true)
equal<DivideLiterals<0, 3>, [0, 0]>(true)
equal<DivideLiterals<25088, 50>, [501, 38]>(true)
equal<IsAtMost<3, 5>, true>(true)
equal<IsAtMost<5, 3>, false>(true)
equal<IsAtMost<100, 99>, false>(true)
equal<IsAtMost<0, 0>, true>(true)

// what is not a literal stays unknown
equal<Multiply<number, 3>, number>(true)
equal<Multiply<2 | 3, 3>, number>(true)
equal<Divide<number, 3>, [number, number]>(true)
equal<Count<[224, 224, 3]>, 150528>(true)
equal<Count<[number, 3]>, number>(true)
equal<Count<[]>, 1>(true)
// @ts-expect-error the check itself can fail
equal<AddLiterals<1, 1>, 3>(true)
