#include <math.h>
#include <string.h>

#include "Common.h"
#include "PackedInt8.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#pragma STDC FP_CONTRACT OFF

// The codes of one run and its scale: the largest magnitude / 127, each code the nearest integer to
// value / scale, the even one of two. A run that is not finite has scale NaN, so that a result is NaN
// as it would be if the run were multiplied as it is.
INLINE float quantise(const float x[RUN], int8_t codes[RUN]) {
  // Magnitudes as integers are in the same order, infinity and NaN above all others.
  uint32_t top = 0;
  for (int i = 0; i < RUN; i++) {
    uint32_t magnitude = load_word(x + i) & 0x7fffffff;
    top = magnitude > top ? magnitude : top;
  }
  if (top >= 0x7f800000) {
    memset(codes, 0, RUN);
    return NAN;
  }
  float largest = float_of_bits(top);
  float scale = largest / 127.0f;
  // Below this the inverse would overflow; such a run is zero.
  float inverse = scale > 0x1p-120f ? 1.0f / scale : 0.0f;
  const float magic = 12582912.0f;  // 1.5 * 2^23: adding it rounds to an integer.
  for (int i = 0; i < RUN; i++) {
    float shifted = x[i] * inverse + magic;
    uint32_t bits;
    memcpy(&bits, &shifted, sizeof bits);
    codes[i] = (int8_t)(int32_t)(bits - 0x4B400000u);
  }
  return scale;
}

// The same for the run at `start` of a row of `k` elements; what is missing counts as zero.
INLINE float quantise_run(const float *x, size_t k, size_t start, int8_t codes[RUN]) {
  if (k - start >= RUN) { return quantise(x + start, codes); }
  float values[RUN] = {0};
  memcpy(values, x + start, (k - start) * sizeof *x);
  return quantise(values, codes);
}

INLINE void pack_weights_body(
  const float *w, size_t rows, size_t k, size_t stride, size_t column, int8_panel_run *panel) {
  for (size_t start = 0; start < k; start += RUN, panel++) {
    for (size_t j = 0; j < rows; j++) {
      int8_t codes[RUN];
      panel->scales[column + j] = quantise_run(w + j * stride, k, start, codes);
      int32_t sum = 0;
      for (int i = 0; i < RUN; i++) { sum += codes[i]; }
      panel->corrections[column + j] = -128 * sum;
      for (int i = 0; i < RUN_WORDS; i++) { memcpy(panel->codes[i][column + j], codes + 4 * i, 4); }
    }
  }
}

INLINE void pack_activations_body(
  const float *x, size_t rows, size_t k, size_t stride, int8_block_run *block) {
  for (size_t start = 0; start < k; start += RUN, block++) {
    for (size_t j = 0; j < rows; j++) {
      int8_t codes[RUN];
      block->scales[j] = quantise_run(x + j * stride, k, start, codes);
      for (int i = 0; i < RUN; i++) { codes[i] = (int8_t)(codes[i] ^ -128); }
      for (int i = 0; i < RUN_WORDS; i++) { memcpy(block->codes[i][j], codes + 4 * i, 4); }
    }
  }
}

KERNEL(
  void, pack_weights,
  (const float *w, size_t rows, size_t k, size_t stride, size_t column, int8_panel_run *panel),
  (w, rows, k, stride, column, panel))
KERNEL(
  void, pack_activations,
  (const float *x, size_t rows, size_t k, size_t stride, int8_block_run *block),
  (x, rows, k, stride, block))

void lethe_pack_int8_weights(
  lethe_kernel_set set, const float *w, size_t rows, size_t k, size_t stride, size_t column,
  void *panel) {
  CHOOSE(pack_weights, (w, rows, k, stride, column, panel));
}

void lethe_pack_int8_activations(
  lethe_kernel_set set, const float *x, size_t rows, size_t k, size_t stride, void *block) {
  CHOOSE(pack_activations, (x, rows, k, stride, block));
}

static void tile_scalar(
  const void *block, const void *columns, size_t runs, size_t rows, size_t used, int carry,
  float *c, size_t c_stride) {
  const int8_block_run *a = block;
  const int8_panel_run *panel = columns;
  for (size_t i = 0; i < rows; i++) {
    for (size_t j = 0; j < used; j++) {
      float total = carry ? c[i * c_stride + j] : 0;
      for (size_t r = 0; r < runs; r++) {
        int32_t sum = panel[r].corrections[j];
        for (int x = 0; x < RUN_WORDS; x++) {
          for (int y = 0; y < 4; y++) { sum += a[r].codes[x][i][y] * panel[r].codes[x][j][y]; }
        }
        total = fmaf((float)sum, a[r].scales[i] * panel[r].scales[j], total);
      }
      c[i * c_stride + j] = total;
    }
  }
}

#if defined(__x86_64__)

#define ROWS(NAME, COUNT)                                                                          \
  case COUNT:                                                                                      \
    NAME(COUNT, a, first, panel, runs, used, carry, c, c_stride);                                         \
    break;

#define VNNI __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")))

// Two sums of integers and two of floats for each of 6 rows, of 32 registers.
enum { VNNI_ROWS = 6 };

