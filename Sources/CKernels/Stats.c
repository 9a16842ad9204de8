#include "CKernelsStats.h"

#include <math.h>
#include <string.h>

#include "Common.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

// Sums are rounded one by one; only exact products are fused, by name.
#pragma STDC FP_CONTRACT OFF

static const uint32_t MAGNITUDE = 0x7fffffff, INFINITE = 0x7f800000;

// The lanes of the first look, twice as many so that no addition waits for the one before.
enum { LOOK_LANES = 2 * LANES };

// A look at some elements; the vector sets leave the last few to the scalar twin.
typedef struct {
  // Sums of powers; the last two only where they are asked for.
  double sums[LOOK_LANES], squares[LOOK_LANES], cubes[LOOK_LANES], fourths[LOOK_LANES];
  double min, max;
  int64_t nan_count, infinite_count, zero_count, subnormal_count;
} first_look;

// What a first look is to find.
typedef struct {
  uint32_t smallest_normal;  // its bits
  bool adds_all;             // third and fourth powers too
} look_wish;

// Sums of powers of the distance from the run's mean.
typedef struct {
  double second[LANES], third[LANES], fourth[LANES];
} second_look;

INLINE double look_sum(const double lanes[LOOK_LANES]) {
  double halves[LANES];
  for (int lane = 0; lane < LANES; ++lane) halves[lane] = lanes[lane] + lanes[lane + LANES];
  return lane_sum(halves);
}

INLINE uint32_t bits_of_float(float value) {
  uint32_t bits;
  memcpy(&bits, &value, sizeof bits);
  return bits;
}

// MARK: Scalar

INLINE double load_double(const char *bytes, int64_t index) {
  double value;
  memcpy(&value, bytes + index * 8, sizeof value);
  return value;
}

INLINE float load_float(lethe_stats_type type, const char *bytes, int64_t index) {
  switch (type) {
  case LETHE_STATS_F16:
    return widen_f16(load_half(bytes + index * 2));
  case LETHE_STATS_BF16:
    return widen_bf16(load_half(bytes + index * 2));
  default:
    return float_of_bits(load_word(bytes + index * 4));
  }
}

// Puts lanes of elements at even places, and then those at odd ones, into the order of elements:
// halves of bf16 are widened where they lie in their words.
INLINE void interleave(double lanes[LOOK_LANES]) {
  double apart[LOOK_LANES];
  memcpy(apart, lanes, sizeof apart);
  for (int lane = 0; lane < LOOK_LANES; ++lane) {
    lanes[lane] = apart[lane / 2 + lane % 2 * LANES];
  }
}

INLINE void interleave_all(first_look *look) {
  interleave(look->sums);
  interleave(look->squares);
  interleave(look->cubes);
  interleave(look->fourths);
}

INLINE void look_at(double value, int64_t lane, bool adds_all, first_look *look) {
  double square = value * value;
  look->sums[lane] += value;
  look->squares[lane] += square;
  if (adds_all) {
    look->cubes[lane] += square * value;
    look->fourths[lane] += square * square;
  }
  look->min = value < look->min ? value : look->min;
  look->max = value > look->max ? value : look->max;
}

INLINE void look_scalar(lethe_stats_type type, const char *bytes, int64_t from, int64_t to,
                        look_wish wish, first_look *look) {
  for (int64_t i = from; i < to; ++i) {
    float value = load_float(type, bytes, i);
    uint32_t magnitude = bits_of_float(value) & MAGNITUDE;
    if (magnitude >= INFINITE) {
      look->nan_count += magnitude > INFINITE;
      look->infinite_count += magnitude == INFINITE;
      continue;
    }
    look->zero_count += magnitude == 0;
    look->subnormal_count += magnitude != 0 && magnitude < wish.smallest_normal;
    look_at(value, i % LOOK_LANES, wish.adds_all, look);
  }
}

static void look_f64(const char *bytes, int64_t count, first_look *look) {
  for (int64_t i = 0; i < count; ++i) {
    double value = load_double(bytes, i);
    if (!isfinite(value)) {
      look->nan_count += isnan(value) != 0;
      look->infinite_count += isinf(value) != 0;
      continue;
    }
    look->zero_count += value == 0;
    look->subnormal_count += value != 0 && fabs(value) < 0x1p-1022;
    look_at(value, i % LOOK_LANES, false, look);
  }
}

INLINE void distance_scalar(lethe_stats_type type, const char *bytes, int64_t from, int64_t to,
                            double mean, second_look *look) {
  for (int64_t i = from; i < to; ++i) {
    double value =
        type == LETHE_STATS_F64 ? load_double(bytes, i) : (double)load_float(type, bytes, i);
    if (!isfinite(value)) continue;
    double distance = value - mean, square = distance * distance;
    look->second[i % LANES] += square;
    look->third[i % LANES] += square * distance;
    look->fourth[i % LANES] += square * square;
  }
}

// MARK: AVX2

#if defined(__x86_64__)

INLINE double value_of_ordered(int16_t ordered) {
  uint16_t half = (uint16_t)(ordered ^ (ordered >> 15 & 0x7fff));
  return widen_bf16(half);
}

// Takes the extremes of lanes of halves whose order is that of integers.
INLINE void note_ordered(const int16_t *minima, const int16_t *maxima, int count,
                         first_look *look) {
  for (int lane = 0; lane < count; ++lane) {
    double least = value_of_ordered(minima[lane]), most = value_of_ordered(maxima[lane]);
    look->min = least < look->min ? least : look->min;
    look->max = most > look->max ? most : look->max;
  }
}

#define TARGET_AVX2 __attribute__((target("avx2,fma,f16c,popcnt")))
#define TARGET_AVX512 __attribute__((target("avx512f,avx512dq,avx512vl,avx512bw,popcnt")))

TARGET_AVX2 INLINE __m256 load_avx2(lethe_stats_type type, const char *bytes, int64_t index) {
  if (type == LETHE_STATS_F32) return _mm256_loadu_ps((const float *)bytes + index);
  __m128i halves = _mm_loadu_si128((const __m128i *)(bytes + index * 2));
  if (type == LETHE_STATS_F16) return _mm256_cvtph_ps(halves);
  return _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_cvtepu16_epi32(halves), 16));
}

TARGET_AVX2 INLINE int64_t count_avx2(__m256i mask) {
  return _mm_popcnt_u32((unsigned)_mm256_movemask_ps(_mm256_castsi256_ps(mask)));
}

