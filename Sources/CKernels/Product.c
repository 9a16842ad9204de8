#include "CKernelsProduct.h"

#include <math.h>
#include <string.h>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

enum { WIDTH = LETHE_PANEL_WIDTH };

size_t lethe_panels_count(size_t n, size_t k) { return (n + WIDTH - 1) / WIDTH * WIDTH * k; }

void lethe_pack_rows(
  const float *w, size_t n, size_t k, size_t stride, size_t first, float *panels) {
  for (size_t j = 0; j < n; j++) {
    size_t row = first + j;
    float *column = panels + row / WIDTH * WIDTH * k + row % WIDTH;
    for (size_t i = 0; i < k; i++) { column[i * WIDTH] = w[j * stride + i]; }
  }
}

void lethe_pack_columns(
  const float *w, size_t n, size_t k, size_t stride, size_t first, size_t packed_k,
  float *panels) {
  panels += first * WIDTH;
  for (size_t start = 0; start < n; start += WIDTH, panels += WIDTH * packed_k) {
    size_t used = n - start < WIDTH ? n - start : WIDTH;
    for (size_t i = 0; i < k; i++) {
      memcpy(panels + i * WIDTH, w + i * stride + start, used * sizeof(float));
    }
  }
}

// One panel of the product for `m` rows; every kernel set has one.
typedef void panel_product(
  const float *a, size_t a_stride, size_t m, const float *panel, size_t used, size_t k, float *c,
  size_t c_stride);

static void panel_scalar(
  const float *a, size_t a_stride, size_t m, const float *panel, size_t used, size_t k, float *c,
  size_t c_stride) {
  for (size_t i = 0; i < m; i++) {
    for (size_t j = 0; j < used; j++) {
      float sum = 0;
      for (size_t x = 0; x < k; x++) { sum = fmaf(a[i * a_stride + x], panel[x * WIDTH + j], sum); }
      c[i * c_stride + j] = sum;
    }
  }
}

#if defined(__x86_64__)

// `rows` is a constant at every call, so that the accumulators live in registers: 2 for each row,
// 2 for the panel's row, 1 for the broadcast element, of 32 registers.
#define AVX512 __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl")))
enum { AVX512_ROWS = 12 };

AVX512 static inline __attribute__((always_inline)) void block_avx512(
  int rows, const float *a, size_t a_stride, const float *panel, size_t used, size_t k, float *c,
  size_t c_stride) {
  __m512 low[AVX512_ROWS], high[AVX512_ROWS];
#pragma clang loop unroll(full)
  for (int i = 0; i < rows; i++) { low[i] = high[i] = _mm512_setzero_ps(); }
  for (size_t x = 0; x < k; x++) {
    __m512 w_low = _mm512_loadu_ps(panel + x * WIDTH);
    __m512 w_high = _mm512_loadu_ps(panel + x * WIDTH + 16);
#pragma clang loop unroll(full)
    for (int i = 0; i < rows; i++) {
      __m512 element = _mm512_set1_ps(a[(size_t)i * a_stride + x]);
      low[i] = _mm512_fmadd_ps(element, w_low, low[i]);
      high[i] = _mm512_fmadd_ps(element, w_high, high[i]);
    }
  }
  __mmask16 mask_low = used >= 16 ? 0xFFFF : (__mmask16)((1u << used) - 1);
  __mmask16 mask_high = used <= 16 ? 0 : (__mmask16)((1u << (used - 16)) - 1);
#pragma clang loop unroll(full)
  for (int i = 0; i < rows; i++) {
    _mm512_mask_storeu_ps(c + (size_t)i * c_stride, mask_low, low[i]);
    _mm512_mask_storeu_ps(c + (size_t)i * c_stride + 16, mask_high, high[i]);
  }
}

