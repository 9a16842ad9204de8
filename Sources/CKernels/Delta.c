#include "DeltaRun.h"

enum {
  // Elements between two looks at the running maximum.
  STRIP = 2048,
};

static const uint64_t EXPONENT_BITS = 0x7ff0000000000000;

// MARK: Scalar

// 2^exponent of a value, at least `smallest`.
INLINE double power_below(double value, double smallest) {
  uint64_t bits;
  memcpy(&bits, &value, sizeof bits);
  bits &= EXPONENT_BITS;
  double power;
  memcpy(&power, &bits, sizeof power);
  return power > smallest ? power : smallest;
}

INLINE double abs_delta(lethe_delta_run base, lethe_delta_run other, int64_t index) {
  return fabs(element(other, index) - element(base, index));
}

// Pairs `from ..< to` in all that the vector loops share. Returns the largest delta.
INLINE double add_scalar(lethe_delta_run base, lethe_delta_run other, int64_t from, int64_t to,
                         lethe_delta_sums *sums) {
  double max_abs = 0;
  for (int64_t i = from; i < to; i++) {
    int64_t lane = i % LETHE_DELTA_LANES;
    double b = element(base, i), o = element(other, i), delta = o - b;
    double base_power = power_below(b, base.smallest_normal);
    double other_power = power_below(o, other.smallest_normal);
    sums->base_squares[lane] = fma(b, b, sums->base_squares[lane]);
    sums->other_squares[lane] = fma(o, o, sums->other_squares[lane]);
    sums->delta_squares[lane] = fma(delta, delta, sums->delta_squares[lane]);
    sums->products[lane] = fma(b, o, sums->products[lane]);
    sums->deltas[lane] += delta;
    sums->base_powers[lane] = fma(base_power, base_power, sums->base_powers[lane]);
    sums->other_powers[lane] = fma(other_power, other_power, sums->other_powers[lane]);
    double magnitude = fabs(delta);
    max_abs = magnitude > max_abs ? magnitude : max_abs;
    sums->identical_count += b == o;
    sums->unchanged_count += magnitude <= LETHE_DELTA_TOLERANCE;
    sums->sign_flip_count += (b < 0 && o > 0) || (b > 0 && o < 0);
  }
  return max_abs;
}

// The strip of one call with the largest delta so far.
typedef struct {
  double max_abs;
  int64_t from, to;
} top_strip;

INLINE void note_strip(double max_abs, int64_t from, int64_t to, top_strip *top) {
  if (max_abs > top->max_abs) *top = (top_strip){max_abs, from, to};
}

static top_strip delta_scalar(lethe_delta_run base, lethe_delta_run other, int64_t count,
                              double least, lethe_delta_sums *sums) {
  top_strip top = {least, 0, 0};
  for (int64_t from = 0; from < count; from += STRIP) {
    int64_t to = from + STRIP < count ? from + STRIP : count;
    note_strip(add_scalar(base, other, from, to, sums), from, to, &top);
  }
  return top;
}

// MARK: AVX2

#if defined(__x86_64__)

// The sums of four lanes.
typedef struct {
  __m256d base_squares, other_squares, delta_squares, products, deltas, base_powers, other_powers;
} lanes_avx2;

TARGET_AVX2 INLINE lanes_avx2 load_lanes_avx2(const lethe_delta_sums *sums, int lane) {
  return (lanes_avx2){
      _mm256_loadu_pd(sums->base_squares + lane),  _mm256_loadu_pd(sums->other_squares + lane),
      _mm256_loadu_pd(sums->delta_squares + lane), _mm256_loadu_pd(sums->products + lane),
      _mm256_loadu_pd(sums->deltas + lane),        _mm256_loadu_pd(sums->base_powers + lane),
      _mm256_loadu_pd(sums->other_powers + lane)};
}

TARGET_AVX2 INLINE void store_lanes_avx2(lanes_avx2 lanes, int lane, lethe_delta_sums *sums) {
  _mm256_storeu_pd(sums->base_squares + lane, lanes.base_squares);
  _mm256_storeu_pd(sums->other_squares + lane, lanes.other_squares);
  _mm256_storeu_pd(sums->delta_squares + lane, lanes.delta_squares);
  _mm256_storeu_pd(sums->products + lane, lanes.products);
  _mm256_storeu_pd(sums->deltas + lane, lanes.deltas);
  _mm256_storeu_pd(sums->base_powers + lane, lanes.base_powers);
  _mm256_storeu_pd(sums->other_powers + lane, lanes.other_powers);
}