// A quarter of the lanes.
typedef struct {
  __m256d sums, squares, cubes, fourths;
} powers_avx2;

// Squares are exact, and so are the higher powers of halves; those of f32 are rounded as the
// scalar twin rounds them.
TARGET_AVX2 INLINE void add_avx2(__m128 floats, bool adds_all, powers_avx2 *powers) {
  __m256d values = _mm256_cvtps_pd(floats);
  powers->sums = _mm256_add_pd(powers->sums, values);
  if (!adds_all) {
    powers->squares = _mm256_fmadd_pd(values, values, powers->squares);
    return;
  }
  __m256d squares = _mm256_mul_pd(values, values);
  powers->squares = _mm256_add_pd(powers->squares, squares);
  powers->cubes = _mm256_add_pd(powers->cubes, _mm256_mul_pd(squares, values));
  powers->fourths = _mm256_add_pd(powers->fourths, _mm256_mul_pd(squares, squares));
}

TARGET_AVX2 INLINE void store_avx2(const powers_avx2 powers[4], first_look *look) {
  for (int part = 0; part < 4; ++part) {
    _mm256_storeu_pd(look->sums + 4 * part, powers[part].sums);
    _mm256_storeu_pd(look->squares + 4 * part, powers[part].squares);
    _mm256_storeu_pd(look->cubes + 4 * part, powers[part].cubes);
    _mm256_storeu_pd(look->fourths + 4 * part, powers[part].fourths);
  }
}

// Unless it is `careful`, the look does not ask for NaN and infinities, which its sums show.
TARGET_AVX2 INLINE void look_avx2(lethe_stats_type type, const char *bytes, int64_t count,
                                  look_wish wish, bool careful, first_look *look) {
  const __m256i magnitude_bits = _mm256_set1_epi32((int)MAGNITUDE);
  const __m256i infinite = _mm256_set1_epi32((int)INFINITE);
  const __m256i largest = _mm256_set1_epi32((int)INFINITE - 1);
  const __m256i smallest = _mm256_set1_epi32((int)wish.smallest_normal);
  powers_avx2 powers[4];
  memset(powers, 0, sizeof powers);
  __m256 min = _mm256_set1_ps(INFINITY), max = _mm256_set1_ps(-INFINITY);
  int64_t i = 0;
  for (; i + LOOK_LANES <= count; i += LOOK_LANES) {
#pragma clang loop unroll(full)
    for (int half = 0; half < 2; ++half) {
      __m256 values = load_avx2(type, bytes, i + 8 * half);
      __m256i magnitudes = _mm256_and_si256(_mm256_castps_si256(values), magnitude_bits);
      __m256i tiny = _mm256_cmpgt_epi32(smallest, magnitudes);
      __m256 lowest = values, highest = values;
      if (careful) {
        __m256i wild = _mm256_cmpgt_epi32(magnitudes, largest);
        int64_t nans = count_avx2(_mm256_cmpgt_epi32(magnitudes, infinite));
        look->nan_count += nans;
        look->infinite_count += count_avx2(wild) - nans;
        __m256 mask = _mm256_castsi256_ps(wild);
        values = _mm256_andnot_ps(mask, values);
        lowest = _mm256_blendv_ps(values, _mm256_set1_ps(INFINITY), mask);
        highest = _mm256_blendv_ps(values, _mm256_set1_ps(-INFINITY), mask);
      }
      if (__builtin_expect(!_mm256_testz_si256(tiny, tiny), 0)) {
        int64_t zeros = count_avx2(_mm256_cmpeq_epi32(magnitudes, _mm256_setzero_si256()));
        look->zero_count += zeros;
        look->subnormal_count += count_avx2(tiny) - zeros;
      }
      min = _mm256_min_ps(min, lowest);
      max = _mm256_max_ps(max, highest);
      add_avx2(_mm256_castps256_ps128(values), wish.adds_all, powers + 2 * half);
      add_avx2(_mm256_extractf128_ps(values, 1), wish.adds_all, powers + 2 * half + 1);
    }
  }
  store_avx2(powers, look);
  float minima[8], maxima[8];
  _mm256_storeu_ps(minima, min);
  _mm256_storeu_ps(maxima, max);
  for (int lane = 0; lane < 8; ++lane) {
    look->min = minima[lane] < look->min ? minima[lane] : look->min;
    look->max = maxima[lane] > look->max ? maxima[lane] : look->max;
  }
  look_scalar(type, bytes, i, count, wish, look);
}

TARGET_AVX2 INLINE int64_t count_halves(__m256i mask) {
  return _mm_popcnt_u32((unsigned)_mm256_movemask_epi8(mask)) / 2;
}

// The counts and extremes of 16 halves are taken as integers, in half as many steps as floats.
TARGET_AVX2 INLINE void look_bf16_avx2(const char *bytes, int64_t count, look_wish wish,
                                       first_look *look) {
  const __m256i magnitude_bits = _mm256_set1_epi16(0x7fff), infinite = _mm256_set1_epi16(0x7f80);
  const __m256i largest = _mm256_set1_epi16(0x7f7f), smallest = _mm256_set1_epi16(0x0080);
  const __m256i odd_bits = _mm256_set1_epi32((int)0xffff0000);
  powers_avx2 powers[4];
  memset(powers, 0, sizeof powers);
  // As signed integers, magnitudes below zero turned round, so that their order is that of floats.
  __m256i min = infinite, max = _mm256_set1_epi16((short)0x807f);
  int64_t i = 0;
  for (; i + 16 <= count; i += 16) {
    __m256i halves = _mm256_loadu_si256((const __m256i *)(bytes + i * 2));
    __m256i magnitudes = _mm256_and_si256(halves, magnitude_bits);
    __m256i lowest = _mm256_xor_si256(
        halves, _mm256_and_si256(_mm256_srai_epi16(halves, 15), magnitude_bits));
    __m256i highest = lowest;
    __m256i tiny = _mm256_cmpgt_epi16(smallest, magnitudes);
    __m256i wild = _mm256_cmpgt_epi16(magnitudes, largest);
    __m256i special = _mm256_or_si256(tiny, wild);
    if (!_mm256_testz_si256(special, special)) {
      int64_t zeros = count_halves(_mm256_cmpeq_epi16(magnitudes, _mm256_setzero_si256()));
      int64_t nans = count_halves(_mm256_cmpgt_epi16(magnitudes, infinite));
      look->zero_count += zeros;
      look->subnormal_count += count_halves(tiny) - zeros;
      look->nan_count += nans;
      look->infinite_count += count_halves(wild) - nans;
      halves = _mm256_andnot_si256(wild, halves);
      highest = _mm256_blendv_epi8(lowest, _mm256_set1_epi16((short)0x807f), wild);
      lowest = _mm256_blendv_epi8(lowest, infinite, wild);
    }
    min = _mm256_min_epi16(min, lowest);
    max = _mm256_max_epi16(max, highest);
    __m256 even = _mm256_castsi256_ps(_mm256_slli_epi32(halves, 16));
    __m256 odd = _mm256_castsi256_ps(_mm256_and_si256(halves, odd_bits));
    add_avx2(_mm256_castps256_ps128(even), wish.adds_all, powers);
    add_avx2(_mm256_extractf128_ps(even, 1), wish.adds_all, powers + 1);
    add_avx2(_mm256_castps256_ps128(odd), wish.adds_all, powers + 2);
    add_avx2(_mm256_extractf128_ps(odd, 1), wish.adds_all, powers + 3);
  }
  store_avx2(powers, look);
  interleave_all(look);
  int16_t minima[16], maxima[16];
  _mm256_storeu_si256((__m256i *)minima, min);
  _mm256_storeu_si256((__m256i *)maxima, max);
  note_ordered(minima, maxima, 16, look);
  look_scalar(LETHE_STATS_BF16, bytes, i, count, wish, look);
}

