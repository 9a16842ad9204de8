#include "DeltaRun.h"

INLINE void turn_scalar(lethe_delta_run first, lethe_delta_run second, lethe_delta_run third,
                        int64_t from, int64_t to, lethe_turn_sums *sums) {
  for (int64_t i = from; i < to; i++) {
    int64_t lane = i % LETHE_DELTA_LANES;
    double a = element(first, i), b = element(second, i), c = element(third, i);
    double before = b - a, after = c - b;
    sums->before_squares[lane] = fma(before, before, sums->before_squares[lane]);
    sums->after_squares[lane] = fma(after, after, sums->after_squares[lane]);
    sums->products[lane] = fma(after, before, sums->products[lane]);
    bool agrees = (before < 0 && after < 0) || (before > 0 && after > 0);
    bool conflicts = (before < 0 && after > 0) || (before > 0 && after < 0);
    sums->moved_count += agrees || conflicts;
    sums->conflict_count += conflicts;
  }
}

#if defined(__x86_64__)

TARGET_AVX2 static int64_t turn_avx2(lethe_delta_run first, lethe_delta_run second,
                                     lethe_delta_run third, int64_t count,
                                     lethe_turn_sums *sums) {
  const __m256d zero = _mm256_setzero_pd();
  __m256d before_squares[4], after_squares[4], products[4];
  for (int part = 0; part < 4; part++) {
    before_squares[part] = _mm256_loadu_pd(sums->before_squares + 4 * part);
    after_squares[part] = _mm256_loadu_pd(sums->after_squares + 4 * part);
    products[part] = _mm256_loadu_pd(sums->products + 4 * part);
  }
  int64_t i = 0;
  for (; i + LETHE_DELTA_LANES <= count; i += LETHE_DELTA_LANES) {
#pragma clang loop unroll(full)
    for (int part = 0; part < 4; part++) {
      int64_t at = i + 4 * part;
      __m256d a = four_avx2(first, at), b = four_avx2(second, at), c = four_avx2(third, at);
      __m256d before = _mm256_sub_pd(b, a), after = _mm256_sub_pd(c, b);
      before_squares[part] = _mm256_fmadd_pd(before, before, before_squares[part]);
      after_squares[part] = _mm256_fmadd_pd(after, after, after_squares[part]);
      products[part] = _mm256_fmadd_pd(after, before, products[part]);
      __m256d moved = _mm256_and_pd(_mm256_cmp_pd(before, zero, _CMP_NEQ_OQ),
                                    _mm256_cmp_pd(after, zero, _CMP_NEQ_OQ));
      __m256d conflict = _mm256_and_pd(moved, _mm256_xor_pd(before, after));
      sums->moved_count += _mm_popcnt_u32((unsigned)_mm256_movemask_pd(moved));
      sums->conflict_count += _mm_popcnt_u32((unsigned)_mm256_movemask_pd(conflict));
    }
  }
  for (int part = 0; part < 4; part++) {
    _mm256_storeu_pd(sums->before_squares + 4 * part, before_squares[part]);
    _mm256_storeu_pd(sums->after_squares + 4 * part, after_squares[part]);
    _mm256_storeu_pd(sums->products + 4 * part, products[part]);
  }
  return i;
}

TARGET_AVX512 static int64_t turn_avx512(lethe_delta_run first, lethe_delta_run second,
                                         lethe_delta_run third, int64_t count,
                                         lethe_turn_sums *sums) {
  const __m512d zero = _mm512_setzero_pd();
  __m512d before_squares[2], after_squares[2], products[2];
  for (int half = 0; half < 2; half++) {
    before_squares[half] = _mm512_loadu_pd(sums->before_squares + 8 * half);
    after_squares[half] = _mm512_loadu_pd(sums->after_squares + 8 * half);
    products[half] = _mm512_loadu_pd(sums->products + 8 * half);
  }
  int64_t i = 0;
  for (; i + LETHE_DELTA_LANES <= count; i += LETHE_DELTA_LANES) {
#pragma clang loop unroll(full)
    for (int half = 0; half < 2; half++) {
      int64_t at = i + 8 * half;
      __m512d a = eight_avx512(first, at), b = eight_avx512(second, at);
      __m512d c = eight_avx512(third, at);
      __m512d before = _mm512_sub_pd(b, a), after = _mm512_sub_pd(c, b);
      before_squares[half] = _mm512_fmadd_pd(before, before, before_squares[half]);
      after_squares[half] = _mm512_fmadd_pd(after, after, after_squares[half]);
      products[half] = _mm512_fmadd_pd(after, before, products[half]);
      __mmask8 moved = _mm512_cmp_pd_mask(before, zero, _CMP_NEQ_OQ);
      moved = _mm512_mask_cmp_pd_mask(moved, after, zero, _CMP_NEQ_OQ);
      __mmask8 opposite = _mm512_movepi64_mask(_mm512_castpd_si512(_mm512_xor_pd(before, after)));
      sums->moved_count += _mm_popcnt_u32(moved);
      sums->conflict_count += _mm_popcnt_u32(moved & opposite);
    }
  }
  for (int half = 0; half < 2; half++) {
    _mm512_storeu_pd(sums->before_squares + 8 * half, before_squares[half]);
    _mm512_storeu_pd(sums->after_squares + 8 * half, after_squares[half]);
    _mm512_storeu_pd(sums->products + 8 * half, products[half]);
  }
  return i;
}

#endif

void lethe_turn_add(lethe_kernel_set set, lethe_delta_run first, lethe_delta_run second,
                    lethe_delta_run third, int64_t count, lethe_turn_sums *sums) {
  int64_t done = 0;
#if defined(__x86_64__)
  if (!is_integer(first.type) && !is_integer(second.type) && !is_integer(third.type)) {
    if (set >= LETHE_KERNELS_AVX512) {
      done = turn_avx512(first, second, third, count, sums);
    } else if (set >= LETHE_KERNELS_AVX2) {
      done = turn_avx2(first, second, third, count, sums);
    }
  }
#else
  (void)set;
#endif
  turn_scalar(first, second, third, done, count, sums);
}

lethe_turn_totals lethe_turn_finish(const lethe_turn_sums *sums) {
  return (lethe_turn_totals){add_lanes(sums->before_squares), add_lanes(sums->after_squares),
                             add_lanes(sums->products)};
}