TARGET_AVX2 INLINE int64_t count_avx2(__m256d mask) {
  return _mm_popcnt_u32((unsigned)_mm256_movemask_pd(mask));
}

TARGET_AVX2 INLINE __m256d power_avx2(__m256d values, __m256d smallest) {
  __m256d exponents = _mm256_castsi256_pd(_mm256_set1_epi64x((int64_t)EXPONENT_BITS));
  return _mm256_max_pd(_mm256_and_pd(values, exponents), smallest);
}

TARGET_AVX2 INLINE void step_avx2(__m256d b, __m256d o, __m256d base_smallest,
                                  __m256d other_smallest, lanes_avx2 *lanes, __m256d *max_abs,
                                  lethe_delta_sums *sums) {
  const __m256d zero = _mm256_setzero_pd();
  __m256d delta = _mm256_sub_pd(o, b);
  __m256d magnitude = _mm256_andnot_pd(_mm256_set1_pd(-0.0), delta);
  __m256d base_power = power_avx2(b, base_smallest), other_power = power_avx2(o, other_smallest);
  lanes->base_squares = _mm256_fmadd_pd(b, b, lanes->base_squares);
  lanes->other_squares = _mm256_fmadd_pd(o, o, lanes->other_squares);
  lanes->delta_squares = _mm256_fmadd_pd(delta, delta, lanes->delta_squares);
  lanes->products = _mm256_fmadd_pd(b, o, lanes->products);
  lanes->deltas = _mm256_add_pd(lanes->deltas, delta);
  lanes->base_powers = _mm256_fmadd_pd(base_power, base_power, lanes->base_powers);
  lanes->other_powers = _mm256_fmadd_pd(other_power, other_power, lanes->other_powers);
  // The second operand is the answer where the first is NaN.
  *max_abs = _mm256_max_pd(magnitude, *max_abs);
  __m256d nonzero =
      _mm256_and_pd(_mm256_cmp_pd(b, zero, _CMP_NEQ_OQ), _mm256_cmp_pd(o, zero, _CMP_NEQ_OQ));
  sums->identical_count += count_avx2(_mm256_cmp_pd(b, o, _CMP_EQ_OQ));
  sums->unchanged_count +=
      count_avx2(_mm256_cmp_pd(magnitude, _mm256_set1_pd(LETHE_DELTA_TOLERANCE), _CMP_LE_OQ));
  sums->sign_flip_count += count_avx2(_mm256_and_pd(_mm256_xor_pd(b, o), nonzero));
}

TARGET_AVX2 INLINE double largest_avx2(__m256d four) {
  __m128d two = _mm_max_pd(_mm256_castpd256_pd128(four), _mm256_extractf128_pd(four, 1));
  return _mm_cvtsd_f64(_mm_max_sd(two, _mm_unpackhi_pd(two, two)));
}

TARGET_AVX2 INLINE top_strip delta_loop_avx2(lethe_delta_run base, lethe_delta_run other,
                                             int64_t count, double least,
                                             lethe_delta_sums *sums) {
  const __m256d base_smallest = _mm256_set1_pd(base.smallest_normal);
  const __m256d other_smallest = _mm256_set1_pd(other.smallest_normal);
  top_strip top = {least, 0, 0};
  for (int64_t from = 0; from < count; from += STRIP) {
    int64_t to = from + STRIP < count ? from + STRIP : count;
    int64_t whole = from + (to - from) / LETHE_DELTA_LANES * LETHE_DELTA_LANES;
    __m256d max_abs = _mm256_setzero_pd();
    // A strip stays in the cache, and all lanes at once would not fit into the registers.
    for (int lane = 0; lane < LETHE_DELTA_LANES; lane += 4) {
      lanes_avx2 lanes = load_lanes_avx2(sums, lane);
      for (int64_t i = from + lane; i < whole; i += LETHE_DELTA_LANES) {
        step_avx2(four_avx2(base, i), four_avx2(other, i), base_smallest, other_smallest, &lanes,
                  &max_abs, sums);
      }
      store_lanes_avx2(lanes, lane, sums);
    }
    double largest = largest_avx2(max_abs), rest = add_scalar(base, other, whole, to, sums);
    note_strip(rest > largest ? rest : largest, from, to, &top);
  }
  return top;
}

