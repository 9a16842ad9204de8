// One fused pass over two runs of stored floats: everything that a drift report sums.
//
// It is C because the wide sets need per-function instruction sets, which Swift lacks.
//
// The order of every sum is part of the contract: element i of a stream goes to lane i mod 8 of
// eight f64 lanes, lanes are added in one fixed tree by `lethe_delta_finish`. All sets follow
// it, so they give the same bits, and so does a stream that is fed in several calls.
//
// Element values are widened to f32 exactly (f16, bf16) and then to f64, where differences and
// products are formed. Products of two f32 values are exact in f64, so a fused multiply-add
// rounds like a multiplication followed by an addition; squared deltas are not, and never fused.
#ifndef CKERNELS_DELTA_H
#define CKERNELS_DELTA_H

#include <stdint.h>

#include "CKernelsSet.h"

// How the elements of a run are stored: little-endian, at any alignment.
typedef enum {
  LETHE_DELTA_F32 = 0,
  LETHE_DELTA_F16 = 1,
  LETHE_DELTA_BF16 = 2,
} lethe_delta_type;

enum { LETHE_DELTA_LANES = 8 };

// A run of stored floats.
typedef struct {
  const void *bytes;
  lethe_delta_type type;
} lethe_delta_run;

// What one stream of element pairs (b, o) has summed up to; all zero at the start.
typedef struct {
  double base_squares[LETHE_DELTA_LANES];   // b * b
  double other_squares[LETHE_DELTA_LANES];  // o * o
  double delta_squares[LETHE_DELTA_LANES];  // (o - b) * (o - b)
  double products[LETHE_DELTA_LANES];       // b * o
  double deltas[LETHE_DELTA_LANES];         // o - b
  double max_abs;                           // largest |o - b|; a NaN is passed over
  int64_t max_abs_index;                    // where it is first; 0 while max_abs is 0
  int64_t count;                            // pairs seen
  int64_t identical_count;                  // b == o as values, or the same NaN bit for bit
  int64_t sign_flip_count;                  // one above zero, the other below
  int64_t non_finite_count;                 // pairs with a NaN or an infinity on either side
} lethe_delta_sums;

// The lanes of a stream, added up. A sum that is not a number is the default quiet NaN.
typedef struct {
  double base_squares, other_squares, delta_squares, products, deltas;
} lethe_delta_totals;

// What a stream of triples (a, b, c), three states in a row, has summed up to; zero at the start.
typedef struct {
  double before_squares[LETHE_DELTA_LANES];  // (b - a) * (b - a)
  double after_squares[LETHE_DELTA_LANES];   // (c - b) * (c - b)
  double products[LETHE_DELTA_LANES];        // (c - b) * (b - a)
} lethe_turn_sums;

// The lanes of a stream of triples, added up.
typedef struct {
  double before_squares, after_squares, products;
} lethe_turn_totals;

// Adds `count` pairs to a stream. Every call but the last takes a multiple of LETHE_DELTA_LANES.
void lethe_delta_add(lethe_kernel_set set, lethe_delta_run base, lethe_delta_run other,
                     int64_t count, lethe_delta_sums *sums);

// Adds up the lanes of a stream.
lethe_delta_totals lethe_delta_finish(const lethe_delta_sums *sums);

// Adds `count` triples to a stream, under the same rule.
void lethe_turn_add(lethe_kernel_set set, lethe_delta_run first, lethe_delta_run second,
                    lethe_delta_run third, int64_t count, lethe_turn_sums *sums);

// Adds up the lanes of a stream of triples.
lethe_turn_totals lethe_turn_finish(const lethe_turn_sums *sums);

#endif
