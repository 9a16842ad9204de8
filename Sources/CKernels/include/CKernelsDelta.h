// One fused pass over runs of stored numbers: everything that a drift report sums.
//
// It is C because the wide sets need per-function instruction sets, which Swift lacks.
//
// Element values are widened to f64, exactly but for integers beyond 2^53; differences, products
// and sums are formed there, and every product is fused into its sum. The order of every sum is
// part of the contract: element i of a stream goes to lane i mod 16 of sixteen f64 lanes, lanes
// are added in one fixed tree at the end. All kernel sets follow it, so they give the same bits,
// and so does a stream that is fed in several calls.
//
// Squares of powers of two, of values rounded to f32, are the exception: element i of a block of 512
// goes to lane i mod 32 of f32 lanes, which are then added to the f64 lanes, l to l mod 16, in turn.
// Mostly that is exact, and never is it off by more than 16 roundings of f32. Where a lane leaves
// 2^-90 ... 2^120, the block is summed in f64 anew, element by element.
#ifndef CKERNELS_DELTA_H
#define CKERNELS_DELTA_H

#include <stdint.h>

#include "CKernelsSet.h"

// How the elements of a run are stored: little-endian, at any alignment.
typedef enum {
  LETHE_DELTA_F32 = 0,
  LETHE_DELTA_F16 = 1,
  LETHE_DELTA_BF16 = 2,
  LETHE_DELTA_F64 = 3,
  LETHE_DELTA_I32 = 4,
  LETHE_DELTA_U32 = 5,
  LETHE_DELTA_I64 = 6,
  LETHE_DELTA_U64 = 7,
} lethe_delta_type;

enum {
  LETHE_DELTA_LANES = 16,
  LETHE_DELTA_BLOCK = 512,
};

// Elements whose delta is at most this count as unchanged.
#define LETHE_DELTA_TOLERANCE 1e-5

// A run of stored numbers.
typedef struct {
  const void *bytes;
  lethe_delta_type type;
  // The smallest value that its type stores with its whole mantissa, a power of two from 2^-126 on:
  // below it, all values are equally far from their neighbours.
  float smallest_normal;
} lethe_delta_run;

// What one stream of element pairs (b, o) has summed up to; all zero at the start.
typedef struct {
  double base_squares[LETHE_DELTA_LANES];   // b * b
  double other_squares[LETHE_DELTA_LANES];  // o * o
  double delta_squares[LETHE_DELTA_LANES];  // (o - b) * (o - b)
  double products[LETHE_DELTA_LANES];       // b * o
  double deltas[LETHE_DELTA_LANES];         // o - b
  double base_powers[LETHE_DELTA_LANES];    // p * p of finite b; p: 2^exponent, or smallest_normal
  double other_powers[LETHE_DELTA_LANES];   // p * p of finite o   if that is more
  double max_abs;                           // largest |o - b|; a NaN is passed over
  int64_t max_abs_index;                    // where it is first; 0 while max_abs is 0
  int64_t count;                            // pairs seen
  int64_t identical_count;                  // b == o as values, or the same NaN bit for bit
  int64_t unchanged_count;                  // |o - b| <= LETHE_DELTA_TOLERANCE, or identical
  int64_t sign_flip_count;                  // one above zero, the other below
  int64_t non_finite_count;                 // pairs with a NaN or an infinity on either side
} lethe_delta_sums;

// The lanes of a stream, added up. A sum that is not a number is the default quiet NaN.
typedef struct {
  double base_squares, other_squares, delta_squares, products, deltas, base_powers, other_powers;
} lethe_delta_totals;

// What a stream of triples (a, b, c), three states in a row, has summed up to; zero at the start.
typedef struct {
  double before_squares[LETHE_DELTA_LANES];  // (b - a) * (b - a)
  double after_squares[LETHE_DELTA_LANES];   // (c - b) * (c - b)
  double products[LETHE_DELTA_LANES];        // (c - b) * (b - a)
  int64_t moved_count;                       // both deltas are above or below zero
  int64_t conflict_count;                    // one is above zero, the other below
} lethe_turn_sums;

// The lanes of a stream of triples, added up.
typedef struct {
  double before_squares, after_squares, products;
} lethe_turn_totals;

// What the pairs of one run sum up to.
typedef struct {
  double base_squares, other_squares, delta_squares, products;
} lethe_segment_totals;

// Adds `count` pairs to a stream. Every call but the last takes a multiple of LETHE_DELTA_BLOCK.
void lethe_delta_add(lethe_kernel_set set, lethe_delta_run base, lethe_delta_run other,
                     int64_t count, lethe_delta_sums *sums);

// Adds up the lanes of a stream.
lethe_delta_totals lethe_delta_finish(const lethe_delta_sums *sums);

// Adds `count` triples to a stream, under the same rule.
void lethe_turn_add(lethe_kernel_set set, lethe_delta_run first, lethe_delta_run second,
                    lethe_delta_run third, int64_t count, lethe_turn_sums *sums);

// Adds up the lanes of a stream of triples.
lethe_turn_totals lethe_turn_finish(const lethe_turn_sums *sums);

// Sums over `count` pairs: element i goes to lane i mod 8 of eight.
lethe_segment_totals lethe_segment_sum(lethe_kernel_set set, lethe_delta_run base,
                                       lethe_delta_run other, int64_t count);

#endif
