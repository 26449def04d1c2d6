/** How a compiled program says what is to be done, in C: the same declarations for programs and for the runtime that reads them. */

/** Words of the table of addresses that a plan runs on. */
export const table = {
  /** Scratch memory of the first thread, and bytes from thread to thread. */
  scratch: 0,
  scratchStep: 1,
  /** Address of buffer 0; the others follow, then what is kept from run to run. */
  buffers: 2,
} as const

/** The function of a compiled program that gives its plan. */
export const entry = 'chainrule_plan'

export const planDeclarations = `
typedef struct {
  void (*kernel)(char* const* buffers, char* scratch);
  /** In the program. */
  int number;
  int buffers;
  /** A word of the table for each buffer; and where it starts there, and by how much that moves from piece to piece, in bytes. */
  const int* words;
  const long* moves;
} Call;
/** Pieces of one kernel that may run at the same time, or if it is one piece, perhaps several kernels in turn. */
typedef struct { int pieces, first, calls; } Work;
/** Works that may run at the same time. */
typedef struct { int pieces, first, works; } Stage;
typedef struct { const Stage* stages; const Work* works; const Call* calls; } Plan;
`
