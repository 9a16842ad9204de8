#include "CKernelsDelta.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "Common.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#pragma STDC FP_CONTRACT OFF

_Static_assert(LANES == LETHE_DELTA_LANES, "the lanes of a stream are those of lane_sum");

enum {
  // Elements between two looks at the running maximum; a strip is in cache when it is searched.
  STRIP = 2048,
};

// MARK: Scalar

INLINE float element(lethe_delta_run run, int64_t index) {
  if (run.type == LETHE_DELTA_F32) {
    float value;
    memcpy(&value, (const char *)run.bytes + index * 4, sizeof value);
    return value;
  }
  uint16_t half = load_half((const char *)run.bytes + index * 2);
  return run.type == LETHE_DELTA_F16 ? widen_f16(half) : widen_bf16(half);
}

INLINE double abs_delta(lethe_delta_run base, lethe_delta_run other, int64_t index) {
  return fabs((double)element(other, index) - (double)element(base, index));
}

// Pairs `from ..< to`; `from` is a multiple of LANES. Leaves the maximum to the caller.
INLINE double add_scalar(lethe_delta_run base, lethe_delta_run other, int64_t from, int64_t to,
                         lethe_delta_sums *sums) {
  double max_abs = 0;
  for (int64_t i = from; i < to; i++) {
    int64_t lane = i % LANES;
    float b = element(base, i), o = element(other, i);
    double wide_b = b, wide_o = o, delta = wide_o - wide_b;
    sums->base_squares[lane] += wide_b * wide_b;
    sums->other_squares[lane] += wide_o * wide_o;
    sums->delta_squares[lane] += delta * delta;
    sums->products[lane] += wide_b * wide_o;
    sums->deltas[lane] += delta;
    double magnitude = fabs(delta);
    max_abs = magnitude > max_abs ? magnitude : max_abs;
    sums->identical_count += b == o;
    sums->sign_flip_count += (b < 0 && o > 0) || (b > 0 && o < 0);
  }
  return max_abs;
}

// Takes the maximum of the strip `from ..< to` into the stream's, and finds where it is first.
INLINE void note_maximum(lethe_delta_run base, lethe_delta_run other, int64_t from, int64_t to,
                         double max_abs, lethe_delta_sums *sums) {
  if (!(max_abs > sums->max_abs)) return;
  int64_t index = from;
  while (index < to && abs_delta(base, other, index) != max_abs) index++;
  sums->max_abs = max_abs;
  sums->max_abs_index = sums->count + index;
}

static void delta_scalar(lethe_delta_run base, lethe_delta_run other, int64_t count,
                         lethe_delta_sums *sums) {
  for (int64_t from = 0; from < count; from += STRIP) {
    int64_t to = from + STRIP < count ? from + STRIP : count;
    double max_abs = add_scalar(base, other, from, to, sums);
    note_maximum(base, other, from, to, max_abs, sums);
  }
}

INLINE void turn_scalar(lethe_delta_run first, lethe_delta_run second, lethe_delta_run third,
                        int64_t from, int64_t to, lethe_turn_sums *sums) {
  for (int64_t i = from; i < to; i++) {
    double a = element(first, i), b = element(second, i), c = element(third, i);
    double before = b - a, after = c - b;
    sums->before_squares[i % LANES] += before * before;
    sums->after_squares[i % LANES] += after * after;
    sums->products[i % LANES] += after * before;
  }
}

// MARK: AVX2 and AVX-512

#if defined(__x86_64__)

#define TARGET_AVX2 __attribute__((target("avx2,fma,f16c,popcnt")))
#define TARGET_AVX512 __attribute__((target("avx512f,avx512dq,avx512vl,avx512bw,popcnt")))

TARGET_AVX2 INLINE __m256 load_avx2(lethe_delta_run run, int64_t index) {
  if (run.type == LETHE_DELTA_F32) return _mm256_loadu_ps((const float *)run.bytes + index);
  __m128i halves = _mm_loadu_si128((const __m128i *)((const char *)run.bytes + index * 2));
  if (run.type == LETHE_DELTA_F16) return _mm256_cvtph_ps(halves);
  return _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_cvtepu16_epi32(halves), 16));
}