// MARK: AVX-512

// The sums of eight lanes.
typedef struct {
  __m512d base_squares, other_squares, delta_squares, products, deltas, base_powers, other_powers;
} lanes_avx512;

TARGET_AVX512 INLINE lanes_avx512 load_lanes_avx512(const lethe_delta_sums *sums, int lane) {
  return (lanes_avx512){
      _mm512_loadu_pd(sums->base_squares + lane),  _mm512_loadu_pd(sums->other_squares + lane),
      _mm512_loadu_pd(sums->delta_squares + lane), _mm512_loadu_pd(sums->products + lane),
      _mm512_loadu_pd(sums->deltas + lane),        _mm512_loadu_pd(sums->base_powers + lane),
      _mm512_loadu_pd(sums->other_powers + lane)};
}

TARGET_AVX512 INLINE void store_lanes_avx512(lanes_avx512 lanes, int lane,
                                             lethe_delta_sums *sums) {
  _mm512_storeu_pd(sums->base_squares + lane, lanes.base_squares);
  _mm512_storeu_pd(sums->other_squares + lane, lanes.other_squares);
  _mm512_storeu_pd(sums->delta_squares + lane, lanes.delta_squares);
  _mm512_storeu_pd(sums->products + lane, lanes.products);
  _mm512_storeu_pd(sums->deltas + lane, lanes.deltas);
  _mm512_storeu_pd(sums->base_powers + lane, lanes.base_powers);
  _mm512_storeu_pd(sums->other_powers + lane, lanes.other_powers);
}

TARGET_AVX512 INLINE __m512d power_avx512(__m512d values, __m512d smallest) {
  __m512i exponents = _mm512_set1_epi64((int64_t)EXPONENT_BITS);
  __m512i powers = _mm512_and_si512(_mm512_castpd_si512(values), exponents);
  return _mm512_max_pd(_mm512_castsi512_pd(powers), smallest);
}

// Adds eight pairs, and returns their deltas.
TARGET_AVX512 INLINE __m512d step_avx512(__m512d b, __m512d o, __m512d base_smallest,
                                         __m512d other_smallest, lanes_avx512 *lanes,
                                         __m512d *max_abs) {
  __m512d delta = _mm512_sub_pd(o, b);
  __m512d base_power = power_avx512(b, base_smallest);
  __m512d other_power = power_avx512(o, other_smallest);
  lanes->base_squares = _mm512_fmadd_pd(b, b, lanes->base_squares);
  lanes->other_squares = _mm512_fmadd_pd(o, o, lanes->other_squares);
  lanes->delta_squares = _mm512_fmadd_pd(delta, delta, lanes->delta_squares);
  lanes->products = _mm512_fmadd_pd(b, o, lanes->products);
  lanes->deltas = _mm512_add_pd(lanes->deltas, delta);
  lanes->base_powers = _mm512_fmadd_pd(base_power, base_power, lanes->base_powers);
  lanes->other_powers = _mm512_fmadd_pd(other_power, other_power, lanes->other_powers);
  // The larger magnitude of the two; the other operand where one is NaN.
  *max_abs = _mm512_range_pd(delta, *max_abs, 0x0b);
  return delta;
}

