#include "DeltaRun.h"

enum {
  // Elements between two looks at the running maximum.
  STRIP = LETHE_DELTA_BLOCK,
  // The f32 lanes of squared powers of one strip.
  POWER_LANES = 2 * LETHE_DELTA_LANES,
};

static const uint32_t EXPONENT_BITS = 0x7f800000;

// Squares of powers are exact in f32 between these, and what underflows beside them is nothing.
static const float LEAST_POWERS = 0x1p-90f, MOST_POWERS = 0x1p+120f;

// MARK: Scalar

// 2^exponent of a value, at least `smallest`.
INLINE float power_below(float value, float smallest) {
  uint32_t bits;
  memcpy(&bits, &value, sizeof bits);
  float power = float_of_bits(bits & EXPONENT_BITS);
  return power > smallest ? power : smallest;
}

// The f32 lanes of squared powers of one strip.
typedef struct {
  float base[POWER_LANES], other[POWER_LANES];
} strip_powers;

// Adds the squared powers of a strip in f64, for those that leave the range of f32; `lanes` are
// those of a stream.
static void add_powers_widely(lethe_delta_run run, int64_t from, int64_t to, double *lanes) {
  for (int64_t i = from; i < to; i++) {
    float value = (float)element(run, i);
    if (!isfinite(value)) continue;
    double power = power_below(value, run.smallest_normal);
    lanes[i % LETHE_DELTA_LANES] += power * power;
  }
}

// Adds the f32 lanes of the strip `from ..< to`; out of range, a function sums them anew.
INLINE void add_powers(const float *powers, lethe_delta_run run, int64_t from, int64_t to,
                       void (*add_widely)(lethe_delta_run, int64_t, int64_t, double *),
                       double *lanes) {
  int64_t used = to - from < POWER_LANES ? to - from : POWER_LANES;
  bool is_exact = true;
  for (int64_t lane = 0; lane < used; lane++) {
    // A NaN is outside too.
    is_exact &= powers[lane] >= LEAST_POWERS && powers[lane] <= MOST_POWERS;
  }
  if (!is_exact) {
    add_widely(run, from, to, lanes);
    return;
  }
  for (int64_t lane = 0; lane < used; lane++) lanes[lane % LETHE_DELTA_LANES] += powers[lane];
}

INLINE double abs_delta(lethe_delta_run base, lethe_delta_run other, int64_t index) {
  return fabs(element(other, index) - element(base, index));
}

// Pairs `from ..< to` in all that the vector loops share. Returns the largest delta.
INLINE double add_scalar(lethe_delta_run base, lethe_delta_run other, int64_t from, int64_t to,
                         strip_powers *powers, lethe_delta_sums *sums) {
  double max_abs = 0;
  for (int64_t i = from; i < to; i++) {
    int64_t lane = i % LETHE_DELTA_LANES;
    double b = element(base, i), o = element(other, i), delta = o - b;
    float base_power = power_below((float)b, base.smallest_normal);
    float other_power = power_below((float)o, other.smallest_normal);
    float *base_powers = powers->base + i % POWER_LANES;
    float *other_powers = powers->other + i % POWER_LANES;
    *base_powers = fmaf(base_power, base_power, *base_powers);
    *other_powers = fmaf(other_power, other_power, *other_powers);
    sums->base_squares[lane] = fma(b, b, sums->base_squares[lane]);
    sums->other_squares[lane] = fma(o, o, sums->other_squares[lane]);
    sums->delta_squares[lane] = fma(delta, delta, sums->delta_squares[lane]);
    sums->products[lane] = fma(b, o, sums->products[lane]);
    sums->deltas[lane] += delta;
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
    strip_powers powers;
    memset(&powers, 0, sizeof powers);
    note_strip(add_scalar(base, other, from, to, &powers, sums), from, to, &top);
    add_powers(powers.base, base, from, to, add_powers_widely, sums->base_powers);
    add_powers(powers.other, other, from, to, add_powers_widely, sums->other_powers);
  }
  return top;
}

// MARK: AVX2

#if defined(__x86_64__)

// The sums of four lanes.
typedef struct {
  __m256d base_squares, other_squares, delta_squares, products, deltas;
} lanes_avx2;

