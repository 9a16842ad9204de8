#include "CKernelsSketch.h"

#include "DeltaRun.h"

enum {
  // Pairs whose bins are found before they are counted: they fit the first cache.
  BATCH = 512,
};

// MARK: Scalar

INLINE uint32_t bin_of(float value) {
  uint32_t bits;
  memcpy(&bits, &value, sizeof bits);
  uint32_t bin = bits >> LETHE_SKETCH_SHIFT;
  if (bin > LETHE_SKETCH_LAST_BIN) return LETHE_SKETCH_LAST_BIN;
  return bin == 0 ? 1 : bin;
}

// Whether 32-bit floats hold the numbers of a type, so that their difference is rounded once.
INLINE bool is_narrow(lethe_delta_type type) { return type <= LETHE_DELTA_BF16; }

typedef struct {
  float delta, quotient;
} sizes;

INLINE sizes sizes_at(lethe_delta_run base, lethe_delta_run other, int64_t index) {
  if (is_narrow(base.type) && is_narrow(other.type)) {
    float b = (float)element(base, index), delta = fabsf((float)element(other, index) - b);
    return (sizes){delta, delta / fabsf(b)};
  }
  double b = element(base, index), delta = fabs(element(other, index) - b);
  // What is too small for a 32-bit float is no zero.
  float narrow = (float)delta, least = 0x1p-149f;
  return (sizes){delta != 0 && narrow == 0 ? least : narrow, (float)(delta / fabs(b))};
}

static void sketch_scalar(lethe_delta_run base, lethe_delta_run other, int64_t from, int64_t to,
                          lethe_sketch *sketch) {
  for (int64_t i = from; i < to; i++) {
    sizes sizes = sizes_at(base, other, i);
    uint32_t bin = sizes.delta == 0 ? 0 : bin_of(sizes.delta);
    bool has_quotient = bin > 0 && bin < LETHE_SKETCH_LAST_BIN;
    sketch->deltas[i % LETHE_SKETCH_TABLES][bin]++;
    sketch->quotients[i % LETHE_SKETCH_TABLES][has_quotient ? bin_of(sizes.quotient) : bin]++;
  }
}

// MARK: AVX2 and AVX-512

#if defined(__x86_64__)

// The bins of a batch: that of the delta in the low half of a word, that of the quotient above it.
typedef struct {
  uint32_t bins[BATCH];
} batch;

static void count_batch(const batch *batch, lethe_sketch *sketch) {
  for (int i = 0; i < BATCH; i += LETHE_SKETCH_TABLES) {
    uint64_t first, second;
    memcpy(&first, batch->bins + i, sizeof first);
    memcpy(&second, batch->bins + i + 2, sizeof second);
    sketch->deltas[0][first & 0xffff]++;
    sketch->quotients[0][first >> 16 & 0xffff]++;
    sketch->deltas[1][first >> 32 & 0xffff]++;
    sketch->quotients[1][first >> 48]++;
    sketch->deltas[2][second & 0xffff]++;
    sketch->quotients[2][second >> 16 & 0xffff]++;
    sketch->deltas[3][second >> 32 & 0xffff]++;
    sketch->quotients[3][second >> 48]++;
  }
}

// The bins of values that are neither zero nor negative.
TARGET_AVX2 INLINE __m256i bins_avx2(__m256 values) {
  __m256i bins = _mm256_srli_epi32(_mm256_castps_si256(values), LETHE_SKETCH_SHIFT);
  bins = _mm256_max_epu32(bins, _mm256_set1_epi32(1));
  return _mm256_min_epu32(bins, _mm256_set1_epi32(LETHE_SKETCH_LAST_BIN));
}

TARGET_AVX2 INLINE void sketch_loop_avx2(lethe_delta_run base, lethe_delta_run other,
                                         int64_t count, lethe_sketch *sketch) {
  const __m256 sign = _mm256_set1_ps(-0.0f), zero = _mm256_setzero_ps();
  const __m256 infinity = _mm256_set1_ps(INFINITY);
  int64_t from = 0;
  for (; from + BATCH <= count; from += BATCH) {
    batch batch;
    for (int i = 0; i < BATCH; i += 8) {
      __m256 b = floats_avx2(base, from + i);
      __m256 delta = _mm256_andnot_ps(sign, _mm256_sub_ps(floats_avx2(other, from + i), b));
      __m256 quotient = _mm256_div_ps(delta, _mm256_andnot_ps(sign, b));
      // What is not below infinity is infinite or NaN, and so is its quotient.
      quotient = _mm256_blendv_ps(delta, quotient, _mm256_cmp_ps(delta, infinity, _CMP_LT_OQ));
      __m256i is_zero = _mm256_castps_si256(_mm256_cmp_ps(delta, zero, _CMP_EQ_OQ));
      __m256i bins =
          _mm256_or_si256(bins_avx2(delta), _mm256_slli_epi32(bins_avx2(quotient), 16));
      _mm256_storeu_si256((__m256i *)(batch.bins + i), _mm256_andnot_si256(is_zero, bins));
    }
    count_batch(&batch, sketch);
  }
  sketch_scalar(base, other, from, count, sketch);
}

