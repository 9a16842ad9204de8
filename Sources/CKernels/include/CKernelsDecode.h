// Stored tensor elements to f32.
//
// It is C because the wide sets need per-function instruction sets, which Swift lacks.
//
// All kernel sets give the same bits. f16 follows the processor's conversion: a signalling NaN
// becomes quiet and keeps its payload. bf16 keeps every bit. q8_0 is scale times integer, rounded
// once. f64 and the wide integers round to nearest even.
#ifndef CKERNELS_DECODE_H
#define CKERNELS_DECODE_H

#include <stdint.h>

#include "CKernelsSet.h"

// How elements are stored: little-endian, at any alignment.
typedef enum {
  LETHE_DECODE_F32 = 0,
  LETHE_DECODE_F16,
  LETHE_DECODE_BF16,
  LETHE_DECODE_Q8_0,
  LETHE_DECODE_F64,
  LETHE_DECODE_BOOL,
  LETHE_DECODE_I8,
  LETHE_DECODE_U8,
  LETHE_DECODE_I16,
  LETHE_DECODE_U16,
  LETHE_DECODE_I32,
  LETHE_DECODE_U32,
  LETHE_DECODE_I64,
  LETHE_DECODE_U64,
} lethe_decode_type;

// Decodes elements [first, first + count) of a run that starts at `bytes`, which for q8_0 is the
// start of a block. `output` has room for `count` values and overlaps nothing.
void lethe_decode(lethe_kernel_set set, lethe_decode_type type, const void *bytes, int64_t first,
                  int64_t count, float *output);

#endif