TARGET_AVX2 INLINE lanes_avx2 load_lanes_avx2(const lethe_delta_sums *sums, int lane) {
  return (lanes_avx2){
      _mm256_loadu_pd(sums->base_squares + lane), _mm256_loadu_pd(sums->other_squares + lane),
      _mm256_loadu_pd(sums->delta_squares + lane), _mm256_loadu_pd(sums->products + lane),
      _mm256_loadu_pd(sums->deltas + lane)};
}

TARGET_AVX2 INLINE void store_lanes_avx2(lanes_avx2 lanes, int lane, lethe_delta_sums *sums) {
  _mm256_storeu_pd(sums->base_squares + lane, lanes.base_squares);
  _mm256_storeu_pd(sums->other_squares + lane, lanes.other_squares);
  _mm256_storeu_pd(sums->delta_squares + lane, lanes.delta_squares);
  _mm256_storeu_pd(sums->products + lane, lanes.products);
  _mm256_storeu_pd(sums->deltas + lane, lanes.deltas);
}

TARGET_AVX2 INLINE int64_t count_avx2(__m256d mask) {
  return _mm_popcnt_u32((unsigned)_mm256_movemask_pd(mask));
}

// How many pairs fulfil a condition.
typedef struct {
  int64_t identical, unchanged, flips;
} pair_counts;

INLINE void add_counts(pair_counts counts, lethe_delta_sums *sums) {
  sums->identical_count += counts.identical;
  sums->unchanged_count += counts.unchanged;
  sums->sign_flip_count += counts.flips;
}

TARGET_AVX2 INLINE void step_avx2(__m256d b, __m256d o, lanes_avx2 *lanes, __m256d *max_abs,
                                  pair_counts *counts) {
  const __m256d zero = _mm256_setzero_pd();
  __m256d delta = _mm256_sub_pd(o, b);
  __m256d magnitude = _mm256_andnot_pd(_mm256_set1_pd(-0.0), delta);
  lanes->base_squares = _mm256_fmadd_pd(b, b, lanes->base_squares);
  lanes->other_squares = _mm256_fmadd_pd(o, o, lanes->other_squares);
  lanes->delta_squares = _mm256_fmadd_pd(delta, delta, lanes->delta_squares);
  lanes->products = _mm256_fmadd_pd(b, o, lanes->products);
  lanes->deltas = _mm256_add_pd(lanes->deltas, delta);
  // The second operand is the answer where the first is NaN.
  *max_abs = _mm256_max_pd(magnitude, *max_abs);
  __m256d nonzero =
      _mm256_and_pd(_mm256_cmp_pd(b, zero, _CMP_NEQ_OQ), _mm256_cmp_pd(o, zero, _CMP_NEQ_OQ));
  counts->identical += count_avx2(_mm256_cmp_pd(b, o, _CMP_EQ_OQ));
  counts->unchanged +=
      count_avx2(_mm256_cmp_pd(magnitude, _mm256_set1_pd(LETHE_DELTA_TOLERANCE), _CMP_LE_OQ));
  counts->flips += count_avx2(_mm256_and_pd(_mm256_xor_pd(b, o), nonzero));
}

TARGET_AVX2 INLINE double largest_avx2(__m256d four) {
  __m128d two = _mm_max_pd(_mm256_castpd256_pd128(four), _mm256_extractf128_pd(four, 1));
  return _mm_cvtsd_f64(_mm_max_sd(two, _mm_unpackhi_pd(two, two)));
}

// Sums the squared powers of whole turns of the f32 lanes.
TARGET_AVX2 INLINE void sum_powers_avx2(lethe_delta_run run, int64_t from, int64_t to,
                                        float powers[POWER_LANES]) {
  const __m256 exponents = _mm256_castsi256_ps(_mm256_set1_epi32((int)EXPONENT_BITS));
  const __m256 smallest = _mm256_set1_ps(run.smallest_normal);
  for (int lane = 0; lane < POWER_LANES; lane += 8) {
    __m256 sum = _mm256_setzero_ps();
    for (int64_t i = from + lane; i < to; i += POWER_LANES) {
      __m256 power = _mm256_max_ps(_mm256_and_ps(floats_avx2(run, i), exponents), smallest);
      sum = _mm256_fmadd_ps(power, power, sum);
    }
    _mm256_storeu_ps(powers + lane, sum);
  }
}