TARGET_AVX2 INLINE __m256d low_avx2(__m256 values) {
  return _mm256_cvtps_pd(_mm256_castps256_ps128(values));
}

TARGET_AVX2 INLINE __m256d high_avx2(__m256 values) {
  return _mm256_cvtps_pd(_mm256_extractf128_ps(values, 1));
}

typedef struct {
  __m256d base_squares, other_squares, delta_squares, products, deltas, max_abs;
} half_lanes;

TARGET_AVX2 INLINE half_lanes load_half_lanes(const lethe_delta_sums *sums, int lane) {
  return (half_lanes){
      _mm256_loadu_pd(sums->base_squares + lane), _mm256_loadu_pd(sums->other_squares + lane),
      _mm256_loadu_pd(sums->delta_squares + lane), _mm256_loadu_pd(sums->products + lane),
      _mm256_loadu_pd(sums->deltas + lane), _mm256_setzero_pd()};
}

TARGET_AVX2 INLINE void store_half_lanes(half_lanes lanes, lethe_delta_sums *sums, int lane) {
  _mm256_storeu_pd(sums->base_squares + lane, lanes.base_squares);
  _mm256_storeu_pd(sums->other_squares + lane, lanes.other_squares);
  _mm256_storeu_pd(sums->delta_squares + lane, lanes.delta_squares);
  _mm256_storeu_pd(sums->products + lane, lanes.products);
  _mm256_storeu_pd(sums->deltas + lane, lanes.deltas);
}

TARGET_AVX2 INLINE half_lanes add_half_lanes(half_lanes lanes, __m256d b, __m256d o) {
  __m256d delta = _mm256_sub_pd(o, b);
  __m256d magnitude = _mm256_andnot_pd(_mm256_set1_pd(-0.0), delta);
  return (half_lanes){_mm256_fmadd_pd(b, b, lanes.base_squares),
                      _mm256_fmadd_pd(o, o, lanes.other_squares),
                      _mm256_add_pd(lanes.delta_squares, _mm256_mul_pd(delta, delta)),
                      _mm256_fmadd_pd(b, o, lanes.products),
                      _mm256_add_pd(lanes.deltas, delta),
                      // The second operand is the answer where the first is NaN.
                      _mm256_max_pd(magnitude, lanes.max_abs)};
}

TARGET_AVX2 INLINE double largest_avx2(__m256d a, __m256d b) {
  __m256d four = _mm256_max_pd(a, b);
  __m128d two = _mm_max_pd(_mm256_castpd256_pd128(four), _mm256_extractf128_pd(four, 1));
  return _mm_cvtsd_f64(_mm_max_sd(two, _mm_unpackhi_pd(two, two)));
}

TARGET_AVX2 INLINE void delta_loop_avx2(lethe_delta_run base, lethe_delta_run other,
                                        int64_t count, lethe_delta_sums *sums) {
  const __m256 zero = _mm256_setzero_ps();
  for (int64_t from = 0; from < count; from += STRIP) {
    int64_t to = from + STRIP < count ? from + STRIP : count;
    int64_t i = from, identical = 0, flips = 0;
    half_lanes low = load_half_lanes(sums, 0), high = load_half_lanes(sums, 4);
    for (; i + 8 <= to; i += 8) {
      __m256 b = load_avx2(base, i), o = load_avx2(other, i);
      __m256 equal = _mm256_cmp_ps(b, o, _CMP_EQ_OQ);
      __m256 nonzero = _mm256_and_ps(_mm256_cmp_ps(b, zero, _CMP_NEQ_OQ),
                                     _mm256_cmp_ps(o, zero, _CMP_NEQ_OQ));
      __m256 flipped = _mm256_and_ps(_mm256_xor_ps(b, o), nonzero);
      identical += _mm_popcnt_u32((unsigned)_mm256_movemask_ps(equal));
      flips += _mm_popcnt_u32((unsigned)_mm256_movemask_ps(flipped));
      low = add_half_lanes(low, low_avx2(b), low_avx2(o));
      high = add_half_lanes(high, high_avx2(b), high_avx2(o));
    }
    store_half_lanes(low, sums, 0);
    store_half_lanes(high, sums, 4);
    sums->identical_count += identical;
    sums->sign_flip_count += flips;
    double max_abs = largest_avx2(low.max_abs, high.max_abs);
    double rest = add_scalar(base, other, i, to, sums);
    note_maximum(base, other, from, to, rest > max_abs ? rest : max_abs, sums);
  }
}