TARGET_AVX512 INLINE top_strip delta_loop_avx512(lethe_delta_run base, lethe_delta_run other,
                                                 int64_t count, double least,
                                                 lethe_delta_sums *sums) {
  const __m512d base_smallest = _mm512_set1_pd(base.smallest_normal);
  const __m512d other_smallest = _mm512_set1_pd(other.smallest_normal);
  const __m512d zero = _mm512_setzero_pd(), tolerance = _mm512_set1_pd(LETHE_DELTA_TOLERANCE);
  top_strip top = {least, 0, 0};
  for (int64_t from = 0; from < count; from += STRIP) {
    int64_t to = from + STRIP < count ? from + STRIP : count;
    int64_t i = from, identical = 0, unchanged = 0, flips = 0;
    __m512d max_abs = zero;
    lanes_avx512 lanes[2] = {load_lanes_avx512(sums, 0), load_lanes_avx512(sums, 8)};
    for (; i + LETHE_DELTA_LANES <= to; i += LETHE_DELTA_LANES) {
#pragma clang loop unroll(full)
      for (int half = 0; half < 2; half++) {
        __m512d b = eight_avx512(base, i + 8 * half), o = eight_avx512(other, i + 8 * half);
        __m512d delta =
            step_avx512(b, o, base_smallest, other_smallest, lanes + half, &max_abs);
        __mmask8 flipped = _mm512_movepi64_mask(_mm512_castpd_si512(_mm512_xor_pd(b, o)));
        flipped = _mm512_mask_cmp_pd_mask(flipped, b, zero, _CMP_NEQ_OQ);
        flipped = _mm512_mask_cmp_pd_mask(flipped, o, zero, _CMP_NEQ_OQ);
        flips += _mm_popcnt_u32(flipped);
        identical += _mm_popcnt_u32(_mm512_cmp_pd_mask(b, o, _CMP_EQ_OQ));
        unchanged += _mm_popcnt_u32(
            _mm512_cmp_pd_mask(_mm512_abs_pd(delta), tolerance, _CMP_LE_OQ));
      }
    }
    store_lanes_avx512(lanes[0], 0, sums);
    store_lanes_avx512(lanes[1], 8, sums);
    sums->identical_count += identical;
    sums->unchanged_count += unchanged;
    sums->sign_flip_count += flips;
    double largest = _mm512_reduce_max_pd(max_abs), rest = add_scalar(base, other, i, to, sums);
    note_strip(rest > largest ? rest : largest, from, to, &top);
  }
  return top;
}

// Lanes at even places, and then those at odd ones: where the halves of words leave their sums.
TARGET_AVX512 INLINE lanes_avx512 load_apart(const lethe_delta_sums *sums, bool odd) {
  __m512i places = _mm512_add_epi64(_mm512_set_epi64(14, 12, 10, 8, 6, 4, 2, 0),
                                    _mm512_set1_epi64(odd ? 1 : 0));
  lanes_avx512 low = load_lanes_avx512(sums, 0), high = load_lanes_avx512(sums, 8);
#define APART(field) _mm512_permutex2var_pd(low.field, places, high.field)
  return (lanes_avx512){APART(base_squares), APART(other_squares), APART(delta_squares),
                        APART(products),     APART(deltas),        APART(base_powers),
                        APART(other_powers)};
#undef APART
}

// Puts lanes at even and at odd places back into the order of elements.
TARGET_AVX512 INLINE void store_together(lanes_avx512 even, lanes_avx512 odd,
                                         lethe_delta_sums *sums) {
  for (int half = 0; half < 2; half++) {
    __m512i places = _mm512_add_epi64(_mm512_set_epi64(11, 3, 10, 2, 9, 1, 8, 0),
                                      _mm512_set1_epi64(4 * half));
#define TOGETHER(field) _mm512_permutex2var_pd(even.field, places, odd.field)
    lanes_avx512 lanes = {TOGETHER(base_squares), TOGETHER(other_squares),
                          TOGETHER(delta_squares), TOGETHER(products), TOGETHER(deltas),
                          TOGETHER(base_powers), TOGETHER(other_powers)};
#undef TOGETHER
    store_lanes_avx512(lanes, 8 * half, sums);
  }
}

TARGET_AVX512 INLINE __m512d low_avx512(__m512 values) {
  return _mm512_cvtps_pd(_mm512_castps512_ps256(values));
}

TARGET_AVX512 INLINE __m512d high_avx512(__m512 values) {
  return _mm512_cvtps_pd(_mm512_extractf32x8_ps(values, 1));
}

// How many of 16 pairs of bf16 are unchanged. A delta next to the tolerance is exact in f32: no bf16
// lies within 2^-10 of it, so the smaller of two values that meet there has no bit below 2^-18 of it.
TARGET_AVX512 INLINE int64_t count_unchanged(__m512 b, __m512 o) {
  // The largest f32 that is no larger.
  const __m512 tolerance = _mm512_set1_ps(0x1.4f8b58p-17f);
  __m512 magnitude = _mm512_abs_ps(_mm512_sub_ps(o, b));
  return _mm_popcnt_u32(_mm512_cmp_ps_mask(magnitude, tolerance, _CMP_LE_OQ));
}

