// What several kernels share; no part of the module's interface.
#ifndef COMMON_H
#define COMMON_H

#include <stdint.h>
#include <string.h>

#define INLINE static inline __attribute__((always_inline))

// The f64 lanes that sums are spread over: element i goes to lane i mod LANES.
enum { LANES = 8 };

// The lanes added up, in the one order that every kernel set follows.
INLINE double lane_sum(const double lanes[LANES]) {
  return ((lanes[0] + lanes[4]) + (lanes[2] + lanes[6])) +
         ((lanes[1] + lanes[5]) + (lanes[3] + lanes[7]));
}

INLINE uint16_t load_half(const void *bytes) {
  uint16_t half;
  memcpy(&half, bytes, sizeof half);
  return half;
}

INLINE uint32_t load_word(const void *bytes) {
  uint32_t word;
  memcpy(&word, bytes, sizeof word);
  return word;
}

INLINE float float_of_bits(uint32_t bits) {
  float value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

INLINE float widen_bf16(uint16_t half) { return float_of_bits((uint32_t)half << 16); }

INLINE float widen_f16(uint16_t half) {
  uint32_t sign = (uint32_t)(half & 0x8000) << 16;
  uint32_t magnitude = half & 0x7fff;
  uint32_t bits;
  if (magnitude > 0x7c00) {
    bits = 0x7fc00000 | magnitude << 13;  // Quieted, as the processor's conversion does.
  } else if (magnitude == 0x7c00) {
    bits = 0x7f800000;
  } else if (magnitude >= 0x0400) {
    bits = (magnitude << 13) + (112u << 23);
  } else {
    float value = (float)magnitude * 0x1p-24f;
    memcpy(&bits, &value, sizeof bits);
  }
  return float_of_bits(bits | sign);
}

// Rounded to nearest even, as the processor's conversion does it: denormal numbers give zero, NaN
// stays quiet NaN.
INLINE uint32_t bf16_bits(float value) {
  uint32_t bits;
  memcpy(&bits, &value, sizeof bits);
  uint32_t magnitude = bits & 0x7fffffff;
  uint32_t rounded = (bits + 0x7fff + (bits >> 16 & 1)) >> 16;
  rounded = magnitude < 0x00800000 ? bits >> 16 & 0x8000 : rounded;
  return magnitude > 0x7f800000 ? bits >> 16 | 0x0040 : rounded;
}

// Compiles a body for each instruction set and chooses among them. PARAMETERS and ARGUMENTS are
// parenthesised lists.
#if defined(__x86_64__)
#define KERNEL(RESULT, NAME, PARAMETERS, ARGUMENTS)                                                \
  __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl"))) static RESULT NAME##_avx512        \
    PARAMETERS {                                                                                   \
    return NAME##_body ARGUMENTS;                                                                  \
  }                                                                                                \
  __attribute__((target("avx2,fma"))) static RESULT NAME##_avx2 PARAMETERS {                       \
    return NAME##_body ARGUMENTS;                                                                  \
  }                                                                                                \
  static RESULT NAME##_scalar PARAMETERS { return NAME##_body ARGUMENTS; }
#define CHOOSE(NAME, ARGUMENTS)                                                                    \
  if (set >= LETHE_KERNELS_AVX512) { return NAME##_avx512 ARGUMENTS; }                             \
  if (set >= LETHE_KERNELS_AVX2) { return NAME##_avx2 ARGUMENTS; }                                 \
  return NAME##_scalar ARGUMENTS
#else
#define KERNEL(RESULT, NAME, PARAMETERS, ARGUMENTS)                                                \
  static RESULT NAME##_scalar PARAMETERS { return NAME##_body ARGUMENTS; }
#define CHOOSE(NAME, ARGUMENTS)                                                                    \
  (void)set;                                                                                       \
  return NAME##_scalar ARGUMENTS
#endif

#endif