typedef struct {
  __m256d second, third, fourth;
} half_distance;

TARGET_AVX2 INLINE half_distance add_half_distance(half_distance sums, __m256d values,
                                                   __m256d mean, __m256d finite) {
  __m256d distance = _mm256_and_pd(_mm256_sub_pd(values, mean), finite);
  __m256d square = _mm256_mul_pd(distance, distance);
  return (half_distance){_mm256_add_pd(sums.second, square),
                         _mm256_add_pd(sums.third, _mm256_mul_pd(square, distance)),
                         _mm256_add_pd(sums.fourth, _mm256_mul_pd(square, square))};
}

TARGET_AVX2 INLINE void store_half_distance(half_distance sums, second_look *look, int lane) {
  _mm256_storeu_pd(look->second + lane, sums.second);
  _mm256_storeu_pd(look->third + lane, sums.third);
  _mm256_storeu_pd(look->fourth + lane, sums.fourth);
}

TARGET_AVX2 INLINE void distance_avx2(lethe_stats_type type, const char *bytes, int64_t count,
                                      double mean, second_look *look) {
  const __m256i magnitude_bits = _mm256_set1_epi32((int)MAGNITUDE);
  const __m256i infinite = _mm256_set1_epi32((int)INFINITE);
  const __m256d middle = _mm256_set1_pd(mean);
  half_distance low = {_mm256_setzero_pd(), _mm256_setzero_pd(), _mm256_setzero_pd()};
  half_distance high = low;
  int64_t i = 0;
  for (; i + 8 <= count; i += 8) {
    __m256 values = load_avx2(type, bytes, i);
    __m256i magnitudes = _mm256_and_si256(_mm256_castps_si256(values), magnitude_bits);
    __m256i finite = _mm256_cmpgt_epi32(infinite, magnitudes);
    low = add_half_distance(
        low, _mm256_cvtps_pd(_mm256_castps256_ps128(values)), middle,
        _mm256_castsi256_pd(_mm256_cvtepi32_epi64(_mm256_castsi256_si128(finite))));
    high = add_half_distance(
        high, _mm256_cvtps_pd(_mm256_extractf128_ps(values, 1)), middle,
        _mm256_castsi256_pd(_mm256_cvtepi32_epi64(_mm256_extracti128_si256(finite, 1))));
  }
  store_half_distance(low, look, 0);
  store_half_distance(high, look, 4);
  distance_scalar(type, bytes, i, count, mean, look);
}

// MARK: AVX-512

TARGET_AVX512 INLINE __m512 load_avx512(lethe_stats_type type, const char *bytes, int64_t index) {
  if (type == LETHE_STATS_F32) return _mm512_loadu_ps((const float *)bytes + index);
  __m256i halves = _mm256_loadu_si256((const __m256i *)(bytes + index * 2));
  if (type == LETHE_STATS_F16) return _mm512_cvtph_ps(halves);
  return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(halves), 16));
}

TARGET_AVX512 INLINE __m512d low_avx512(__m512 values) {
  return _mm512_cvtps_pd(_mm512_castps512_ps256(values));
}

TARGET_AVX512 INLINE __m512d high_avx512(__m512 values) {
  return _mm512_cvtps_pd(_mm512_extractf32x8_ps(values, 1));
}

// Half of the lanes.
typedef struct {
  __m512d sums, squares, cubes, fourths;
} powers_avx512;

// As add_avx2; what is exact may be fused or not, whichever keeps the units evenly busy.
TARGET_AVX512 INLINE void add_avx512(lethe_stats_type type, __m512d values, bool adds_all,
                                     powers_avx512 *powers) {
  powers->sums = _mm512_add_pd(powers->sums, values);
  if (!adds_all) {
    powers->squares = _mm512_fmadd_pd(values, values, powers->squares);
    return;
  }
  __m512d squares = _mm512_mul_pd(values, values);
  powers->squares = _mm512_add_pd(powers->squares, squares);
  if (type == LETHE_STATS_F32) {
    powers->cubes = _mm512_add_pd(powers->cubes, _mm512_mul_pd(squares, values));
    powers->fourths = _mm512_add_pd(powers->fourths, _mm512_mul_pd(squares, squares));
  } else {
    powers->cubes = _mm512_fmadd_pd(squares, values, powers->cubes);
    powers->fourths = _mm512_fmadd_pd(squares, squares, powers->fourths);
  }
}

TARGET_AVX512 INLINE void store_avx512(const powers_avx512 powers[2], first_look *look) {
  for (int part = 0; part < 2; ++part) {
    _mm512_storeu_pd(look->sums + LANES * part, powers[part].sums);
    _mm512_storeu_pd(look->squares + LANES * part, powers[part].squares);
    _mm512_storeu_pd(look->cubes + LANES * part, powers[part].cubes);
    _mm512_storeu_pd(look->fourths + LANES * part, powers[part].fourths);
  }
}

