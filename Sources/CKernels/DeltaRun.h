// How the kernels of drift read stored numbers; no part of the module's interface.
#ifndef DELTA_RUN_H
#define DELTA_RUN_H

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "CKernelsDelta.h"
#include "Common.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

// Only what is fused by name is fused.
#pragma STDC FP_CONTRACT OFF

INLINE bool is_integer(lethe_delta_type type) { return type > LETHE_DELTA_F64; }

INLINE double element(lethe_delta_run run, int64_t index) {
  const char *bytes = run.bytes;
  double wide;
  uint64_t number;
  switch (run.type) {
  case LETHE_DELTA_F32:
    return float_of_bits(load_word(bytes + index * 4));
  case LETHE_DELTA_F16:
    return widen_f16(load_half(bytes + index * 2));
  case LETHE_DELTA_BF16:
    return widen_bf16(load_half(bytes + index * 2));
  case LETHE_DELTA_I32:
    return (int32_t)load_word(bytes + index * 4);
  case LETHE_DELTA_U32:
    return load_word(bytes + index * 4);
  case LETHE_DELTA_F64:
    memcpy(&wide, bytes + index * 8, sizeof wide);
    return wide;
  case LETHE_DELTA_I64:
    memcpy(&number, bytes + index * 8, sizeof number);
    return (double)(int64_t)number;
  case LETHE_DELTA_U64:
    memcpy(&number, bytes + index * 8, sizeof number);
    return (double)number;
  }
  return 0;
}

// A sum whose bits do not depend on the operands' order: which NaN an addition hands on does.
INLINE double canonical(double sum) { return isnan(sum) ? (double)NAN : sum; }

// The lanes of a stream added up, in the one order that every kernel set follows.
INLINE double add_lanes(const double lanes[LETHE_DELTA_LANES]) {
  double halves[LANES];
  for (int lane = 0; lane < LANES; lane++) halves[lane] = lanes[lane] + lanes[lane + LANES];
  return canonical(lane_sum(halves));
}

_Static_assert(LETHE_DELTA_LANES == 2 * LANES, "two vectors hold the lanes of a stream");

#if defined(__x86_64__)

#define TARGET_AVX2 __attribute__((target("avx2,fma,f16c,popcnt")))
#define TARGET_AVX512 __attribute__((target("avx512f,avx512dq,avx512vl,avx512bw,popcnt")))

// Four floats of any type; the vector sets leave integers to the scalar twin.
TARGET_AVX2 INLINE __m256d four_avx2(lethe_delta_run run, int64_t index) {
  if (run.type == LETHE_DELTA_F64) return _mm256_loadu_pd((const double *)run.bytes + index);
  if (run.type == LETHE_DELTA_F32) {
    return _mm256_cvtps_pd(_mm_loadu_ps((const float *)run.bytes + index));
  }
  __m128i halves = _mm_loadl_epi64((const __m128i *)((const char *)run.bytes + index * 2));
  if (run.type == LETHE_DELTA_F16) return _mm256_cvtps_pd(_mm_cvtph_ps(halves));
  return _mm256_cvtps_pd(_mm_castsi128_ps(_mm_slli_epi32(_mm_cvtepu16_epi32(halves), 16)));
}

// Eight floats of any type, those of f64 rounded to f32.
TARGET_AVX2 INLINE __m256 floats_avx2(lethe_delta_run run, int64_t index) {
  if (run.type == LETHE_DELTA_F32) return _mm256_loadu_ps((const float *)run.bytes + index);
  if (run.type == LETHE_DELTA_F64) {
    __m128 low = _mm256_cvtpd_ps(_mm256_loadu_pd((const double *)run.bytes + index));
    __m128 high = _mm256_cvtpd_ps(_mm256_loadu_pd((const double *)run.bytes + index + 4));
    return _mm256_set_m128(high, low);
  }
  __m128i halves = _mm_loadu_si128((const __m128i *)((const char *)run.bytes + index * 2));
  if (run.type == LETHE_DELTA_F16) return _mm256_cvtph_ps(halves);
  return _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_cvtepu16_epi32(halves), 16));
}

// Eight floats of any type.
TARGET_AVX512 INLINE __m512d eight_avx512(lethe_delta_run run, int64_t index) {
  if (run.type == LETHE_DELTA_F64) return _mm512_loadu_pd((const double *)run.bytes + index);
  if (run.type == LETHE_DELTA_F32) {
    return _mm512_cvtps_pd(_mm256_loadu_ps((const float *)run.bytes + index));
  }
  __m128i halves = _mm_loadu_si128((const __m128i *)((const char *)run.bytes + index * 2));
  if (run.type == LETHE_DELTA_F16) return _mm512_cvtps_pd(_mm256_cvtph_ps(halves));
  __m256i words = _mm256_slli_epi32(_mm256_cvtepu16_epi32(halves), 16);
  return _mm512_cvtps_pd(_mm256_castsi256_ps(words));
}

// Sixteen floats of any type, those of f64 rounded to f32.
TARGET_AVX512 INLINE __m512 floats_avx512(lethe_delta_run run, int64_t index) {
  if (run.type == LETHE_DELTA_F32) return _mm512_loadu_ps((const float *)run.bytes + index);
  if (run.type == LETHE_DELTA_F64) {
    __m256 low = _mm512_cvtpd_ps(_mm512_loadu_pd((const double *)run.bytes + index));
    __m256 high = _mm512_cvtpd_ps(_mm512_loadu_pd((const double *)run.bytes + index + 8));
    return _mm512_insertf32x8(_mm512_castps256_ps512(low), high, 1);
  }
  __m256i halves = _mm256_loadu_si256((const __m256i *)((const char *)run.bytes + index * 2));
  if (run.type == LETHE_DELTA_F16) return _mm512_cvtph_ps(halves);
  return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(halves), 16));
}

#endif

// The same run with its type as a constant, so that the compiler drops the choice from the loop.
#define AS(run, constant) \
  ((lethe_delta_run){(run).bytes, (constant), (run).smallest_normal})

// Runs a statement with the type as a constant, for runs that have one type in common; mixed types
// choose anew for each vector, which predicts well.
#define EACH_FLOAT_TYPE(type, CALL) \
  switch (type) {                   \
  case LETHE_DELTA_F32:             \
    CALL(LETHE_DELTA_F32);          \
    break;                          \
  case LETHE_DELTA_F16:             \
    CALL(LETHE_DELTA_F16);          \
    break;                          \
  case LETHE_DELTA_BF16:            \
    CALL(LETHE_DELTA_BF16);         \
    break;                          \
  default:                          \
    CALL(LETHE_DELTA_F64);          \
    break;                          \
  }

#endif