AVX512 static void panel_avx512(
  const float *a, size_t a_stride, size_t m, const float *panel, size_t used, size_t k, float *c,
  size_t c_stride) {
  for (; m >= AVX512_ROWS; m -= AVX512_ROWS, a += AVX512_ROWS * a_stride,
                           c += AVX512_ROWS * c_stride) {
    block_avx512(AVX512_ROWS, a, a_stride, panel, used, k, c, c_stride);
  }
  switch (m) {
#define ROWS(count)                                                                                \
  case count:                                                                                      \
    block_avx512(count, a, a_stride, panel, used, k, c, c_stride);                                 \
    break;
    ROWS(1) ROWS(2) ROWS(3) ROWS(4) ROWS(5) ROWS(6) ROWS(7) ROWS(8) ROWS(9) ROWS(10) ROWS(11)
#undef ROWS
  default:
    break;
  }
}

// 16 columns at a time: 12 accumulators, 2 registers for the panel, 1 for the element, of 16.
#define AVX2 __attribute__((target("avx2,fma")))
enum { AVX2_ROWS = 6 };

AVX2 static inline __attribute__((always_inline)) void block_avx2(
  int rows, const float *a, size_t a_stride, const float *panel, size_t used, size_t k, float *c,
  size_t c_stride) {
  for (size_t half = 0; half < WIDTH && half < used; half += 16) {
    __m256 low[AVX2_ROWS], high[AVX2_ROWS];
#pragma clang loop unroll(full)
    for (int i = 0; i < rows; i++) { low[i] = high[i] = _mm256_setzero_ps(); }
    for (size_t x = 0; x < k; x++) {
      __m256 w_low = _mm256_loadu_ps(panel + x * WIDTH + half);
      __m256 w_high = _mm256_loadu_ps(panel + x * WIDTH + half + 8);
#pragma clang loop unroll(full)
      for (int i = 0; i < rows; i++) {
        __m256 element = _mm256_broadcast_ss(a + (size_t)i * a_stride + x);
        low[i] = _mm256_fmadd_ps(element, w_low, low[i]);
        high[i] = _mm256_fmadd_ps(element, w_high, high[i]);
      }
    }
    size_t columns = used - half < 16 ? used - half : 16;
#pragma clang loop unroll(full)
    for (int i = 0; i < rows; i++) {
      float row[16];
      _mm256_storeu_ps(row, low[i]);
      _mm256_storeu_ps(row + 8, high[i]);
      memcpy(c + (size_t)i * c_stride + half, row, columns * sizeof(float));
    }
  }
}

AVX2 static void panel_avx2(
  const float *a, size_t a_stride, size_t m, const float *panel, size_t used, size_t k, float *c,
  size_t c_stride) {
  for (; m >= AVX2_ROWS; m -= AVX2_ROWS, a += AVX2_ROWS * a_stride, c += AVX2_ROWS * c_stride) {
    block_avx2(AVX2_ROWS, a, a_stride, panel, used, k, c, c_stride);
  }
  switch (m) {
#define ROWS(count)                                                                                \
  case count:                                                                                      \
    block_avx2(count, a, a_stride, panel, used, k, c, c_stride);                                   \
    break;
    ROWS(1) ROWS(2) ROWS(3) ROWS(4) ROWS(5)
#undef ROWS
  default:
    break;
  }
}

#endif

static panel_product *panel_kernel(lethe_kernel_set set) {
#if defined(__x86_64__)
  if (set == LETHE_KERNELS_AVX512) { return panel_avx512; }
  if (set == LETHE_KERNELS_AVX2) { return panel_avx2; }
#else
  (void)set;
#endif
  return panel_scalar;
}

void lethe_product_f32(
  lethe_kernel_set set, const float *a, size_t a_stride, size_t m, const float *panels,
  size_t packed_k, size_t n, size_t k, float *c, size_t c_stride) {
  panel_product *product = panel_kernel(set);
  for (size_t first = 0; first < n; first += WIDTH, panels += WIDTH * packed_k) {
    size_t used = n - first < WIDTH ? n - first : WIDTH;
    product(a, a_stride, m, panels, used, k, c + first, c_stride);
  }
}