VNNI INLINE void rows_vnni(
  int rows, const int8_block_run *a, size_t first, const int8_panel_run *panel, size_t runs,
  size_t used, int carry, float *c, size_t c_stride) {
  __mmask16 low_mask = used >= 16 ? 0xFFFF : (__mmask16)((1u << used) - 1);
  __mmask16 high_mask = used <= 16 ? 0 : (__mmask16)((1u << (used - 16)) - 1);
  __m512 low[VNNI_ROWS], high[VNNI_ROWS];
  UNROLL for (int i = 0; i < rows; i++) { low[i] = high[i] = _mm512_setzero_ps(); }
  if (carry) {
    UNROLL for (int i = 0; i < rows; i++) {
      low[i] = _mm512_maskz_loadu_ps(low_mask, c + (size_t)i * c_stride);
      high[i] = _mm512_maskz_loadu_ps(high_mask, c + (size_t)i * c_stride + 16);
    }
  }
  for (size_t r = 0; r < runs; r++, a++, panel++) {
    __m512i low_sum[VNNI_ROWS], high_sum[VNNI_ROWS];
    UNROLL for (int i = 0; i < rows; i++) {
      low_sum[i] = _mm512_loadu_si512(panel->corrections);
      high_sum[i] = _mm512_loadu_si512(panel->corrections + 16);
    }
    UNROLL for (int x = 0; x < RUN_WORDS; x++) {
      __m512i w_low = _mm512_loadu_si512(panel->codes[x]);
      __m512i w_high = _mm512_loadu_si512(panel->codes[x][16]);
      UNROLL for (int i = 0; i < rows; i++) {
        __m512i four = _mm512_set1_epi32((int)load_word(a->codes[x][first + (size_t)i]));
        low_sum[i] = _mm512_dpbusd_epi32(low_sum[i], four, w_low);
        high_sum[i] = _mm512_dpbusd_epi32(high_sum[i], four, w_high);
      }
    }
    __m512 low_scale = _mm512_loadu_ps(panel->scales);
    __m512 high_scale = _mm512_loadu_ps(panel->scales + 16);
    UNROLL for (int i = 0; i < rows; i++) {
      __m512 scale = _mm512_set1_ps(a->scales[first + (size_t)i]);
      low[i] = _mm512_fmadd_ps(
        _mm512_cvtepi32_ps(low_sum[i]), _mm512_mul_ps(scale, low_scale), low[i]);
      high[i] = _mm512_fmadd_ps(
        _mm512_cvtepi32_ps(high_sum[i]), _mm512_mul_ps(scale, high_scale), high[i]);
    }
  }
  UNROLL for (int i = 0; i < rows; i++) {
    _mm512_mask_storeu_ps(c + (size_t)i * c_stride, low_mask, low[i]);
    _mm512_mask_storeu_ps(c + (size_t)i * c_stride + 16, high_mask, high[i]);
  }
}

VNNI static void tile_vnni(
  const void *block, const void *columns, size_t runs, size_t rows, size_t used, int carry,
  float *c, size_t c_stride) {
  const int8_block_run *a = block;
  const int8_panel_run *panel = columns;
  for (size_t first = 0; first < rows; first += VNNI_ROWS, c += VNNI_ROWS * c_stride) {
    switch (rows - first < VNNI_ROWS ? rows - first : VNNI_ROWS) {
      ROWS(rows_vnni, 1)
      ROWS(rows_vnni, 2)
      ROWS(rows_vnni, 3)
      ROWS(rows_vnni, 4)
      ROWS(rows_vnni, 5)
      ROWS(rows_vnni, 6)
    default:
      break;
    }
  }
}

#define AVX2 __attribute__((target("avx2,fma")))

// The exact sums of one run: 8 columns from `column` on, for one row.
AVX2 INLINE __m256i run_avx2(
  const int8_block_run *a, const int8_panel_run *panel, size_t row, size_t column) {
  __m256i sum = _mm256_setzero_si256(), ones = _mm256_set1_epi16(1);
  for (int x = 0; x < RUN_WORDS; x++) {
    __m256i w = _mm256_loadu_si256((const __m256i *)panel->codes[x][column]);
    __m256i four = _mm256_set1_epi32((int)(load_word(a->codes[x][row]) ^ 0x80808080));
    // Signed codes are at most 127, so that two products fit 16 bits.
    __m256i pairs = _mm256_maddubs_epi16(_mm256_abs_epi8(four), _mm256_sign_epi8(w, four));
    sum = _mm256_add_epi32(sum, _mm256_madd_epi16(pairs, ones));
  }
  return sum;
}

AVX2 static void tile_avx2(
  const void *block, const void *columns, size_t runs, size_t rows, size_t used, int carry,
  float *c, size_t c_stride) {
  const int8_block_run *a = block;
  const int8_panel_run *panel = columns;
  for (size_t column = 0; column < used; column += 8) {
    size_t count = used - column < 8 ? used - column : 8;
    for (size_t i = 0; i < rows; i++) {
      float *place = c + i * c_stride + column, row[8] = {0};
      if (carry) { memcpy(row, place, count * sizeof(float)); }
      __m256 total = _mm256_loadu_ps(row);
      for (size_t r = 0; r < runs; r++) {
        __m256 scale = _mm256_mul_ps(
          _mm256_set1_ps(a[r].scales[i]), _mm256_loadu_ps(panel[r].scales + column));
        __m256 sum = _mm256_cvtepi32_ps(run_avx2(a + r, panel + r, i, column));
        total = _mm256_fmadd_ps(sum, scale, total);
      }
      _mm256_storeu_ps(row, total);
      memcpy(place, row, count * sizeof(float));
    }
  }
}

#endif

tile_kernel *lethe_int8_tile_kernel(lethe_kernel_set set) {
#if defined(__x86_64__)
  if (set >= LETHE_KERNELS_AVX512_VNNI) { return tile_vnni; }
  if (set >= LETHE_KERNELS_AVX2) { return tile_avx2; }
#else
  (void)set;
#endif
  return tile_scalar;
}
