// Which instruction set the kernels use.
#ifndef CKERNELS_SET_H
#define CKERNELS_SET_H

/// The instruction sets that kernels are written for, from the plainest; each holds the ones before it.
typedef enum lethe_kernel_set {
  LETHE_KERNELS_SCALAR = 0,
  /// AVX2 with FMA, F16C and POPCNT.
  LETHE_KERNELS_AVX2 = 1,
  /// These and AVX-512 F, BW, DQ and VL.
  LETHE_KERNELS_AVX512 = 2,
  /// These and AVX512-VNNI, products of int8.
  LETHE_KERNELS_AVX512_VNNI = 3,
  /// These and AVX512-BF16, products of bf16.
  LETHE_KERNELS_AVX512_BF16 = 4,
} lethe_kernel_set;

/// The best set that this processor and this build have; it runs all before it too.
lethe_kernel_set lethe_best_kernel_set(void);

/// The name of a set as results record it: `scalar`, `avx2`, `avx512`, `avx512_vnni` or `avx512_bf16`.
const char *lethe_kernel_set_name(lethe_kernel_set set);

#endif
