// The exponential and what is made of it, for kernels that the compiler vectorises; no part of the
// module's interface.
#ifndef FUNCTIONS_H
#define FUNCTIONS_H

#include <math.h>

#include "Common.h"

// With contraction off, the bits do not depend on the instruction set.
#pragma STDC FP_CONTRACT OFF

// exp(x) = 2^n * exp(r), r = x - n ln 2 in two parts, |r| <= ln 2 / 2; a polynomial of degree 6 for
// exp(r) (coefficients as in Cephes' expf).
INLINE float exp_f32(float x) {
  const float magic = 12582912.0f;  // 1.5 * 2^23: adding it rounds to an integer
  float shifted = x * 1.44269504088896341f + magic;
  float n = shifted - magic;
  float r = x - n * 0.693359375f;
  r = r - n * -2.12194440e-4f;
  float p = 1.9875691500e-4f;
  p = p * r + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  p = p * (r * r) + r + 1.0f;
  // 2^n as two factors, so that n = 128 does not overflow before the product does.
  uint32_t shifted_bits;
  memcpy(&shifted_bits, &shifted, sizeof shifted_bits);
  int32_t exponent = (int32_t)(shifted_bits - 0x4B400000u);
  int32_t first = exponent >> 1;
  int32_t second = exponent - first;
  uint32_t first_bits = (uint32_t)(first + 127) << 23, second_bits = (uint32_t)(second + 127) << 23;
  float first_power, second_power;
  memcpy(&first_power, &first_bits, sizeof first_power);
  memcpy(&second_power, &second_bits, sizeof second_power);
  float y = p * first_power * second_power;
  y = x < -87.3f ? 0.0f : y;
  y = x > 88.72f ? INFINITY : y;
  return x != x ? x : y;
}

// The same for x up to 0, as a softmax needs it, in fewer steps; below -87 it is 0. Each fused
// multiply-add is one instruction or, on processors without it, a call that gives the same bits.
INLINE float exp_of_negative(float x) {
  const float magic = 12582912.0f;
  float shifted = fmaf(x, 1.44269504088896341f, magic);
  float n = shifted - magic;
  float r = fmaf(n, -0.693359375f, x);
  r = fmaf(n, 2.12194440e-4f, r);
  float p = 1.9875691500e-4f;
  p = fmaf(p, r, 1.3981999507e-3f);
  p = fmaf(p, r, 8.3334519073e-3f);
  p = fmaf(p, r, 4.1665795894e-2f);
  p = fmaf(p, r, 1.6666665459e-1f);
  p = fmaf(p, r, 5.0000001201e-1f);
  p = fmaf(p, r * r, r) + 1.0f;
  // The integer in the low bits of `shifted` goes to the exponent.
  uint32_t bits, power;
  memcpy(&bits, &p, sizeof bits);
  memcpy(&power, &shifted, sizeof power);
  float y = float_of_bits(bits + (power << 23));
  y = x < -87.0f ? 0.0f : y;
  return x != x ? x : y;
}

// tanh(x): a polynomial near 0, 1 - 2 / (exp(2|x|) + 1) elsewhere.
INLINE float tanh_f32(float x) {
  float square = x * x, magnitude = fabsf(x);
  float p = -6.11318881e-3f;
  p = p * square + 2.10100781e-2f;
  p = p * square + -5.38540706e-2f;
  p = p * square + 1.33327946e-1f;
  p = p * square + -3.33333284e-1f;
  float near = x + x * square * p;
  float far = copysignf(1.0f - 2.0f / (exp_f32(2.0f * magnitude) + 1.0f), x);
  return magnitude < 0.625f ? near : far;
}

// erf(x): a polynomial near 0, 1 - exp(q(|x|)) elsewhere, where q is a polynomial for ln(1 - erf).
INLINE float erf_f32(float x) {
  float square = x * x, magnitude = fabsf(x);
  float p = 8.53883903e-5f;
  p = p * square + -8.18192726e-4f;
  p = p * square + 5.20443590e-3f;
  p = p * square + -2.68607531e-2f;
  p = p * square + 1.12837195e-1f;
  p = p * square + -3.76126349e-1f;
  p = p * square + 1.12837923e+0f;
  float near = x * p;
  float a = magnitude < 4.0f ? magnitude : 4.0f;
  float q = -2.09088490e-5f;
  q = q * a + 4.32290137e-4f;
  q = q * a + -4.16046288e-3f;
  q = q * a + 2.50913240e-2f;
  q = q * a + -1.08236350e-1f;
  q = q * a + -6.33386910e-1f;
  q = q * a + -1.12949502e+0f;
  q = q * a + 1.70527870e-4f;
  float far = copysignf(1.0f - exp_f32(q), x);
  float y = magnitude < 0.9f ? near : far;
  return x != x ? x : y;
}

#endif