typedef struct {
  __m256d before_squares, after_squares, products;
} half_turn;

TARGET_AVX2 INLINE half_turn add_half_turn(half_turn lanes, __m256d a, __m256d b, __m256d c) {
  __m256d before = _mm256_sub_pd(b, a), after = _mm256_sub_pd(c, b);
  return (half_turn){_mm256_add_pd(lanes.before_squares, _mm256_mul_pd(before, before)),
                     _mm256_add_pd(lanes.after_squares, _mm256_mul_pd(after, after)),
                     _mm256_add_pd(lanes.products, _mm256_mul_pd(after, before))};
}

TARGET_AVX2 INLINE half_turn load_half_turn(const lethe_turn_sums *sums, int lane) {
  return (half_turn){_mm256_loadu_pd(sums->before_squares + lane),
                     _mm256_loadu_pd(sums->after_squares + lane),
                     _mm256_loadu_pd(sums->products + lane)};
}

TARGET_AVX2 INLINE void store_half_turn(half_turn lanes, lethe_turn_sums *sums, int lane) {
  _mm256_storeu_pd(sums->before_squares + lane, lanes.before_squares);
  _mm256_storeu_pd(sums->after_squares + lane, lanes.after_squares);
  _mm256_storeu_pd(sums->products + lane, lanes.products);
}

TARGET_AVX2 static void turn_avx2(lethe_delta_run first, lethe_delta_run second,
                                  lethe_delta_run third, int64_t count, lethe_turn_sums *sums) {
  half_turn low = load_half_turn(sums, 0), high = load_half_turn(sums, 4);
  int64_t i = 0;
  for (; i + 8 <= count; i += 8) {
    __m256 a = load_avx2(first, i), b = load_avx2(second, i), c = load_avx2(third, i);
    low = add_half_turn(low, low_avx2(a), low_avx2(b), low_avx2(c));
    high = add_half_turn(high, high_avx2(a), high_avx2(b), high_avx2(c));
  }
  store_half_turn(low, sums, 0);
  store_half_turn(high, sums, 4);
  turn_scalar(first, second, third, i, count, sums);
}

TARGET_AVX512 INLINE __m512 load_avx512(lethe_delta_run run, int64_t index) {
  if (run.type == LETHE_DELTA_F32) return _mm512_loadu_ps((const float *)run.bytes + index);
  __m256i halves = _mm256_loadu_si256((const __m256i *)((const char *)run.bytes + index * 2));
  if (run.type == LETHE_DELTA_F16) return _mm512_cvtph_ps(halves);
  return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(halves), 16));
}

TARGET_AVX512 INLINE __m512d low_avx512(__m512 values) {
  return _mm512_cvtps_pd(_mm512_castps512_ps256(values));
}

TARGET_AVX512 INLINE __m512d high_avx512(__m512 values) {
  return _mm512_cvtps_pd(_mm512_extractf32x8_ps(values, 1));
}

typedef struct {
  __m512d base_squares, other_squares, delta_squares, products, deltas, max_abs;
} all_lanes;

TARGET_AVX512 INLINE all_lanes add_all_lanes(all_lanes lanes, __m512d b, __m512d o) {
  __m512d delta = _mm512_sub_pd(o, b);
  return (all_lanes){_mm512_fmadd_pd(b, b, lanes.base_squares),
                     _mm512_fmadd_pd(o, o, lanes.other_squares),
                     _mm512_add_pd(lanes.delta_squares, _mm512_mul_pd(delta, delta)),
                     _mm512_fmadd_pd(b, o, lanes.products),
                     _mm512_add_pd(lanes.deltas, delta),
                     _mm512_max_pd(_mm512_abs_pd(delta), lanes.max_abs)};
}