TARGET_AVX2 INLINE top_strip delta_loop_avx2(lethe_delta_run base, lethe_delta_run other,
                                             int64_t count, double least,
                                             lethe_delta_sums *sums) {
  top_strip top = {least, 0, 0};
  for (int64_t from = 0; from < count; from += STRIP) {
    int64_t to = from + STRIP < count ? from + STRIP : count;
    int64_t whole = from + (to - from) / POWER_LANES * POWER_LANES;
    __m256d max_abs = _mm256_setzero_pd();
    pair_counts counts = {0, 0, 0};
    // A strip stays in the cache, and all lanes at once would not fit into the registers.
    for (int lane = 0; lane < LETHE_DELTA_LANES; lane += 4) {
      lanes_avx2 lanes = load_lanes_avx2(sums, lane);
      for (int64_t i = from + lane; i < whole; i += LETHE_DELTA_LANES) {
        step_avx2(four_avx2(base, i), four_avx2(other, i), &lanes, &max_abs, &counts);
      }
      store_lanes_avx2(lanes, lane, sums);
    }
    add_counts(counts, sums);
    strip_powers powers;
    sum_powers_avx2(base, from, whole, powers.base);
    sum_powers_avx2(other, from, whole, powers.other);
    double largest = largest_avx2(max_abs);
    double rest = add_scalar(base, other, whole, to, &powers, sums);
    note_strip(rest > largest ? rest : largest, from, to, &top);
    add_powers(powers.base, base, from, to, add_powers_widely, sums->base_powers);
    add_powers(powers.other, other, from, to, add_powers_widely, sums->other_powers);
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

// All lanes, those of the first eight elements and of the next; or, for halves that lie in words,
// those at even places and at odd ones.
typedef struct {
  lanes_avx512 part[2];
} all_lanes;

TARGET_AVX512 INLINE all_lanes load_all(const lethe_delta_sums *sums, bool is_apart) {
  all_lanes lanes = {{load_lanes_avx512(sums, 0), load_lanes_avx512(sums, 8)}};
  if (!is_apart) return lanes;
  all_lanes apart;
  for (int odd = 0; odd < 2; odd++) {
    __m512i places = _mm512_add_epi64(_mm512_set_epi64(14, 12, 10, 8, 6, 4, 2, 0),
                                      _mm512_set1_epi64(odd));
#define APART(field) _mm512_permutex2var_pd(lanes.part[0].field, places, lanes.part[1].field)
    apart.part[odd] = (lanes_avx512){
        APART(base_squares), APART(other_squares), APART(delta_squares), APART(products),
        APART(deltas),       APART(base_powers),   APART(other_powers)};
#undef APART
  }
  return apart;
}

TARGET_AVX512 INLINE void store_all(all_lanes lanes, bool is_apart, lethe_delta_sums *sums) {
  all_lanes together = lanes;
  for (int half = 0; is_apart && half < 2; half++) {
    __m512i places = _mm512_add_epi64(_mm512_set_epi64(11, 3, 10, 2, 9, 1, 8, 0),
                                      _mm512_set1_epi64(4 * half));
#define TOGETHER(field) _mm512_permutex2var_pd(lanes.part[0].field, places, lanes.part[1].field)
    together.part[half] = (lanes_avx512){
        TOGETHER(base_squares), TOGETHER(other_squares), TOGETHER(delta_squares),
        TOGETHER(products),     TOGETHER(deltas),        TOGETHER(base_powers),
        TOGETHER(other_powers)};
#undef TOGETHER
  }
  store_lanes_avx512(together.part[0], 0, sums);
  store_lanes_avx512(together.part[1], 8, sums);
}

// What one strip has summed up to, beside the lanes.
typedef struct {
  __m512d max_abs;
  // f32 lanes of squared powers: of the first 16 elements of a turn and of the next, or of those at
  // even and at odd places.
  __m512 base_powers[2], other_powers[2];
} strip_avx512;

TARGET_AVX512 INLINE __m512 square_power(__m512 values, float smallest, __m512 sum) {
  __m512 exponents = _mm512_castsi512_ps(_mm512_set1_epi32((int)EXPONENT_BITS));
  __m512 power = _mm512_and_ps(values, exponents);
  // Squares of the smallest power of bf16 and f32 are zero in f32 anyway.
  if (smallest > 0x1p-126f) power = _mm512_max_ps(power, _mm512_set1_ps(smallest));
  return _mm512_fmadd_ps(power, power, sum);
}

// Adds eight pairs, and returns their deltas.
TARGET_AVX512 INLINE __m512d step_avx512(__m512d b, __m512d o, lanes_avx512 *lanes,
                                         strip_avx512 *strip) {
  __m512d delta = _mm512_sub_pd(o, b);
  lanes->base_squares = _mm512_fmadd_pd(b, b, lanes->base_squares);
  lanes->other_squares = _mm512_fmadd_pd(o, o, lanes->other_squares);
  lanes->delta_squares = _mm512_fmadd_pd(delta, delta, lanes->delta_squares);
  lanes->products = _mm512_fmadd_pd(b, o, lanes->products);
  lanes->deltas = _mm512_add_pd(lanes->deltas, delta);
  // The larger magnitude of the two; the other operand where one is NaN.
  strip->max_abs = _mm512_range_pd(delta, strip->max_abs, 0x0b);
  return delta;
}

TARGET_AVX512 INLINE __m512d low_avx512(__m512 values) {
  return _mm512_cvtps_pd(_mm512_castps512_ps256(values));
}

TARGET_AVX512 INLINE __m512d high_avx512(__m512 values) {
  return _mm512_cvtps_pd(_mm512_extractf32x8_ps(values, 1));
}

// Which of 16 pairs of halves are unchanged. A delta next to the tolerance is exact in f32: no f16 or
// bf16 lies within 2^-10 of it, so the smaller of two values that meet there has no bit below 2^-21
// of it.
TARGET_AVX512 INLINE __mmask16 unchanged_halves(__m512 b, __m512 o) {
  // The largest f32 that is no larger.
  const __m512 tolerance = _mm512_set1_ps(0x1.4f8b58p-17f);
  return _mm512_cmp_ps_mask(_mm512_abs_ps(_mm512_sub_ps(o, b)), tolerance, _CMP_LE_OQ);
}

TARGET_AVX512 INLINE __mmask8 unchanged_doubles(__m512d delta) {
  const __m512d tolerance = _mm512_set1_pd(LETHE_DELTA_TOLERANCE);
  return _mm512_cmp_pd_mask(_mm512_abs_pd(delta), tolerance, _CMP_LE_OQ);
}

TARGET_AVX512 INLINE __mmask16 flipped_floats(__m512 b, __m512 o) {
  const __m512 zero = _mm512_setzero_ps();
  __mmask16 opposite = _mm512_movepi32_mask(_mm512_castps_si512(_mm512_xor_ps(b, o)));
  opposite = _mm512_mask_cmp_ps_mask(opposite, b, zero, _CMP_NEQ_OQ);
  return _mm512_mask_cmp_ps_mask(opposite, o, zero, _CMP_NEQ_OQ);
}

TARGET_AVX512 INLINE __mmask8 flipped_doubles(__m512d b, __m512d o) {
  const __m512d zero = _mm512_setzero_pd();
  __mmask8 opposite = _mm512_movepi64_mask(_mm512_castpd_si512(_mm512_xor_pd(b, o)));
  opposite = _mm512_mask_cmp_pd_mask(opposite, b, zero, _CMP_NEQ_OQ);
  return _mm512_mask_cmp_pd_mask(opposite, o, zero, _CMP_NEQ_OQ);
}

// Masks are counted two at a time: to bring them out of the vector unit is what takes long.
TARGET_AVX512 INLINE int64_t count_masks(__mmask16 first, __mmask16 second) {
  return _mm_popcnt_u32(_mm512_kunpackw(second, first));
}

TARGET_AVX512 INLINE __mmask16 joined(__mmask8 low, __mmask8 high) {
  return _mm512_kunpackb(high, low);
}

INLINE bool is_half(lethe_delta_type type) {
  return type == LETHE_DELTA_F16 || type == LETHE_DELTA_BF16;
}

// Any two types, 32 pairs in the order of elements.
TARGET_AVX512 INLINE void turn_in_order(lethe_delta_run base, lethe_delta_run other, int64_t i,
                                        all_lanes *lanes, strip_avx512 *strip,
                                        pair_counts *counts) {
  __mmask16 identical[2], unchanged[2], flipped[2];
#pragma clang loop unroll(full)
  for (int half = 0; half < 2; half++) {
    int64_t at = i + 16 * half;
    __m512 b = floats_avx512(base, at), o = floats_avx512(other, at);
    strip->base_powers[half] = square_power(b, base.smallest_normal, strip->base_powers[half]);
    strip->other_powers[half] = square_power(o, other.smallest_normal, strip->other_powers[half]);
    __m512d low_b = base.type == LETHE_DELTA_F64 ? eight_avx512(base, at) : low_avx512(b);
    __m512d high_b = base.type == LETHE_DELTA_F64 ? eight_avx512(base, at + 8) : high_avx512(b);
    __m512d low_o = other.type == LETHE_DELTA_F64 ? eight_avx512(other, at) : low_avx512(o);
    __m512d high_o = other.type == LETHE_DELTA_F64 ? eight_avx512(other, at + 8) : high_avx512(o);
    __m512d low = step_avx512(low_b, low_o, &lanes->part[0], strip);
    __m512d high = step_avx512(high_b, high_o, &lanes->part[1], strip);
    unchanged[half] = is_half(base.type) && is_half(other.type)
                          ? unchanged_halves(b, o)
                          : joined(unchanged_doubles(low), unchanged_doubles(high));
    if (base.type == LETHE_DELTA_F64 || other.type == LETHE_DELTA_F64) {
      identical[half] = joined(_mm512_cmp_pd_mask(low_b, low_o, _CMP_EQ_OQ),
                               _mm512_cmp_pd_mask(high_b, high_o, _CMP_EQ_OQ));
      flipped[half] = joined(flipped_doubles(low_b, low_o), flipped_doubles(high_b, high_o));
    } else {
      identical[half] = _mm512_cmp_ps_mask(b, o, _CMP_EQ_OQ);
      flipped[half] = flipped_floats(b, o);
    }
  }
  counts->identical += count_masks(identical[0], identical[1]);
  counts->unchanged += count_masks(unchanged[0], unchanged[1]);
  counts->flips += count_masks(flipped[0], flipped[1]);
}

// bf16 against bf16, 32 pairs: halves are widened where they lie in their words, and flips are
// counted of 32 at once.
TARGET_AVX512 INLINE void turn_apart(lethe_delta_run base, lethe_delta_run other, int64_t i,
                                     all_lanes *lanes, strip_avx512 *strip, pair_counts *counts) {
  const __m512i upper = _mm512_set1_epi32((int)0xffff0000), magnitude = _mm512_set1_epi16(0x7fff);
  __m512i b = _mm512_loadu_si512((const char *)base.bytes + i * 2);
  __m512i o = _mm512_loadu_si512((const char *)other.bytes + i * 2);
  __mmask32 flipped = _mm512_movepi16_mask(_mm512_xor_si512(b, o));
  flipped = _mm512_mask_test_epi16_mask(flipped, b, magnitude);
  flipped = _mm512_mask_test_epi16_mask(flipped, o, magnitude);
  counts->flips += _mm_popcnt_u32(flipped);
  __mmask16 identical[2], unchanged[2];
#pragma clang loop unroll(full)
  for (int odd = 0; odd < 2; odd++) {
    __m512i high_b = odd ? _mm512_and_si512(b, upper) : _mm512_slli_epi32(b, 16);
    __m512i high_o = odd ? _mm512_and_si512(o, upper) : _mm512_slli_epi32(o, 16);
    __m512 wide_b = _mm512_castsi512_ps(high_b), wide_o = _mm512_castsi512_ps(high_o);
    identical[odd] = _mm512_cmp_ps_mask(wide_b, wide_o, _CMP_EQ_OQ);
    unchanged[odd] = unchanged_halves(wide_b, wide_o);
    strip->base_powers[odd] = square_power(wide_b, 0x1p-126f, strip->base_powers[odd]);
    strip->other_powers[odd] = square_power(wide_o, 0x1p-126f, strip->other_powers[odd]);
    step_avx512(low_avx512(wide_b), low_avx512(wide_o), &lanes->part[odd], strip);
    step_avx512(high_avx512(wide_b), high_avx512(wide_o), &lanes->part[odd], strip);
  }
  counts->identical += count_masks(identical[0], identical[1]);
  counts->unchanged += count_masks(unchanged[0], unchanged[1]);
}

TARGET_AVX512 INLINE bool are_exact(const __m512 powers[2]) {
  const __m512 least = _mm512_set1_ps(LEAST_POWERS), most = _mm512_set1_ps(MOST_POWERS);
  __m512 low = _mm512_min_ps(powers[0], powers[1]), high = _mm512_max_ps(powers[0], powers[1]);
  // The second operand of both is the answer where one is NaN, which then is outside.
  return _mm512_cmp_ps_mask(low, least, _CMP_GE_OQ) == 0xffff &&
         _mm512_cmp_ps_mask(high, most, _CMP_LE_OQ) == 0xffff &&
         _mm512_cmp_ps_mask(powers[0], powers[0], _CMP_ORD_Q) == 0xffff;
}

TARGET_AVX512 static void add_powers_widely_avx512(lethe_delta_run run, int64_t from, int64_t to,
                                                   double *lanes) {
  const __m512 most = _mm512_set1_ps(0x1.fffffep127f);
  const __m512 exponents = _mm512_castsi512_ps(_mm512_set1_epi32((int)EXPONENT_BITS));
  const __m512 smallest = _mm512_set1_ps(run.smallest_normal);
  __m512d low = _mm512_loadu_pd(lanes), high = _mm512_loadu_pd(lanes + 8);
  int64_t i = from;
  for (; i + LETHE_DELTA_LANES <= to; i += LETHE_DELTA_LANES) {
    __m512 values = floats_avx512(run, i);
    __mmask16 is_finite = _mm512_cmp_ps_mask(_mm512_abs_ps(values), most, _CMP_LE_OQ);
    __m512 power =
        _mm512_maskz_max_ps(is_finite, _mm512_and_ps(values, exponents), smallest);
    low = _mm512_fmadd_pd(low_avx512(power), low_avx512(power), low);
    high = _mm512_fmadd_pd(high_avx512(power), high_avx512(power), high);
  }
  _mm512_storeu_pd(lanes, low);
  _mm512_storeu_pd(lanes + 8, high);
  add_powers_widely(run, i, to, lanes);
}

TARGET_AVX512 INLINE void store_powers(const __m512 powers[2], bool is_apart, float *lanes) {
  __m512 together[2] = {powers[0], powers[1]};
  if (is_apart) {
    __m512i places = _mm512_set_epi32(23, 7, 22, 6, 21, 5, 20, 4, 19, 3, 18, 2, 17, 1, 16, 0);
    together[0] = _mm512_permutex2var_ps(powers[0], places, powers[1]);
    places = _mm512_add_epi32(places, _mm512_set1_epi32(8));
    together[1] = _mm512_permutex2var_ps(powers[0], places, powers[1]);
  }
  _mm512_storeu_ps(lanes, together[0]);
  _mm512_storeu_ps(lanes + 16, together[1]);
}

// The end of a strip whose last pairs are left to the scalar twin, or whose powers left the range.
// The lanes are those in memory. Returns the largest delta of the pairs that were left.
TARGET_AVX512 static double end_strip(lethe_delta_run base, lethe_delta_run other, int64_t from,
                                      int64_t done, int64_t to, const strip_avx512 *strip,
                                      bool is_apart, lethe_delta_sums *sums) {
  strip_powers powers;
  store_powers(strip->base_powers, is_apart, powers.base);
  store_powers(strip->other_powers, is_apart, powers.other);
  double largest = add_scalar(base, other, done, to, &powers, sums);
  add_powers(powers.base, base, from, to, add_powers_widely_avx512, sums->base_powers);
  add_powers(powers.other, other, from, to, add_powers_widely_avx512, sums->other_powers);
  return largest;
}

// Adds the f32 lanes of a strip, which are exact.
TARGET_AVX512 INLINE void add_strip_powers(const strip_avx512 *strip, bool is_apart,
                                           all_lanes *lanes) {
#pragma clang loop unroll(full)
  for (int turn = 0; turn < 2; turn++) {
#pragma clang loop unroll(full)
    for (int part = 0; part < 2; part++) {
      // Apart, both halves of a vector belong to the lanes at its places.
      __m512 base = strip->base_powers[is_apart ? part : turn];
      __m512 other = strip->other_powers[is_apart ? part : turn];
      bool is_low = is_apart ? turn == 0 : part == 0;
      lanes_avx512 *own = &lanes->part[part];
      own->base_powers =
          _mm512_add_pd(own->base_powers, is_low ? low_avx512(base) : high_avx512(base));
      own->other_powers =
          _mm512_add_pd(own->other_powers, is_low ? low_avx512(other) : high_avx512(other));
    }
  }
}

TARGET_AVX512 INLINE top_strip delta_loop_avx512(lethe_delta_run base, lethe_delta_run other,
                                                 int64_t count, double least, bool is_apart,
                                                 lethe_delta_sums *sums) {
  top_strip top = {least, 0, 0};
  all_lanes lanes = load_all(sums, is_apart);
  pair_counts counts = {0, 0, 0};
  for (int64_t from = 0; from < count; from += STRIP) {
    int64_t to = from + STRIP < count ? from + STRIP : count, i = from;
    __m512 zero = _mm512_setzero_ps();
    strip_avx512 strip = {_mm512_setzero_pd(), {zero, zero}, {zero, zero}};
    for (; i + POWER_LANES <= to; i += POWER_LANES) {
      if (is_apart) {
        turn_apart(base, other, i, &lanes, &strip, &counts);
      } else {
        turn_in_order(base, other, i, &lanes, &strip, &counts);
      }
    }
    double rest = 0;
    if (i == to && to - from >= POWER_LANES && are_exact(strip.base_powers) &&
        are_exact(strip.other_powers)) {
      add_strip_powers(&strip, is_apart, &lanes);
    } else {
      store_all(lanes, is_apart, sums);
      rest = end_strip(base, other, from, i, to, &strip, is_apart, sums);
      lanes = load_all(sums, is_apart);
    }
    if (rest > top.max_abs ||
        _mm512_cmp_pd_mask(strip.max_abs, _mm512_set1_pd(top.max_abs), _CMP_GT_OQ) != 0) {
      double largest = _mm512_reduce_max_pd(strip.max_abs);
      note_strip(rest > largest ? rest : largest, from, to, &top);
    }
  }
  store_all(lanes, is_apart, sums);
  add_counts(counts, sums);
  return top;
}

#define CALL_AVX2(type) \
  top = delta_loop_avx2(AS(base, type), AS(other, type), count, least, sums)
#define CALL_AVX512(type) \
  top = delta_loop_avx512(AS(base, type), AS(other, type), count, least, \
                          (type) == LETHE_DELTA_BF16, sums)

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
  if (base.type != other.type) return delta_loop_avx512(base, other, count, least, false, sums);
  EACH_FLOAT_TYPE(base.type, CALL_AVX512)
  return top;
}

#endif

// MARK: The choice, and what all kernel sets share

INLINE top_strip delta_any(lethe_kernel_set set, lethe_delta_run base, lethe_delta_run other,
                           int64_t count, double least, lethe_delta_sums *sums) {
#if defined(__x86_64__)
  if (!is_integer(base.type) && !is_integer(other.type)) {
    if (set >= LETHE_KERNELS_AVX512) return delta_avx512(base, other, count, least, sums);
    if (set >= LETHE_KERNELS_AVX2) return delta_avx2(base, other, count, least, sums);
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
  sums->identical_count = before->identical_count;
  sums->unchanged_count = before->unchanged_count;
  sums->sign_flip_count = before->sign_flip_count;
  for (int64_t i = 0; i < count; i++) {
    double b = element(base, i), o = element(other, i);
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
