#include <math.h>
#include <string.h>

#include "Common.h"
#include "Panels.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#pragma STDC FP_CONTRACT OFF

// Denormal numbers are zero for bf16 products.
INLINE float flushed(float x) { return fabsf(x) < 0x1p-126f ? copysignf(0.0f, x) : x; }

// One step of VDPBF16PS: a fused multiply-add whose inputs and result are flushed.
INLINE float flushed_fma(float a, float b, float c) {
  a = flushed(a);
  b = flushed(b);
  float sum = fmaf(a, b, c);
  // The processor asks whether the result is tiny before it gives up bits for being so.
  if (fabsf(sum) == 0x1p-126f && fabs((double)a * b + c) < 0x1.ffffffp-127) { sum *= 0.5f; }
  return flushed(sum);
}

INLINE float step_scalar(lethe_operand operand, uint32_t a, uint32_t w, float sum) {
  if (operand == LETHE_F32) { return fmaf(float_of_bits(a), float_of_bits(w), sum); }
  sum = flushed_fma(float_of_bits(a & 0xffff0000), float_of_bits(w & 0xffff0000), sum);
  return flushed_fma(float_of_bits(a << 16), float_of_bits(w << 16), sum);
}

INLINE void tile_scalar(
  lethe_operand operand, const uint32_t *a, const uint32_t *panel, size_t words, size_t rows,
  size_t used, int carry, float *c, size_t c_stride) {
  for (size_t i = 0; i < rows; i++) {
    for (size_t j = 0; j < used; j++) {
      float sum = carry ? c[i * c_stride + j] : 0;
      for (size_t x = 0; x < words; x++) {
        sum = step_scalar(operand, a[x * BLOCK_ROWS + i], panel[x * WIDTH + j], sum);
      }
      c[i * c_stride + j] = sum;
    }
  }
}

static void tile_f32_scalar(
  const void *a, const void *panel, size_t words, size_t rows, size_t used, int carry,
  float *c, size_t c_stride) {
  tile_scalar(LETHE_F32, a, panel, words, rows, used, carry, c, c_stride);
}

static void tile_bf16_scalar(
  const void *a, const void *panel, size_t words, size_t rows, size_t used, int carry,
  float *c, size_t c_stride) {
  tile_scalar(LETHE_BF16, a, panel, words, rows, used, carry, c, c_stride);
}

#if defined(__x86_64__)

#define AVX2 __attribute__((target("avx2,fma")))
#define AVX512 __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl")))
#define AVX512_BF16 __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512bf16")))
// Calls that stay calls, so that no arithmetic moves out of a change of the control word.
#define NOINLINE static __attribute__((noinline))

// Inputs and results of the fused multiply-adds in between are flushed.
enum { FLUSHES = 0x8040 };

// A tile of `rows`, a constant at every call so that the sums live in registers: 2 for each of 12
// rows. The last argument takes the panel's
// row and changes `low[i]` and `high[i]` for each row.
#define TILE_AVX512(NAME, TARGET, ...)                                                             \
  TARGET INLINE void NAME##_rows(                                                                  \
    int rows, const uint32_t *a, const uint32_t *panel, size_t words, size_t used, int carry,      \
    float *c, size_t c_stride) {                                                                   \
    __m512 low[BLOCK_ROWS], high[BLOCK_ROWS];                                                      \
    __mmask16 low_mask = used >= 16 ? 0xFFFF : (__mmask16)((1u << used) - 1);                      \
    __mmask16 high_mask = used <= 16 ? 0 : (__mmask16)((1u << (used - 16)) - 1);                   \
    UNROLL for (int i = 0; i < rows; i++) { low[i] = high[i] = _mm512_setzero_ps(); }              \
    if (carry) {                                                                                   \
      UNROLL for (int i = 0; i < rows; i++) {                                                      \
        low[i] = _mm512_maskz_loadu_ps(low_mask, c + (size_t)i * c_stride);                        \
        high[i] = _mm512_maskz_loadu_ps(high_mask, c + (size_t)i * c_stride + 16);                 \
      }                                                                                            \
    }                                                                                              \
    for (size_t x = 0; x < words; x++, a += BLOCK_ROWS, panel += WIDTH) { __VA_ARGS__ }            \
    UNROLL for (int i = 0; i < rows; i++) {                                                        \
      _mm512_mask_storeu_ps(c + (size_t)i * c_stride, low_mask, low[i]);                           \
      _mm512_mask_storeu_ps(c + (size_t)i * c_stride + 16, high_mask, high[i]);                    \
    }                                                                                              \
  }                                                                                                \
  TARGET NOINLINE void NAME##_any(                                                                 \
    const void *a, const void *panel, size_t words, size_t rows, size_t used, int carry, float *c, \
    size_t c_stride) {                                                                             \
    switch (rows) {                                                                                \
      ROWS(NAME, 1) ROWS(NAME, 2) ROWS(NAME, 3) ROWS(NAME, 4) ROWS(NAME, 5) ROWS(NAME, 6)          \
      ROWS(NAME, 7) ROWS(NAME, 8) ROWS(NAME, 9) ROWS(NAME, 10) ROWS(NAME, 11) ROWS(NAME, 12)       \
    default:                                                                                       \
      break;                                                                                       \
    }                                                                                              \
  }