TARGET_AVX512 INLINE void delta_loop_avx512(lethe_delta_run base, lethe_delta_run other,
                                            int64_t count, lethe_delta_sums *sums) {
  const __m512 zero = _mm512_setzero_ps();
  for (int64_t from = 0; from < count; from += STRIP) {
    int64_t to = from + STRIP < count ? from + STRIP : count;
    int64_t i = from, identical = 0, flips = 0;
    all_lanes lanes = {
        _mm512_loadu_pd(sums->base_squares),  _mm512_loadu_pd(sums->other_squares),
        _mm512_loadu_pd(sums->delta_squares), _mm512_loadu_pd(sums->products),
        _mm512_loadu_pd(sums->deltas),        _mm512_setzero_pd()};
    for (; i + 16 <= to; i += 16) {
      __m512 b = load_avx512(base, i), o = load_avx512(other, i);
      __mmask16 equal = _mm512_cmp_ps_mask(b, o, _CMP_EQ_OQ);
      __mmask16 flipped = _mm512_movepi32_mask(_mm512_castps_si512(_mm512_xor_ps(b, o)));
      flipped = _mm512_mask_cmp_ps_mask(flipped, b, zero, _CMP_NEQ_OQ);
      flipped = _mm512_mask_cmp_ps_mask(flipped, o, zero, _CMP_NEQ_OQ);
      identical += _mm_popcnt_u32(equal);
      flips += _mm_popcnt_u32(flipped);
      lanes = add_all_lanes(lanes, low_avx512(b), low_avx512(o));
      lanes = add_all_lanes(lanes, high_avx512(b), high_avx512(o));
    }
    _mm512_storeu_pd(sums->base_squares, lanes.base_squares);
    _mm512_storeu_pd(sums->other_squares, lanes.other_squares);
    _mm512_storeu_pd(sums->delta_squares, lanes.delta_squares);
    _mm512_storeu_pd(sums->products, lanes.products);
    _mm512_storeu_pd(sums->deltas, lanes.deltas);
    sums->identical_count += identical;
    sums->sign_flip_count += flips;
    double max_abs = _mm512_reduce_max_pd(lanes.max_abs);
    double rest = add_scalar(base, other, i, to, sums);
    note_maximum(base, other, from, to, rest > max_abs ? rest : max_abs, sums);
  }
}

typedef struct {
  __m512d before_squares, after_squares, products;
} all_turn;

TARGET_AVX512 INLINE all_turn add_all_turn(all_turn lanes, __m512d a, __m512d b, __m512d c) {
  __m512d before = _mm512_sub_pd(b, a), after = _mm512_sub_pd(c, b);
  return (all_turn){_mm512_add_pd(lanes.before_squares, _mm512_mul_pd(before, before)),
                    _mm512_add_pd(lanes.after_squares, _mm512_mul_pd(after, after)),
                    _mm512_add_pd(lanes.products, _mm512_mul_pd(after, before))};
}

TARGET_AVX512 static void turn_avx512(lethe_delta_run first, lethe_delta_run second,
                                      lethe_delta_run third, int64_t count,
                                      lethe_turn_sums *sums) {
  all_turn lanes = {_mm512_loadu_pd(sums->before_squares), _mm512_loadu_pd(sums->after_squares),
                    _mm512_loadu_pd(sums->products)};
  int64_t i = 0;
  for (; i + 16 <= count; i += 16) {
    __m512 a = load_avx512(first, i), b = load_avx512(second, i), c = load_avx512(third, i);
    lanes = add_all_turn(lanes, low_avx512(a), low_avx512(b), low_avx512(c));
    lanes = add_all_turn(lanes, high_avx512(a), high_avx512(b), high_avx512(c));
  }
  _mm512_storeu_pd(sums->before_squares, lanes.before_squares);
  _mm512_storeu_pd(sums->after_squares, lanes.after_squares);
  _mm512_storeu_pd(sums->products, lanes.products);
  turn_scalar(first, second, third, i, count, sums);
}