// As look_avx2.
TARGET_AVX512 INLINE void look_avx512(lethe_stats_type type, const char *bytes, int64_t count,
                                      look_wish wish, bool careful, first_look *look) {
  const __m512i magnitude_bits = _mm512_set1_epi32((int)MAGNITUDE);
  const __m512i infinite = _mm512_set1_epi32((int)INFINITE);
  const __m512i smallest = _mm512_set1_epi32((int)wish.smallest_normal);
  powers_avx512 powers[2];
  memset(powers, 0, sizeof powers);
  __m512 min = _mm512_set1_ps(INFINITY), max = _mm512_set1_ps(-INFINITY);
  int64_t i = 0;
  for (; i + LOOK_LANES <= count; i += LOOK_LANES) {
    __m512 values = load_avx512(type, bytes, i);
    __m512i magnitudes = _mm512_and_si512(_mm512_castps_si512(values), magnitude_bits);
    __mmask16 tiny = _mm512_cmplt_epu32_mask(magnitudes, smallest), finite = 0xffff;
    if (careful) {
      __mmask16 wild = _mm512_cmpge_epu32_mask(magnitudes, infinite);
      int64_t nans = _mm_popcnt_u32(_mm512_cmpgt_epu32_mask(magnitudes, infinite));
      look->nan_count += nans;
      look->infinite_count += _mm_popcnt_u32(wild) - nans;
      finite = (__mmask16)~wild;
      values = _mm512_maskz_mov_ps(finite, values);
    }
    if (__builtin_expect(tiny != 0, 0)) {
      int64_t zeros = _mm_popcnt_u32(_mm512_testn_epi32_mask(magnitudes, magnitudes));
      look->zero_count += zeros;
      look->subnormal_count += _mm_popcnt_u32(tiny) - zeros;
    }
    min = _mm512_mask_min_ps(min, finite, min, values);
    max = _mm512_mask_max_ps(max, finite, max, values);
    add_avx512(type, low_avx512(values), wish.adds_all, powers);
    add_avx512(type, high_avx512(values), wish.adds_all, powers + 1);
  }
  store_avx512(powers, look);
  float least = _mm512_reduce_min_ps(min), most = _mm512_reduce_max_ps(max);
  look->min = least < look->min ? least : look->min;
  look->max = most > look->max ? most : look->max;
  look_scalar(type, bytes, i, count, wish, look);
}

// The counts and extremes of 32 halves are taken as integers, in half as many steps as floats.
TARGET_AVX512 INLINE void look_bf16_careful(const char *bytes, int64_t count, look_wish wish,
                                            first_look *look) {
  const __m512i magnitude_bits = _mm512_set1_epi16(0x7fff), infinite = _mm512_set1_epi16(0x7f80);
  const __m512i exponent_bits = infinite, odd_bits = _mm512_set1_epi32((int)0xffff0000);
  powers_avx512 powers[2];
  memset(powers, 0, sizeof powers);
  // As signed integers, magnitudes below zero turned round, so that their order is that of floats.
  __m512i min = _mm512_set1_epi16(0x7f80), max = _mm512_set1_epi16((short)0x807f);
  int64_t i = 0;
  for (; i + 32 <= count; i += 32) {
    __m512i halves = _mm512_loadu_si512(bytes + i * 2);
    __m512i magnitudes = _mm512_and_si512(halves, magnitude_bits);
    __m512i ordered = _mm512_xor_si512(
        halves, _mm512_and_si512(_mm512_srai_epi16(halves, 15), magnitude_bits));
    __mmask32 wild = _mm512_cmpge_epu16_mask(magnitudes, infinite);
    int64_t tiny = _mm_popcnt_u32(_mm512_testn_epi16_mask(halves, exponent_bits));
    int64_t zeros = _mm_popcnt_u32(_mm512_testn_epi16_mask(magnitudes, magnitudes));
    int64_t nans = _mm_popcnt_u32(_mm512_cmpgt_epu16_mask(magnitudes, infinite));
    look->zero_count += zeros;
    look->subnormal_count += tiny - zeros;
    look->nan_count += nans;
    look->infinite_count += _mm_popcnt_u32(wild) - nans;
    halves = _mm512_maskz_mov_epi16(~wild, halves);
    min = _mm512_mask_min_epi16(min, ~wild, min, ordered);
    max = _mm512_mask_max_epi16(max, ~wild, max, ordered);
    __m512 even = _mm512_castsi512_ps(_mm512_slli_epi32(halves, 16));
    __m512 odd = _mm512_castsi512_ps(_mm512_and_si512(halves, odd_bits));
    add_avx512(LETHE_STATS_BF16, low_avx512(even), wish.adds_all, powers);
    add_avx512(LETHE_STATS_BF16, low_avx512(odd), wish.adds_all, powers + 1);
    add_avx512(LETHE_STATS_BF16, high_avx512(even), wish.adds_all, powers);
    add_avx512(LETHE_STATS_BF16, high_avx512(odd), wish.adds_all, powers + 1);
  }
  store_avx512(powers, look);
  interleave_all(look);
  int16_t minima[32], maxima[32];
  _mm512_storeu_si512(minima, min);
  _mm512_storeu_si512(maxima, max);
  note_ordered(minima, maxima, 32, look);
  look_scalar(LETHE_STATS_BF16, bytes, i, count, wish, look);
}

// Adds 16 halves.
TARGET_AVX512 INLINE void add_bf16(const char *bytes, bool adds_all, powers_avx512 powers[2]) {
  __m256i halves = _mm256_loadu_si256((const __m256i *)bytes);
  __m256i odd = _mm256_and_si256(halves, _mm256_set1_epi32((int)0xffff0000));
  __m256 even = _mm256_castsi256_ps(_mm256_slli_epi32(halves, 16));
  add_avx512(LETHE_STATS_BF16, _mm512_cvtps_pd(even), adds_all, powers);
  add_avx512(LETHE_STATS_BF16, _mm512_cvtps_pd(_mm256_castsi256_ps(odd)), adds_all, powers + 1);
}

// How far ahead the look below asks for memory, which it would else outrun.
enum { PREFETCH_BYTES = 2048 };

