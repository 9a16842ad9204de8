#include "CKernelsLowRank.h"

#include "Common.h"

// The loops below are plain C that the compiler vectorises for each instruction set. With
// contraction off and the order of sums written out, the bits do not depend on it.
#pragma STDC FP_CONTRACT OFF

// Columns whose sums are kept in registers.
enum { COLUMNS = 64 };

INLINE void add_product_row_body(
  const float *left, const float *right, size_t rank, size_t stride, float factor, size_t n,
  float *out) {
  size_t start = 0;
  for (; start + COLUMNS <= n; start += COLUMNS) {
    float sums[COLUMNS] = {0};
    for (size_t k = 0; k < rank; k++) {
      const float *row = right + k * stride + start;
      for (int j = 0; j < COLUMNS; j++) { sums[j] += left[k] * row[j]; }
    }
    for (int j = 0; j < COLUMNS; j++) { out[start + j] += factor * sums[j]; }
  }
  for (; start < n; start++) {
    float sum = 0;
    for (size_t k = 0; k < rank; k++) { sum += left[k] * right[k * stride + start]; }
    out[start] += factor * sum;
  }
}

#define PARAMETERS                                                                                 \
  const float *left, const float *right, size_t rank, size_t stride, float factor, size_t n,       \
    float *out
#define ARGUMENTS left, right, rank, stride, factor, n, out

static void add_product_row_scalar(PARAMETERS) { add_product_row_body(ARGUMENTS); }

#if defined(__x86_64__)
__attribute__((target("avx512f,avx512bw,avx512dq,avx512vl"))) static void add_product_row_avx512(
  PARAMETERS) {
  add_product_row_body(ARGUMENTS);
}

__attribute__((target("avx2"))) static void add_product_row_avx2(PARAMETERS) {
  add_product_row_body(ARGUMENTS);
}
#endif

void lethe_add_product_row(lethe_kernel_set set, PARAMETERS) {
#if defined(__x86_64__)
  if (set >= LETHE_KERNELS_AVX512) { return add_product_row_avx512(ARGUMENTS); }
  if (set >= LETHE_KERNELS_AVX2) { return add_product_row_avx2(ARGUMENTS); }
#else
  (void)set;
#endif
  add_product_row_scalar(ARGUMENTS);
}