// bf16 against bf16: halves are widened where they lie in their words, and some counts are taken
// of 32 at once.
TARGET_AVX512 static top_strip delta_bf16_avx512(lethe_delta_run base, lethe_delta_run other,
                                                 int64_t count, double least,
                                                 lethe_delta_sums *sums) {
  const __m512d base_smallest = _mm512_set1_pd(base.smallest_normal);
  const __m512d other_smallest = _mm512_set1_pd(other.smallest_normal);
  const __m512i upper = _mm512_set1_epi32((int)0xffff0000), magnitude = _mm512_set1_epi16(0x7fff);
  top_strip top = {least, 0, 0};
  for (int64_t from = 0; from < count; from += STRIP) {
    int64_t to = from + STRIP < count ? from + STRIP : count;
    int64_t i = from, identical = 0, unchanged = 0, flips = 0;
    __m512d max_abs = _mm512_setzero_pd();
    lanes_avx512 even = load_apart(sums, false), odd = load_apart(sums, true);
    for (; i + 32 <= to; i += 32) {
      __m512i b = _mm512_loadu_si512((const char *)base.bytes + i * 2);
      __m512i o = _mm512_loadu_si512((const char *)other.bytes + i * 2);
      __mmask32 flipped = _mm512_movepi16_mask(_mm512_xor_si512(b, o));
      flipped = _mm512_mask_test_epi16_mask(flipped, b, magnitude);
      flipped = _mm512_mask_test_epi16_mask(flipped, o, magnitude);
      flips += _mm_popcnt_u32(flipped);
      __m512 b_even = _mm512_castsi512_ps(_mm512_slli_epi32(b, 16));
      __m512 o_even = _mm512_castsi512_ps(_mm512_slli_epi32(o, 16));
      __m512 b_odd = _mm512_castsi512_ps(_mm512_and_si512(b, upper));
      __m512 o_odd = _mm512_castsi512_ps(_mm512_and_si512(o, upper));
      identical += _mm_popcnt_u32(_mm512_cmp_ps_mask(b_even, o_even, _CMP_EQ_OQ)) +
                   _mm_popcnt_u32(_mm512_cmp_ps_mask(b_odd, o_odd, _CMP_EQ_OQ));
      unchanged += count_unchanged(b_even, o_even) + count_unchanged(b_odd, o_odd);
      step_avx512(low_avx512(b_even), low_avx512(o_even), base_smallest, other_smallest, &even,
                  &max_abs);
      step_avx512(low_avx512(b_odd), low_avx512(o_odd), base_smallest, other_smallest, &odd,
                  &max_abs);
      step_avx512(high_avx512(b_even), high_avx512(o_even), base_smallest, other_smallest, &even,
                  &max_abs);
      step_avx512(high_avx512(b_odd), high_avx512(o_odd), base_smallest, other_smallest, &odd,
                  &max_abs);
    }
    store_together(even, odd, sums);
    sums->identical_count += identical;
    sums->unchanged_count += unchanged;
    sums->sign_flip_count += flips;
    double largest = _mm512_reduce_max_pd(max_abs), rest = add_scalar(base, other, i, to, sums);
    note_strip(rest > largest ? rest : largest, from, to, &top);
  }
  return top;
}

#define CALL_AVX2(type) \
  top = delta_loop_avx2(AS(base, type), AS(other, type), count, least, sums)
#define CALL_AVX512(type) \
  top = delta_loop_avx512(AS(base, type), AS(other, type), count, least, sums)

TARGET_AVX2 static top_strip delta_avx2(lethe_delta_run base, lethe_delta_run other,
                                        int64_t count, double least, lethe_delta_sums *sums) {
  top_strip top;
  if (base.type != other.type) return delta_loop_avx2(base, other, count, least, sums);
  EACH_FLOAT_TYPE(base.type, CALL_AVX2)
  return top;
}