// Looks at values of both signs that are finite; tells whether they were. As integers, the largest
// signed is then the largest value, and the largest unsigned the smallest.
TARGET_AVX512 INLINE bool look_bf16_hasty(const char *bytes, int64_t count, look_wish wish,
                                          first_look *look) {
  const __m512i magnitude_bits = _mm512_set1_epi16(0x7fff);
  const __m512i exponent_bits = _mm512_set1_epi16(0x7f80);
  powers_avx512 powers[2];
  memset(powers, 0, sizeof powers);
  __m512i most = _mm512_set1_epi16((short)0x8000), least = _mm512_setzero_si512();
  int64_t i = 0;
  for (; i + 32 <= count; i += 32) {
    __m512i halves = _mm512_loadu_si512(bytes + i * 2);
    // A hint may name any address, so also one behind the last element.
    _mm_prefetch((const char *)((uintptr_t)bytes + (uintptr_t)i * 2 + PREFETCH_BYTES), _MM_HINT_T0);
    __mmask32 tiny = _mm512_testn_epi16_mask(halves, exponent_bits);
    if (__builtin_expect(tiny != 0, 0)) {
      int64_t zeros = _mm_popcnt_u32(_mm512_testn_epi16_mask(halves, magnitude_bits));
      look->zero_count += zeros;
      look->subnormal_count += _mm_popcnt_u32(tiny) - zeros;
    }
    most = _mm512_max_epi16(most, halves);
    least = _mm512_max_epu16(least, halves);
    add_bf16(bytes + i * 2, wish.adds_all, powers);
    add_bf16(bytes + i * 2 + 32, wish.adds_all, powers);
  }
  __m512d sums = _mm512_add_pd(powers[0].sums, powers[1].sums);
  if (!isfinite(_mm512_reduce_add_pd(sums))) return false;
  store_avx512(powers, look);
  interleave_all(look);
  int16_t maxima[32];
  uint16_t minima[32];
  _mm512_storeu_si512(maxima, most);
  _mm512_storeu_si512(minima, least);
  int largest = maxima[0], smallest = minima[0];
  for (int lane = 1; lane < 32; ++lane) {
    largest = maxima[lane] > largest ? maxima[lane] : largest;
    smallest = minima[lane] > smallest ? minima[lane] : smallest;
  }
  if (largest < 0 || smallest < 0x8000) return false;
  look->max = widen_bf16((uint16_t)largest);
  look->min = widen_bf16((uint16_t)smallest);
  look_scalar(LETHE_STATS_BF16, bytes, i, count, wish, look);
  return true;
}

typedef struct {
  __m512d second, third, fourth;
} all_distance;

TARGET_AVX512 INLINE all_distance add_distance(all_distance sums, __m512d values, __m512d mean,
                                               __mmask8 finite) {
  __m512d distance = _mm512_maskz_sub_pd(finite, values, mean);
  __m512d square = _mm512_mul_pd(distance, distance);
  return (all_distance){_mm512_add_pd(sums.second, square),
                        _mm512_add_pd(sums.third, _mm512_mul_pd(square, distance)),
                        _mm512_add_pd(sums.fourth, _mm512_mul_pd(square, square))};
}

TARGET_AVX512 INLINE void distance_avx512(lethe_stats_type type, const char *bytes,
                                          int64_t count, double mean, second_look *look) {
  const __m512i magnitude_bits = _mm512_set1_epi32((int)MAGNITUDE);
  const __m512i infinite = _mm512_set1_epi32((int)INFINITE);
  const __m512d middle = _mm512_set1_pd(mean);
  all_distance sums = {_mm512_setzero_pd(), _mm512_setzero_pd(), _mm512_setzero_pd()};
  int64_t i = 0;
  for (; i + 16 <= count; i += 16) {
    __m512 values = load_avx512(type, bytes, i);
    __m512i magnitudes = _mm512_and_si512(_mm512_castps_si512(values), magnitude_bits);
    __mmask16 finite = _mm512_cmplt_epu32_mask(magnitudes, infinite);
    sums = add_distance(sums, low_avx512(values), middle, (__mmask8)finite);
    sums = add_distance(sums, high_avx512(values), middle, (__mmask8)(finite >> 8));
  }
  _mm512_storeu_pd(look->second, sums.second);
  _mm512_storeu_pd(look->third, sums.third);
  _mm512_storeu_pd(look->fourth, sums.fourth);
  distance_scalar(type, bytes, i, count, mean, look);
}

#endif

// MARK: Dispatch

// A copy of LOOP for each type that f32 holds, so that no loop asks for the type.
#define SPECIALIZE(TARGET, NAME, LOOP, PARAMETER)                                             \
  TARGET static void NAME(lethe_stats_type type, const char *bytes, int64_t count, PARAMETER) { \
    switch (type) {                                                                           \
    case LETHE_STATS_F32: LOOP(LETHE_STATS_F32); break;                                       \
    case LETHE_STATS_F16: LOOP(LETHE_STATS_F16); break;                                       \
    case LETHE_STATS_BF16: LOOP(LETHE_STATS_BF16); break;                                     \
    case LETHE_STATS_F64: LOOP(LETHE_STATS_F64); break;                                       \
    }                                                                                         \
  }
#define LOOK_PARAMETERS look_wish wish, first_look *look
#define DISTANCE_PARAMETERS double mean, second_look *look

// A copy of CALL for each thing that may be wished, so that no loop asks for that either.
#define FOR_EACH_WISH(CALL) \
  if (wish.adds_all) {      \
    wish.adds_all = true;   \
    CALL;                   \
  } else {                  \
    wish.adds_all = false;  \
    CALL;                   \
  }

#define LOOP_SCALAR(TYPE) FOR_EACH_WISH(look_scalar(TYPE, bytes, 0, count, wish, look))
SPECIALIZE(, look_with_scalar, LOOP_SCALAR, LOOK_PARAMETERS)
#define DISTANCE_SCALAR(TYPE) distance_scalar(TYPE, bytes, 0, count, mean, look)
SPECIALIZE(, distance_with_scalar, DISTANCE_SCALAR, DISTANCE_PARAMETERS)
#if defined(__x86_64__)
#define HASTY_AVX2(TYPE) FOR_EACH_WISH(look_avx2(TYPE, bytes, count, wish, false, look))
SPECIALIZE(TARGET_AVX2, look_hastily_with_avx2, HASTY_AVX2, LOOK_PARAMETERS)
#define CAREFUL_AVX2(TYPE) FOR_EACH_WISH(look_avx2(TYPE, bytes, count, wish, true, look))
SPECIALIZE(TARGET_AVX2, look_carefully_with_avx2, CAREFUL_AVX2, LOOK_PARAMETERS)
#define DISTANCE_AVX2(TYPE) distance_avx2(TYPE, bytes, count, mean, look)
SPECIALIZE(TARGET_AVX2, distance_with_avx2, DISTANCE_AVX2, DISTANCE_PARAMETERS)
#define HASTY_AVX512(TYPE) FOR_EACH_WISH(look_avx512(TYPE, bytes, count, wish, false, look))
SPECIALIZE(TARGET_AVX512, look_hastily_with_avx512, HASTY_AVX512, LOOK_PARAMETERS)
#define CAREFUL_AVX512(TYPE) FOR_EACH_WISH(look_avx512(TYPE, bytes, count, wish, true, look))
SPECIALIZE(TARGET_AVX512, look_carefully_with_avx512, CAREFUL_AVX512, LOOK_PARAMETERS)
#define DISTANCE_AVX512(TYPE) distance_avx512(TYPE, bytes, count, mean, look)
SPECIALIZE(TARGET_AVX512, distance_with_avx512, DISTANCE_AVX512, DISTANCE_PARAMETERS)
#endif