#define ROWS(NAME, COUNT)                                                                          \
  case COUNT:                                                                                      \
    NAME##_rows(COUNT, a, panel, words, used, carry, c, c_stride);                                 \
    break;

TILE_AVX512(tile_f32_avx512, AVX512, {
  __m512 w_low = _mm512_loadu_ps(panel), w_high = _mm512_loadu_ps(panel + 16);
  UNROLL for (int i = 0; i < rows; i++) {
    __m512 element = _mm512_castsi512_ps(_mm512_set1_epi32((int)a[i]));
    low[i] = _mm512_fmadd_ps(element, w_low, low[i]);
    high[i] = _mm512_fmadd_ps(element, w_high, high[i]);
  }
})

TILE_AVX512(tile_bf16_avx512_bf16, AVX512_BF16, {
  __m512bh w_low = (__m512bh)_mm512_loadu_si512(panel);
  __m512bh w_high = (__m512bh)_mm512_loadu_si512(panel + 16);
  UNROLL for (int i = 0; i < rows; i++) {
    __m512bh pair = (__m512bh)_mm512_set1_epi32((int)a[i]);
    low[i] = _mm512_dpbf16_ps(low[i], pair, w_low);
    high[i] = _mm512_dpbf16_ps(high[i], pair, w_high);
  }
})

AVX512 INLINE __m512 odd_avx512(__m512i pairs) {
  return _mm512_castsi512_ps(_mm512_and_si512(pairs, _mm512_set1_epi32((int)0xffff0000)));
}

AVX512 INLINE __m512 even_avx512(__m512i pairs) {
  return _mm512_castsi512_ps(_mm512_slli_epi32(pairs, 16));
}

TILE_AVX512(tile_bf16_avx512, AVX512, {
  __m512i w_low = _mm512_loadu_si512(panel), w_high = _mm512_loadu_si512(panel + 16);
  __m512 low_odd = odd_avx512(w_low), low_even = even_avx512(w_low);
  __m512 high_odd = odd_avx512(w_high), high_even = even_avx512(w_high);
  UNROLL for (int i = 0; i < rows; i++) {
    __m512i pair = _mm512_set1_epi32((int)a[i]);
    __m512 odd = odd_avx512(pair), even = even_avx512(pair);
    low[i] = _mm512_fmadd_ps(odd, low_odd, low[i]);
    high[i] = _mm512_fmadd_ps(odd, high_odd, high[i]);
    low[i] = _mm512_fmadd_ps(even, low_even, low[i]);
    high[i] = _mm512_fmadd_ps(even, high_even, high[i]);
  }
})

// 16 columns and a few rows at a time: two sums for each row, of 16 registers.
#define TILE_AVX2(NAME, GROUP, ...)                                                                \
  AVX2 INLINE void NAME##_rows(                                                                    \
    int rows, const uint32_t *a, const uint32_t *panel, size_t words, size_t used, int carry,      \
    float *c, size_t c_stride) {                                                                   \
    __m256 low[GROUP], high[GROUP];                                                                \
    UNROLL for (int i = 0; i < rows; i++) {                                                        \
      float row[16] = {0};                                                                         \
      if (carry) { memcpy(row, c + (size_t)i * c_stride, used * sizeof(float)); }                  \
      low[i] = _mm256_loadu_ps(row);                                                               \
      high[i] = _mm256_loadu_ps(row + 8);                                                          \
    }                                                                                              \
    for (size_t x = 0; x < words; x++, a += BLOCK_ROWS, panel += WIDTH) { __VA_ARGS__ }            \
    UNROLL for (int i = 0; i < rows; i++) {                                                        \
      float row[16];                                                                               \
      _mm256_storeu_ps(row, low[i]);                                                               \
      _mm256_storeu_ps(row + 8, high[i]);                                                          \
      memcpy(c + (size_t)i * c_stride, row, used * sizeof(float));                                 \
    }                                                                                              \
  }                                                                                                \
  AVX2 NOINLINE void NAME##_any(                                                                   \
    const void *block, const void *columns, size_t words, size_t rows, size_t used, int carry,     \
    float *c, size_t c_stride) {                                                                   \
    const uint32_t *a = block, *panel = columns;                                                   \
    size_t right = used > 16 ? used - 16 : 0, left = used - right;                                 \
    for (; rows > 0; a += GROUP, c += GROUP * c_stride) {                                          \
      size_t count = rows < GROUP ? rows : GROUP;                                                  \
      NAME##_group(count, a, panel, words, left, carry, c, c_stride);                              \
      if (right > 0) {                                                                             \
        NAME##_group(count, a, panel + 16, words, right, carry, c + 16, c_stride);                 \
      }                                                                                            \
      rows -= count;                                                                               \
    }                                                                                              \
  }