TARGET_AVX512 static top_strip delta_avx512(lethe_delta_run base, lethe_delta_run other,
                                            int64_t count, double least, lethe_delta_sums *sums) {
  top_strip top;
  if (base.type != other.type) return delta_loop_avx512(base, other, count, least, sums);
  if (base.type == LETHE_DELTA_BF16) return delta_bf16_avx512(base, other, count, least, sums);
  EACH_FLOAT_TYPE(base.type, CALL_AVX512)
  return top;
}

#endif

// MARK: The choice, and what all kernel sets share

INLINE top_strip delta_any(lethe_kernel_set set, lethe_delta_run base, lethe_delta_run other,
                           int64_t count, double least, lethe_delta_sums *sums) {
#if defined(__x86_64__)
  if (!is_integer(base.type) && !is_integer(other.type)) {
    if (set == LETHE_KERNELS_AVX512) return delta_avx512(base, other, count, least, sums);
    if (set == LETHE_KERNELS_AVX2) return delta_avx2(base, other, count, least, sums);
  }
#else
  (void)set;
#endif
  return delta_scalar(base, other, count, least, sums);
}

// Takes the strip with the largest delta into the stream's maximum, and finds where it is first.
static void note_maximum(lethe_delta_run base, lethe_delta_run other, top_strip top,
                         lethe_delta_sums *sums) {
  if (!(top.max_abs > sums->max_abs)) return;
  int64_t index = top.from;
  while (index < top.to && abs_delta(base, other, index) != top.max_abs) index++;
  sums->max_abs = top.max_abs;
  sums->max_abs_index = sums->count + index;
}

// A sum of squares overflows, if ever, for f64 alone; a NaN or an infinity always shows in it.
static bool saw_non_finite(const lethe_delta_sums *sums) {
  return !isfinite(add_lanes(sums->base_squares)) || !isfinite(add_lanes(sums->other_squares));
}

// Takes anew what the fast loops cannot count where a value is not finite: rare enough for a
// second look at the pairs of the call. `before`: the sums at its start.
static void count_carefully(lethe_delta_run base, lethe_delta_run other, int64_t count,
                            const lethe_delta_sums *before, lethe_delta_sums *sums) {
  memcpy(sums->base_powers, before->base_powers, sizeof sums->base_powers);
  memcpy(sums->other_powers, before->other_powers, sizeof sums->other_powers);
  sums->identical_count = before->identical_count;
  sums->unchanged_count = before->unchanged_count;
  sums->sign_flip_count = before->sign_flip_count;
  for (int64_t i = 0; i < count; i++) {
    int64_t lane = i % LETHE_DELTA_LANES;
    double b = element(base, i), o = element(other, i);
    double base_power = isfinite(b) ? power_below(b, base.smallest_normal) : 0;
    double other_power = isfinite(o) ? power_below(o, other.smallest_normal) : 0;
    sums->base_powers[lane] = fma(base_power, base_power, sums->base_powers[lane]);
    sums->other_powers[lane] = fma(other_power, other_power, sums->other_powers[lane]);
    bool is_same = b == o || (isnan(b) && memcmp(&b, &o, sizeof b) == 0);
    sums->identical_count += is_same;
    sums->unchanged_count += is_same || fabs(o - b) <= LETHE_DELTA_TOLERANCE;
    sums->sign_flip_count += (b < 0 && o > 0) || (b > 0 && o < 0);
    sums->non_finite_count += !isfinite(b) || !isfinite(o);
  }
}

void lethe_delta_add(lethe_kernel_set set, lethe_delta_run base, lethe_delta_run other,
                     int64_t count, lethe_delta_sums *sums) {
  lethe_delta_sums before = *sums;
  top_strip top = delta_any(set, base, other, count, sums->max_abs, sums);
  note_maximum(base, other, top, sums);
  if (saw_non_finite(sums)) count_carefully(base, other, count, &before, sums);
  sums->count += count;
}

lethe_delta_totals lethe_delta_finish(const lethe_delta_sums *sums) {
  return (lethe_delta_totals){
      add_lanes(sums->base_squares), add_lanes(sums->other_squares),
      add_lanes(sums->delta_squares), add_lanes(sums->products), add_lanes(sums->deltas),
      add_lanes(sums->base_powers), add_lanes(sums->other_powers)};
}