#if defined(__x86_64__)
TARGET_AVX512 static void look_at_bf16_avx512(const char *bytes, int64_t count, look_wish wish,
                                              first_look *look) {
  first_look blank = *look;
  FOR_EACH_WISH(if (look_bf16_hasty(bytes, count, wish, look)) return)
  *look = blank;
  FOR_EACH_WISH(look_bf16_careful(bytes, count, wish, look))
}

static void look_at_avx512(lethe_stats_type type, const char *bytes, int64_t count,
                           look_wish wish, first_look *look) {
  if (type == LETHE_STATS_BF16) {
    look_at_bf16_avx512(bytes, count, wish, look);
    return;
  }
  first_look blank = *look;
  look_hastily_with_avx512(type, bytes, count, wish, look);
  if (isfinite(look_sum(look->sums))) return;
  *look = blank;
  look_carefully_with_avx512(type, bytes, count, wish, look);
}

TARGET_AVX2 static void look_at_avx2(lethe_stats_type type, const char *bytes, int64_t count,
                                     look_wish wish, first_look *look) {
  if (type == LETHE_STATS_BF16) {
    FOR_EACH_WISH(look_bf16_avx2(bytes, count, wish, look))
    return;
  }
  first_look blank = *look;
  look_hastily_with_avx2(type, bytes, count, wish, look);
  if (isfinite(look_sum(look->sums))) return;
  *look = blank;
  look_carefully_with_avx2(type, bytes, count, wish, look);
}
#endif

static void take_first_look(lethe_kernel_set set, lethe_stats_request request, const char *bytes,
                            int64_t count, first_look *look) {
  look_wish wish = {bits_of_float(request.smallest_normal), request.counts_exponents};
  if (request.type == LETHE_STATS_F64) {
    look_f64(bytes, count, look);
    return;
  }
#if defined(__x86_64__)
  if (set >= LETHE_KERNELS_AVX512) {
    look_at_avx512(request.type, bytes, count, wish, look);
    return;
  }
  if (set >= LETHE_KERNELS_AVX2) {
    look_at_avx2(request.type, bytes, count, wish, look);
    return;
  }
#else
  (void)set;
#endif
  look_with_scalar(request.type, bytes, count, wish, look);
}

static void take_second_look(lethe_kernel_set set, lethe_stats_type type, const char *bytes,
                             int64_t count, double mean, second_look *look) {
#if defined(__x86_64__)
  if (type != LETHE_STATS_F64 && set >= LETHE_KERNELS_AVX512) {
    distance_with_avx512(type, bytes, count, mean, look);
    return;
  }
  if (type != LETHE_STATS_F64 && set >= LETHE_KERNELS_AVX2) {
    distance_with_avx2(type, bytes, count, mean, look);
    return;
  }
#else
  (void)set;
#endif
  distance_with_scalar(type, bytes, count, mean, look);
}

// MARK: Exponents

// The tables that neighbours are counted in, so that no count waits for the one before.
enum { TABLES = 8, EXPONENTS = 256 };

typedef struct {
  uint32_t counts[TABLES][EXPONENTS];
} exponent_tables;

INLINE uint32_t exponent(lethe_stats_type type, const char *bytes, int64_t index) {
  if (type == LETHE_STATS_BF16) return load_half(bytes + index * 2) >> 7 & 0xff;
  return bits_of_float(load_float(type, bytes, index)) >> 23 & 0xff;
}

INLINE void count_scalar(lethe_stats_type type, const char *bytes, int64_t from, int64_t count,
                         exponent_tables *tables) {
  int64_t i = from;
  for (; i + TABLES <= count; i += TABLES) {
    for (int table = 0; table < TABLES; ++table) {
      tables->counts[table][exponent(type, bytes, i + table)]++;
    }
  }
  for (; i < count; ++i) tables->counts[0][exponent(type, bytes, i)]++;
}

#if defined(__x86_64__)

// The vector sets cut a run into blocks. Trained weights have about a dozen exponents, so each is
// looked for in the whole block, some at a time; where there may be more than RARE_EXPONENTS,
// tables are faster.
enum { EXPONENT_BLOCK = 2048, EXPONENT_STEP = 5, RARE_EXPONENTS = 40 };

// A block's exponents in any order, and the least and the largest but for those of zeros.
typedef struct {
  uint8_t exponents[EXPONENT_BLOCK];
  int least, most;
} exponent_block;

static void count_many(const exponent_block *block, exponent_tables *tables) {
  for (int i = 0; i < EXPONENT_BLOCK; i += TABLES) {
    for (int table = 0; table < TABLES; ++table) {
      tables->counts[table][block->exponents[i + table]]++;
    }
  }
}

// The least and the largest of bytes; exponents have been lowered by one to tell the least.
INLINE void note_exponents(const uint8_t *lowered, const uint8_t *most, int count,
                           exponent_block *block) {
  int least = 255, largest = 0;
  for (int lane = 0; lane < count; ++lane) {
    least = lowered[lane] < least ? lowered[lane] : least;
    largest = most[lane] > largest ? most[lane] : largest;
  }
  block->least = least + 1;
  block->most = largest;
}

TARGET_AVX2 INLINE __m256i floats_exponents_avx2(lethe_stats_type type, const char *bytes,
                                                 int64_t index) {
  __m256i bits = _mm256_castps_si256(load_avx2(type, bytes, index));
  return _mm256_srli_epi32(_mm256_slli_epi32(bits, 1), 24);
}

TARGET_AVX2 INLINE __m256i halves_exponents_avx2(lethe_stats_type type, const char *bytes,
                                                 int64_t index) {
  if (type != LETHE_STATS_BF16) {
    return _mm256_packus_epi32(floats_exponents_avx2(type, bytes, index),
                               floats_exponents_avx2(type, bytes, index + 8));
  }
  __m256i halves = _mm256_loadu_si256((const __m256i *)(bytes + index * 2));
  return _mm256_srli_epi16(_mm256_slli_epi16(halves, 1), 8);
}