#define GROUP_PARAMETERS                                                                           \
  size_t rows, const uint32_t *a, const uint32_t *panel, size_t words, size_t used, int carry,     \
    float *c, size_t c_stride

AVX2 static void tile_f32_avx2_group(GROUP_PARAMETERS);
AVX2 static void tile_bf16_avx2_group(GROUP_PARAMETERS);

TILE_AVX2(tile_f32_avx2, 6, {
  __m256 w_low = _mm256_loadu_ps((const float *)panel);
  __m256 w_high = _mm256_loadu_ps((const float *)panel + 8);
  UNROLL for (int i = 0; i < rows; i++) {
    __m256 element = _mm256_broadcast_ss((const float *)a + i);
    low[i] = _mm256_fmadd_ps(element, w_low, low[i]);
    high[i] = _mm256_fmadd_ps(element, w_high, high[i]);
  }
})

AVX2 static void tile_f32_avx2_group(GROUP_PARAMETERS) {
  switch (rows) {
    ROWS(tile_f32_avx2, 1) ROWS(tile_f32_avx2, 2) ROWS(tile_f32_avx2, 3)
    ROWS(tile_f32_avx2, 4) ROWS(tile_f32_avx2, 5) ROWS(tile_f32_avx2, 6)
  default:
    break;
  }
}

AVX2 INLINE __m256 odd_avx2(__m256i pairs) {
  return _mm256_castsi256_ps(_mm256_and_si256(pairs, _mm256_set1_epi32((int)0xffff0000)));
}

AVX2 INLINE __m256 even_avx2(__m256i pairs) {
  return _mm256_castsi256_ps(_mm256_slli_epi32(pairs, 16));
}

TILE_AVX2(tile_bf16_avx2, 4, {
  __m256i w_low = _mm256_loadu_si256((const __m256i *)panel);
  __m256i w_high = _mm256_loadu_si256((const __m256i *)panel + 1);
  __m256 low_odd = odd_avx2(w_low), low_even = even_avx2(w_low);
  __m256 high_odd = odd_avx2(w_high), high_even = even_avx2(w_high);
  UNROLL for (int i = 0; i < rows; i++) {
    __m256i pair = _mm256_set1_epi32((int)a[i]);
    __m256 odd = odd_avx2(pair), even = even_avx2(pair);
    low[i] = _mm256_fmadd_ps(odd, low_odd, low[i]);
    high[i] = _mm256_fmadd_ps(odd, high_odd, high[i]);
    low[i] = _mm256_fmadd_ps(even, low_even, low[i]);
    high[i] = _mm256_fmadd_ps(even, high_even, high[i]);
  }
})

AVX2 static void tile_bf16_avx2_group(GROUP_PARAMETERS) {
  switch (rows) {
    ROWS(tile_bf16_avx2, 1) ROWS(tile_bf16_avx2, 2)
    ROWS(tile_bf16_avx2, 3) ROWS(tile_bf16_avx2, 4)
  default:
    break;
  }
}

// Runs a kernel of plain fused multiply-adds as VDPBF16PS rounds: flushed, to nearest even.
#define FLUSHING(NAME, TARGET)                                                                     \
  TARGET static void NAME##_flushing(                                                              \
    const void *a, const void *panel, size_t words, size_t rows, size_t used, int carry, float *c, \
    size_t c_stride) {                                                                             \
    unsigned control = _mm_getcsr();                                                               \
    _mm_setcsr(control | FLUSHES);                                                                 \
    NAME##_any(a, panel, words, rows, used, carry, c, c_stride);                                   \
    _mm_setcsr(control);                                                                           \
  }

FLUSHING(tile_bf16_avx512, AVX512)
FLUSHING(tile_bf16_avx2, AVX2)

#endif

tile_kernel *lethe_word_tile_kernel(lethe_kernel_set set, lethe_operand operand) {
#if defined(__x86_64__)
  if (operand == LETHE_F32) {
    if (set >= LETHE_KERNELS_AVX512) { return tile_f32_avx512_any; }
    if (set >= LETHE_KERNELS_AVX2) { return tile_f32_avx2_any; }
  } else {
    if (set >= LETHE_KERNELS_AVX512_BF16) { return tile_bf16_avx512_bf16_any; }
    if (set >= LETHE_KERNELS_AVX512) { return tile_bf16_avx512_flushing; }
    if (set >= LETHE_KERNELS_AVX2) { return tile_bf16_avx2_flushing; }
  }
#else
  (void)set;
#endif
  return operand == LETHE_F32 ? tile_f32_scalar : tile_bf16_scalar;
}
