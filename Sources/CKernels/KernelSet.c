#include "CKernelsSet.h"

lethe_kernel_set lethe_best_kernel_set(void) {
#if defined(__x86_64__)
  // Each set holds the ones before it, so that a kernel may serve a wider set too.
  if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma") ||
      !__builtin_cpu_supports("f16c") || !__builtin_cpu_supports("popcnt")) {
    return LETHE_KERNELS_SCALAR;
  }
  if (!__builtin_cpu_supports("avx512f") || !__builtin_cpu_supports("avx512bw") ||
      !__builtin_cpu_supports("avx512dq") || !__builtin_cpu_supports("avx512vl")) {
    return LETHE_KERNELS_AVX2;
  }
  if (!__builtin_cpu_supports("avx512vnni")) { return LETHE_KERNELS_AVX512; }
  if (!__builtin_cpu_supports("avx512bf16")) { return LETHE_KERNELS_AVX512_VNNI; }
  return LETHE_KERNELS_AVX512_BF16;
#else
  return LETHE_KERNELS_SCALAR;
#endif
}

const char *lethe_kernel_set_name(lethe_kernel_set set) {
  switch (set) {
  case LETHE_KERNELS_AVX512_BF16:
    return "avx512_bf16";
  case LETHE_KERNELS_AVX512_VNNI:
    return "avx512_vnni";
  case LETHE_KERNELS_AVX512:
    return "avx512";
  case LETHE_KERNELS_AVX2:
    return "avx2";
  case LETHE_KERNELS_SCALAR:
    return "scalar";
  }
  return "scalar";
}