TARGET_AVX2 INLINE void gather_avx2(lethe_stats_type type, const char *bytes, int64_t from,
                                    exponent_block *block) {
  const __m256i one = _mm256_set1_epi8(1);
  __m256i lowered = _mm256_set1_epi8(-1), most = _mm256_setzero_si256();
  for (int i = 0; i < EXPONENT_BLOCK; i += 32) {
    __m256i exponents = _mm256_packus_epi16(halves_exponents_avx2(type, bytes, from + i),
                                            halves_exponents_avx2(type, bytes, from + i + 16));
    lowered = _mm256_min_epu8(lowered, _mm256_sub_epi8(exponents, one));
    most = _mm256_max_epu8(most, exponents);
    _mm256_storeu_si256((__m256i *)(block->exponents + i), exponents);
  }
  uint8_t minima[32], maxima[32];
  _mm256_storeu_si256((__m256i *)minima, lowered);
  _mm256_storeu_si256((__m256i *)maxima, most);
  note_exponents(minima, maxima, 32, block);
}

// How often an exponent and those just below it occur.
TARGET_AVX2 INLINE void count_few(const exponent_block *block, int exponent,
                                  uint32_t occurrences[EXPONENT_STEP]) {
  // A byte of these counts no more than 64 vectors.
  __m256i wanted[EXPONENT_STEP], counts[EXPONENT_STEP];
#pragma clang loop unroll(full)
  for (int k = 0; k < EXPONENT_STEP; ++k) {
    wanted[k] = _mm256_set1_epi8((char)(exponent - k));
    counts[k] = _mm256_setzero_si256();
  }
  for (int i = 0; i < EXPONENT_BLOCK; i += 32) {
    __m256i bytes = _mm256_loadu_si256((const __m256i *)(block->exponents + i));
#pragma clang loop unroll(full)
    for (int k = 0; k < EXPONENT_STEP; ++k) {
      counts[k] = _mm256_sub_epi8(counts[k], _mm256_cmpeq_epi8(bytes, wanted[k]));
    }
  }
  for (int k = 0; k < EXPONENT_STEP; ++k) {
    uint64_t sums[4];
    _mm256_storeu_si256((__m256i *)sums, _mm256_sad_epu8(counts[k], _mm256_setzero_si256()));
    occurrences[k] = (uint32_t)(sums[0] + sums[1] + sums[2] + sums[3]);
  }
}

TARGET_AVX512 INLINE __m512i floats_exponents_avx512(lethe_stats_type type, const char *bytes,
                                                     int64_t index) {
  __m512i bits = _mm512_castps_si512(load_avx512(type, bytes, index));
  return _mm512_srli_epi32(_mm512_slli_epi32(bits, 1), 24);
}

TARGET_AVX512 INLINE __m512i halves_exponents_avx512(lethe_stats_type type, const char *bytes,
                                                     int64_t index) {
  if (type != LETHE_STATS_BF16) {
    return _mm512_packus_epi32(floats_exponents_avx512(type, bytes, index),
                               floats_exponents_avx512(type, bytes, index + 16));
  }
  __m512i halves = _mm512_loadu_si512(bytes + index * 2);
  return _mm512_srli_epi16(_mm512_slli_epi16(halves, 1), 8);
}

TARGET_AVX512 INLINE void gather_avx512(lethe_stats_type type, const char *bytes, int64_t from,
                                        exponent_block *block) {
  const __m512i one = _mm512_set1_epi8(1);
  __m512i lowered = _mm512_set1_epi8(-1), most = _mm512_setzero_si512();
  for (int i = 0; i < EXPONENT_BLOCK; i += 64) {
    __m512i exponents =
        _mm512_packus_epi16(halves_exponents_avx512(type, bytes, from + i),
                            halves_exponents_avx512(type, bytes, from + i + 32));
    lowered = _mm512_min_epu8(lowered, _mm512_sub_epi8(exponents, one));
    most = _mm512_max_epu8(most, exponents);
    _mm512_storeu_si512(block->exponents + i, exponents);
  }
  uint8_t minima[64], maxima[64];
  _mm512_storeu_si512(minima, lowered);
  _mm512_storeu_si512(maxima, most);
  note_exponents(minima, maxima, 64, block);
}

// Counts the exponents of a gathered block.
TARGET_AVX2 static void count_block(const exponent_block *block, exponent_tables *tables) {
  if (block->most - block->least >= RARE_EXPONENTS) {
    count_many(block, tables);
    return;
  }
  uint32_t left = EXPONENT_BLOCK;
  for (int top = block->most; top >= block->least && left > 0; top -= EXPONENT_STEP) {
    uint32_t occurrences[EXPONENT_STEP];
    count_few(block, top, occurrences);
    for (int k = 0; k < EXPONENT_STEP && top - k >= block->least; ++k) {
      tables->counts[0][top - k] += occurrences[k];
      left -= occurrences[k];
    }
  }
  tables->counts[0][0] += left;
}

TARGET_AVX2 INLINE void count_exponents_avx2(lethe_stats_type type, const char *bytes,
                                             int64_t count, exponent_tables *tables) {
  exponent_block block;
  int64_t i = 0;
  for (; i + EXPONENT_BLOCK <= count; i += EXPONENT_BLOCK) {
    gather_avx2(type, bytes, i, &block);
    count_block(&block, tables);
  }
  count_scalar(type, bytes, i, count, tables);
}

TARGET_AVX512 INLINE void count_exponents_avx512(lethe_stats_type type, const char *bytes,
                                                 int64_t count, exponent_tables *tables) {
  exponent_block block;
  int64_t i = 0;
  for (; i + EXPONENT_BLOCK <= count; i += EXPONENT_BLOCK) {
    gather_avx512(type, bytes, i, &block);
    count_block(&block, tables);
  }
  count_scalar(type, bytes, i, count, tables);
}

#define COUNT_AVX2(TYPE) count_exponents_avx2(TYPE, bytes, count, tables)
SPECIALIZE(TARGET_AVX2, count_with_avx2, COUNT_AVX2, exponent_tables *tables)
#define COUNT_AVX512(TYPE) count_exponents_avx512(TYPE, bytes, count, tables)
SPECIALIZE(TARGET_AVX512, count_with_avx512, COUNT_AVX512, exponent_tables *tables)
#endif

