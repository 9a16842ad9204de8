#include "CKernelsBlocks.h"

#include "Common.h"

// BLAS copies the large matrix into another order at every call, which takes as long as the product
// with a few vectors. Here it is read in its own order, once for each product. The vector type is
// that of the compiler, so that one text serves every instruction set; how many rows are kept in
// registers differs, the order of each sum does not.
#pragma STDC FP_CONTRACT OFF

enum { WIDTH = LETHE_BLOCK_WIDTH };

typedef float lanes __attribute__((vector_size(4 * WIDTH), aligned(4)));

// The sums of `count` rows of the images, or of the block, over `inner` steps.
//
// The factor of sum i at step k is factors[i * sum_stride + k * step_stride], the vector that it
// multiplies vectors[k].
INLINE void add_products(
  const float *factors, size_t sum_stride, size_t step_stride, const lanes *vectors, size_t inner,
  lanes *sums, int count) {
  for (size_t k = 0; k < inner; k++) {
    lanes vector = vectors[k];
    const float *factor = factors + k * step_stride;
#pragma clang loop unroll(full)
    for (int i = 0; i < count; i++) {
      lanes spread = (lanes){} + factor[(size_t)i * sum_stride];
      sums[i] = __builtin_elementwise_fma(spread, vector, sums[i]);
    }
  }
}

INLINE void images_body(
  const float *matrix, size_t rows, size_t columns, const float *block, float *images,
  const int held) {
  lanes *target = (lanes *)images;
  size_t row = 0;
  for (; row + held <= rows; row += held) {
    lanes sums[8] = {{0}};
    add_products(matrix + row * columns, columns, 1, (const lanes *)block, columns, sums, held);
    for (int i = 0; i < held; i++) { target[row + i] = sums[i]; }
  }
  for (; row < rows; row++) {
    lanes sum[1] = {{0}};
    add_products(matrix + row * columns, columns, 1, (const lanes *)block, columns, sum, 1);
    target[row] = sum[0];
  }
}

INLINE void returns_body(
  const float *matrix, size_t rows, size_t columns, const float *images, float *block,
  const int held) {
  lanes *target = (lanes *)block;
  size_t column = 0;
  for (; column + held <= columns; column += held) {
    lanes sums[8] = {{0}};
    add_products(matrix + column, 1, columns, (const lanes *)images, rows, sums, held);
    for (int i = 0; i < held; i++) { target[column + i] += sums[i]; }
  }
  for (; column < columns; column++) {
    lanes sum[1] = {{0}};
    add_products(matrix + column, 1, columns, (const lanes *)images, rows, sum, 1);
    target[column] += sum[0];
  }
}

#define PARAMETERS                                                                                 \
  const float *matrix, size_t rows, size_t columns, const float *input, float *output
#define ARGUMENTS matrix, rows, columns, input, output

static void images_scalar(PARAMETERS) { images_body(ARGUMENTS, 1); }
static void returns_scalar(PARAMETERS) { returns_body(ARGUMENTS, 1); }

#if defined(__x86_64__)
#define AVX512 __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,fma")))
#define AVX2 __attribute__((target("avx2,fma")))
// 32 registers of 16 floats hold eight rows of sums, 16 of 8 floats two.
AVX512 static void images_avx512(PARAMETERS) { images_body(ARGUMENTS, 8); }
AVX512 static void returns_avx512(PARAMETERS) { returns_body(ARGUMENTS, 8); }
AVX2 static void images_avx2(PARAMETERS) { images_body(ARGUMENTS, 2); }
AVX2 static void returns_avx2(PARAMETERS) { returns_body(ARGUMENTS, 2); }
#endif

void lethe_block_images(lethe_kernel_set set, PARAMETERS) {
#if defined(__x86_64__)
  if (set == LETHE_KERNELS_AVX512) { return images_avx512(ARGUMENTS); }
  if (set == LETHE_KERNELS_AVX2) { return images_avx2(ARGUMENTS); }
#else
  (void)set;
#endif
  images_scalar(ARGUMENTS);
}

void lethe_block_returns(lethe_kernel_set set, PARAMETERS) {
#if defined(__x86_64__)
  if (set == LETHE_KERNELS_AVX512) { return returns_avx512(ARGUMENTS); }
  if (set == LETHE_KERNELS_AVX2) { return returns_avx2(ARGUMENTS); }
#else
  (void)set;
#endif
  returns_scalar(ARGUMENTS);
}
