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

#endif
