// Stored tensor elements to f32.
//
// It is C because the wide variants need per-function instruction sets, which Swift lacks.
//
// All variants give the same bits. f16 follows the processor's conversion: a signalling NaN
// becomes quiet and keeps its payload. bf16 keeps every bit. q8_0 is scale times integer, rounded
// once. f64 and the wide integers round to nearest even.
#ifndef CKERNELS_DECODE_H
#define CKERNELS_DECODE_H

#include <stdbool.h>
#include <stdint.h>

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

// Which implementation runs. Wider vectors than AVX2's gain nothing: the cache sets the pace.
typedef enum {
  LETHE_DECODE_SCALAR = 0,
  LETHE_DECODE_AVX2 = 1,
} lethe_decode_variant;

// The variant that this processor runs fastest.
lethe_decode_variant lethe_decode_best_variant(void);

// Whether this processor can run a variant.
bool lethe_decode_has_variant(lethe_decode_variant variant);

// Decodes elements [first, first + count) of a run that starts at `bytes`, which for q8_0 is the
// start of a block. `output` has room for `count` values and overlaps nothing.
void lethe_decode(lethe_decode_variant variant, lethe_decode_type type, const void *bytes,
                  int64_t first, int64_t count, float *output);

#endif
