#include "DeltaRun.h"

// The sums of a segment's lanes; short segments make the final additions count, hence eight lanes.
typedef struct {
  double base_squares[LANES], other_squares[LANES], delta_squares[LANES], products[LANES];
} segment_lanes;

INLINE void segment_scalar(lethe_delta_run base, lethe_delta_run other, int64_t from, int64_t to,
                           segment_lanes *lanes) {
  for (int64_t i = from; i < to; i++) {
    int64_t lane = i % LANES;
    double b = element(base, i), o = element(other, i), delta = o - b;
    lanes->base_squares[lane] = fma(b, b, lanes->base_squares[lane]);
    lanes->other_squares[lane] = fma(o, o, lanes->other_squares[lane]);
    lanes->delta_squares[lane] = fma(delta, delta, lanes->delta_squares[lane]);
    lanes->products[lane] = fma(b, o, lanes->products[lane]);
  }
}

#if defined(__x86_64__)

TARGET_AVX2 INLINE int64_t segment_loop_avx2(lethe_delta_run base, lethe_delta_run other,
                                             int64_t count, segment_lanes *lanes) {
  __m256d sums[4][2];
  memset(sums, 0, sizeof sums);
  int64_t i = 0;
  for (; i + LANES <= count; i += LANES) {
#pragma clang loop unroll(full)
    for (int half = 0; half < 2; half++) {
      __m256d b = four_avx2(base, i + 4 * half), o = four_avx2(other, i + 4 * half);
      __m256d delta = _mm256_sub_pd(o, b);
      sums[0][half] = _mm256_fmadd_pd(b, b, sums[0][half]);
      sums[1][half] = _mm256_fmadd_pd(o, o, sums[1][half]);
      sums[2][half] = _mm256_fmadd_pd(delta, delta, sums[2][half]);
      sums[3][half] = _mm256_fmadd_pd(b, o, sums[3][half]);
    }
  }
  for (int half = 0; half < 2; half++) {
    _mm256_storeu_pd(lanes->base_squares + 4 * half, sums[0][half]);
    _mm256_storeu_pd(lanes->other_squares + 4 * half, sums[1][half]);
    _mm256_storeu_pd(lanes->delta_squares + 4 * half, sums[2][half]);
    _mm256_storeu_pd(lanes->products + 4 * half, sums[3][half]);
  }
  return i;
}

TARGET_AVX512 INLINE int64_t segment_loop_avx512(lethe_delta_run base, lethe_delta_run other,
                                                 int64_t count, segment_lanes *lanes) {
  __m512d base_squares = _mm512_setzero_pd(), other_squares = base_squares;
  __m512d delta_squares = base_squares, products = base_squares;
  int64_t i = 0;
  for (; i + LANES <= count; i += LANES) {
    __m512d b = eight_avx512(base, i), o = eight_avx512(other, i), delta = _mm512_sub_pd(o, b);
    base_squares = _mm512_fmadd_pd(b, b, base_squares);
    other_squares = _mm512_fmadd_pd(o, o, other_squares);
    delta_squares = _mm512_fmadd_pd(delta, delta, delta_squares);
    products = _mm512_fmadd_pd(b, o, products);
  }
  _mm512_storeu_pd(lanes->base_squares, base_squares);
  _mm512_storeu_pd(lanes->other_squares, other_squares);
  _mm512_storeu_pd(lanes->delta_squares, delta_squares);
  _mm512_storeu_pd(lanes->products, products);
  return i;
}

#define CALL_AVX2(type) done = segment_loop_avx2(AS(base, type), AS(other, type), count, lanes)
#define CALL_AVX512(type) done = segment_loop_avx512(AS(base, type), AS(other, type), count, lanes)

TARGET_AVX2 static int64_t segment_avx2(lethe_delta_run base, lethe_delta_run other, int64_t count,
                                        segment_lanes *lanes) {
  int64_t done = 0;
  if (base.type != other.type) return segment_loop_avx2(base, other, count, lanes);
  EACH_FLOAT_TYPE(base.type, CALL_AVX2)
  return done;
}

TARGET_AVX512 static int64_t segment_avx512(lethe_delta_run base, lethe_delta_run other,
                                            int64_t count, segment_lanes *lanes) {
  int64_t done = 0;
  if (base.type != other.type) return segment_loop_avx512(base, other, count, lanes);
  EACH_FLOAT_TYPE(base.type, CALL_AVX512)
  return done;
}

#endif

lethe_segment_totals lethe_segment_sum(lethe_kernel_set set, lethe_delta_run base,
                                       lethe_delta_run other, int64_t count) {
  segment_lanes lanes;
  memset(&lanes, 0, sizeof lanes);
  int64_t done = 0;
#if defined(__x86_64__)
  if (!is_integer(base.type) && !is_integer(other.type)) {
    if (set >= LETHE_KERNELS_AVX512) {
      done = segment_avx512(base, other, count, &lanes);
    } else if (set >= LETHE_KERNELS_AVX2) {
      done = segment_avx2(base, other, count, &lanes);
    }
  }
#else
  (void)set;
#endif
  segment_scalar(base, other, done, count, &lanes);
  return (lethe_segment_totals){
      canonical(lane_sum(lanes.base_squares)), canonical(lane_sum(lanes.other_squares)),
      canonical(lane_sum(lanes.delta_squares)), canonical(lane_sum(lanes.products))};
}