// Calls a loop with the types as constants where they agree, so that the compiler drops the
// choice from the loop; mixed types choose anew for each vector, which predicts well.
#define AS(run, constant) ((lethe_delta_run){(run).bytes, (constant)})

#define DEFINE_DELTA(name, target, loop)                                                 \
  target static void name(lethe_delta_run base, lethe_delta_run other, int64_t count,    \
                          lethe_delta_sums *sums) {                                      \
    if (base.type != other.type) {                                                       \
      loop(base, other, count, sums);                                                    \
    } else if (base.type == LETHE_DELTA_F32) {                                           \
      loop(AS(base, LETHE_DELTA_F32), AS(other, LETHE_DELTA_F32), count, sums);          \
    } else if (base.type == LETHE_DELTA_F16) {                                           \
      loop(AS(base, LETHE_DELTA_F16), AS(other, LETHE_DELTA_F16), count, sums);          \
    } else {                                                                             \
      loop(AS(base, LETHE_DELTA_BF16), AS(other, LETHE_DELTA_BF16), count, sums);        \
    }                                                                                    \
  }

DEFINE_DELTA(delta_avx2, TARGET_AVX2, delta_loop_avx2)
DEFINE_DELTA(delta_avx512, TARGET_AVX512, delta_loop_avx512)

#endif

// MARK: The choice, and what all kernel sets share

static double add_lanes(const double lanes[LANES]) {
  double sum = lane_sum(lanes);
  // Which NaN an addition hands on depends on the order of its operands.
  return isnan(sum) ? (double)NAN : sum;
}

// Squares of finite f32 values cannot overflow an f64 sum, so this asks for a NaN or infinity.
static bool saw_non_finite(const lethe_delta_sums *sums) {
  return !isfinite(add_lanes(sums->base_squares)) || !isfinite(add_lanes(sums->other_squares));
}

// A second look at the pairs of one call, rare enough to be kept out of the fast loops.
static void count_non_finite(lethe_delta_run base, lethe_delta_run other, int64_t count,
                             lethe_delta_sums *sums) {
  for (int64_t i = 0; i < count; i++) {
    float b = element(base, i), o = element(other, i);
    if (isfinite(b) && isfinite(o)) continue;
    sums->non_finite_count++;
    if (isnan(b) && memcmp(&b, &o, sizeof b) == 0) sums->identical_count++;
  }
}

void lethe_delta_add(lethe_kernel_set set, lethe_delta_run base, lethe_delta_run other,
                     int64_t count, lethe_delta_sums *sums) {
#if defined(__x86_64__)
  if (set == LETHE_KERNELS_AVX512) {
    delta_avx512(base, other, count, sums);
  } else if (set == LETHE_KERNELS_AVX2) {
    delta_avx2(base, other, count, sums);
  } else {
    delta_scalar(base, other, count, sums);
  }
#else
  (void)set;
  delta_scalar(base, other, count, sums);
#endif
  if (saw_non_finite(sums)) count_non_finite(base, other, count, sums);
  sums->count += count;
}

lethe_delta_totals lethe_delta_finish(const lethe_delta_sums *sums) {
  return (lethe_delta_totals){add_lanes(sums->base_squares), add_lanes(sums->other_squares),
                              add_lanes(sums->delta_squares), add_lanes(sums->products),
                              add_lanes(sums->deltas)};
}

void lethe_turn_add(lethe_kernel_set set, lethe_delta_run first, lethe_delta_run second,
                    lethe_delta_run third, int64_t count, lethe_turn_sums *sums) {
#if defined(__x86_64__)
  if (set == LETHE_KERNELS_AVX512) {
    turn_avx512(first, second, third, count, sums);
    return;
  }
  if (set == LETHE_KERNELS_AVX2) {
    turn_avx2(first, second, third, count, sums);
    return;
  }
#else
  (void)set;
#endif
  turn_scalar(first, second, third, 0, count, sums);
}

lethe_turn_totals lethe_turn_finish(const lethe_turn_sums *sums) {
  return (lethe_turn_totals){add_lanes(sums->before_squares), add_lanes(sums->after_squares),
                             add_lanes(sums->products)};
}