TARGET_AVX512 INLINE __m512i bins_avx512(__m512 values) {
  __m512i bins = _mm512_srli_epi32(_mm512_castps_si512(values), LETHE_SKETCH_SHIFT);
  bins = _mm512_max_epu32(bins, _mm512_set1_epi32(1));
  return _mm512_min_epu32(bins, _mm512_set1_epi32(LETHE_SKETCH_LAST_BIN));
}

TARGET_AVX512 INLINE void sketch_loop_avx512(lethe_delta_run base, lethe_delta_run other,
                                             int64_t count, lethe_sketch *sketch) {
  const __m512 zero = _mm512_setzero_ps(), infinity = _mm512_set1_ps(INFINITY);
  int64_t from = 0;
  for (; from + BATCH <= count; from += BATCH) {
    batch batch;
    for (int i = 0; i < BATCH; i += 16) {
      __m512 b = floats_avx512(base, from + i);
      __m512 delta = _mm512_abs_ps(_mm512_sub_ps(floats_avx512(other, from + i), b));
      __mmask16 is_finite = _mm512_cmp_ps_mask(delta, infinity, _CMP_LT_OQ);
      __m512 quotient = _mm512_mask_div_ps(delta, is_finite, delta, _mm512_abs_ps(b));
      __mmask16 is_moved = _mm512_cmp_ps_mask(delta, zero, _CMP_NEQ_UQ);
      __m512i bins =
          _mm512_or_si512(bins_avx512(delta), _mm512_slli_epi32(bins_avx512(quotient), 16));
      _mm512_storeu_si512(batch.bins + i, _mm512_maskz_mov_epi32(is_moved, bins));
    }
    count_batch(&batch, sketch);
  }
  sketch_scalar(base, other, from, count, sketch);
}

#define DEFINE_SKETCH(name, target, loop)                                                \
  target static void name(lethe_delta_run base, lethe_delta_run other, int64_t count,    \
                          lethe_sketch *sketch) {                                        \
    if (base.type != other.type) {                                                       \
      loop(base, other, count, sketch);                                                  \
    } else if (base.type == LETHE_DELTA_F32) {                                           \
      loop(AS(base, LETHE_DELTA_F32), AS(other, LETHE_DELTA_F32), count, sketch);        \
    } else if (base.type == LETHE_DELTA_F16) {                                           \
      loop(AS(base, LETHE_DELTA_F16), AS(other, LETHE_DELTA_F16), count, sketch);        \
    } else {                                                                             \
      loop(AS(base, LETHE_DELTA_BF16), AS(other, LETHE_DELTA_BF16), count, sketch);      \
    }                                                                                    \
  }

DEFINE_SKETCH(sketch_avx2, TARGET_AVX2, sketch_loop_avx2)
DEFINE_SKETCH(sketch_avx512, TARGET_AVX512, sketch_loop_avx512)

#endif

// MARK: The choice

void lethe_sketch_add(lethe_kernel_set set, lethe_delta_run base, lethe_delta_run other,
                      int64_t count, lethe_sketch *sketch) {
#if defined(__x86_64__)
  bool is_fast = is_narrow(base.type) && is_narrow(other.type);
  if (is_fast && set >= LETHE_KERNELS_AVX512) {
    sketch_avx512(base, other, count, sketch);
    return;
  }
  if (is_fast && set >= LETHE_KERNELS_AVX2) {
    sketch_avx2(base, other, count, sketch);
    return;
  }
#else
  (void)set;
#endif
  sketch_scalar(base, other, 0, count, sketch);
}

static void add_tables(const uint32_t tables[LETHE_SKETCH_TABLES][LETHE_SKETCH_TABLE_SIZE],
                       int64_t bins[LETHE_SKETCH_LAST_BIN + 1]) {
  for (int bin = 0; bin <= LETHE_SKETCH_LAST_BIN; bin++) {
    int64_t sum = 0;
    for (int table = 0; table < LETHE_SKETCH_TABLES; table++) sum += tables[table][bin];
    bins[bin] = sum;
  }
}

void lethe_sketch_finish(const lethe_sketch *sketch, int64_t deltas[LETHE_SKETCH_LAST_BIN + 1],
                         int64_t quotients[LETHE_SKETCH_LAST_BIN + 1]) {
  add_tables(sketch->deltas, deltas);
  add_tables(sketch->quotients, quotients);
}