#define COUNT_SCALAR(TYPE) count_scalar(TYPE, bytes, 0, count, tables)
SPECIALIZE(, count_with_scalar, COUNT_SCALAR, exponent_tables *tables)

static void count_narrow(lethe_kernel_set set, lethe_stats_type type, const char *bytes,
                         int64_t count, exponent_tables *tables) {
#if defined(__x86_64__)
  if (set >= LETHE_KERNELS_AVX512) {
    count_with_avx512(type, bytes, count, tables);
    return;
  }
  if (set >= LETHE_KERNELS_AVX2) {
    count_with_avx2(type, bytes, count, tables);
    return;
  }
#else
  (void)set;
#endif
  count_with_scalar(type, bytes, count, tables);
}

INLINE int bin_of(int binary_exponent) {
  int bin = binary_exponent - LETHE_STATS_FIRST_EXPONENT;
  return bin < 0 ? 0 : bin < LETHE_STATS_BINS ? bin : LETHE_STATS_BINS - 1;
}

static void count_wide(const char *bytes, int64_t count, int64_t bins[LETHE_STATS_BINS]) {
  for (int64_t i = 0; i < count; ++i) {
    double value = load_double(bytes, i);
    if (isfinite(value) && value != 0) bins[bin_of(ilogb(value))]++;
  }
}

static void count_exponents(lethe_kernel_set set, lethe_stats_type type, const char *bytes,
                            int64_t count, int64_t zero_count, int64_t bins[LETHE_STATS_BINS]) {
  if (type == LETHE_STATS_F64) {
    count_wide(bytes, count, bins);
    return;
  }
  exponent_tables tables;
  memset(&tables, 0, sizeof tables);
  count_narrow(set, type, bytes, count, &tables);
  // The last exponent is that of NaN and infinity; the first that of zeros and subnormal values.
  for (int e = 0; e < EXPONENTS - 1; ++e) {
    int64_t sum = 0;
    for (int table = 0; table < TABLES; ++table) sum += tables.counts[table][e];
    bins[bin_of(e - 127)] += sum;
  }
  bins[0] -= zero_count;
}

// MARK: Runs

// The share of the squares that their sum about the mean must keep, alone and with the powers above
// it, for the plain sums to do: a mean beyond the deviation costs a fourth power many digits.
static const double CANCELLATION = 0x1p-20, POWERS_CANCELLATION = 0x1p-1;

// The sums of the powers about the mean from those about zero.
static void centre(const first_look *look, double mean, lethe_stats *run) {
  double cubes = look_sum(look->cubes), fourths = look_sum(look->fourths);
  double first = mean * run->sum;
  run->third = cubes - mean * (3 * run->squares - 2 * first);
  run->fourth = fourths - mean * (4 * cubes - mean * (6 * run->squares - 3 * first));
}

static void add_run(lethe_kernel_set set, lethe_stats_request request, const char *bytes,
                    int64_t count, lethe_stats *stats) {
  first_look look = {.min = INFINITY, .max = -INFINITY};
  take_first_look(set, request, bytes, count, &look);
  lethe_stats run = {.finite_count = count - look.nan_count - look.infinite_count,
                     .nan_count = look.nan_count,
                     .infinite_count = look.infinite_count,
                     .zero_count = look.zero_count,
                     .subnormal_count = look.subnormal_count,
                     .sum = look_sum(look.sums),
                     .squares = look_sum(look.squares)};
  if (run.finite_count > 0) {
    double mean = run.sum / (double)run.finite_count;
    // A negative zero becomes a positive one, whichever came first.
    run.min = look.min + 0.0;
    run.max = look.max + 0.0;
    run.second = run.squares - run.sum * mean;
    bool has_powers = request.counts_exponents && request.type != LETHE_STATS_F64;
    double share = request.counts_exponents ? POWERS_CANCELLATION : CANCELLATION;
    bool is_exact = run.second > run.squares * share;
    if (is_exact && has_powers) {
      centre(&look, mean, &run);
    } else if (!is_exact || request.counts_exponents) {
      second_look distance = {{0}, {0}, {0}};
      take_second_look(set, request.type, bytes, count, mean, &distance);
      run.second = lane_sum(distance.second);
      run.third = lane_sum(distance.third);
      run.fourth = lane_sum(distance.fourth);
    }
  }
  if (request.counts_exponents) {
    count_exponents(set, request.type, bytes, count, run.zero_count, run.bins);
  }
  lethe_stats_merge(stats, &run);
}

void lethe_stats_add(lethe_kernel_set set, lethe_stats_request request, const void *bytes,
                     int64_t count, lethe_stats *stats) {
  int64_t size = request.type == LETHE_STATS_F64 ? 8 : request.type == LETHE_STATS_F32 ? 4 : 2;
  for (int64_t from = 0; from < count; from += LETHE_STATS_RUN) {
    int64_t left = count - from;
    add_run(set, request, (const char *)bytes + from * size,
            left < LETHE_STATS_RUN ? left : LETHE_STATS_RUN, stats);
  }
}

void lethe_stats_merge(lethe_stats *stats, const lethe_stats *next) {
  double a = (double)stats->finite_count, b = (double)next->finite_count;
  if (b > 0 && a > 0) {
    double n = a + b, step = (next->sum / b - stats->sum / a) / n;
    double second = stats->second, third = stats->third, a_step = a * step, b_step = b * step;
    stats->second += next->second + a_step * b_step * n;
    stats->third += next->third + a_step * b_step * (a_step - b_step) * n +
                    3 * (a_step * next->second - b_step * second);
    stats->fourth += next->fourth +
                     a_step * b_step * (a_step * a_step - a_step * b_step + b_step * b_step) * n +
                     6 * (a_step * a_step * next->second + b_step * b_step * second) +
                     4 * (a_step * next->third - b_step * third);
    stats->min = next->min < stats->min ? next->min : stats->min;
    stats->max = next->max > stats->max ? next->max : stats->max;
  } else if (b > 0) {
    stats->second = next->second;
    stats->third = next->third;
    stats->fourth = next->fourth;
    stats->min = next->min;
    stats->max = next->max;
  }
  stats->sum += next->sum;
  stats->squares += next->squares;
  stats->finite_count += next->finite_count;
  stats->nan_count += next->nan_count;
  stats->infinite_count += next->infinite_count;
  stats->zero_count += next->zero_count;
  stats->subnormal_count += next->subnormal_count;
  for (int bin = 0; bin < LETHE_STATS_BINS; ++bin) stats->bins[bin] += next->bins[bin];
}
