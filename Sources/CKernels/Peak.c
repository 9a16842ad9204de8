#include "CKernelsPeak.h"

#include <math.h>
#include <time.h>

#include "Panels.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

// Steps between two looks at the clock.
enum { STEPS = 200000 };

// STEPS instructions on each of some chains; returns something of what they gave, so that they are
// kept.
typedef float peak_loop(void);

#pragma STDC FP_CONTRACT OFF

static float peak_scalar(void) {
  enum { CHAINS = 12 };
  float sums[CHAINS] = {0};
  volatile float input = 0.5f;
  float element = input;
  for (int i = 0; i < STEPS; i++) {
    for (int j = 0; j < CHAINS; j++) { sums[j] = fmaf(element, element, sums[j]); }
  }
  float sum = 0;
  for (int j = 0; j < CHAINS; j++) { sum += sums[j]; }
  return sum;
}

#if defined(__x86_64__)

// As many chains as registers leave room for: enough to hide how long an instruction takes. STEP
// gives the next link of one.
#define PEAK(NAME, TARGET, CHAINS, REGISTER, ZERO, ELEMENT, STEP, TAKE)                            \
  __attribute__((target(TARGET))) static float NAME(void) {                                        \
    REGISTER sums[CHAINS], x = ELEMENT;                                                            \
    UNROLL for (int j = 0; j < CHAINS; j++) { sums[j] = ZERO; }                                    \
    for (int i = 0; i < STEPS; i++) {                                                              \
      __asm__ volatile("" : "+v"(x));                                                              \
      UNROLL for (int j = 0; j < CHAINS; j++) { sums[j] = STEP(sums[j]); }                         \
    }                                                                                              \
    float sum = 0;                                                                                 \
    UNROLL for (int j = 0; j < CHAINS; j++) { sum += TAKE(sums[j]); }                              \
    return sum;                                                                                    \
  }

#define FMA_512(sum) _mm512_fmadd_ps(x, x, sum)
#define FMA_256(sum) _mm256_fmadd_ps(x, x, sum)
#define DOT_BF16(sum) _mm512_dpbf16_ps(sum, (__m512bh)x, (__m512bh)x)
#define DOT_INT8(sum) _mm512_dpbusd_epi32(sum, x, x)
#define TAKE_INT8(sum) (float)_mm_cvtsi128_si32(_mm512_castsi512_si128(sum))

PEAK(
  peak_fma_256, "avx2,fma", 12, __m256, _mm256_setzero_ps(), _mm256_set1_ps(0.5f), FMA_256,
  _mm256_cvtss_f32)
PEAK(
  peak_fma_512, "avx512f,avx512vl", 24, __m512, _mm512_setzero_ps(), _mm512_set1_ps(0.5f), FMA_512,
  _mm512_cvtss_f32)
PEAK(
  peak_dot_bf16, "avx512f,avx512vl,avx512bf16", 24, __m512, _mm512_setzero_ps(),
  _mm512_set1_ps(0.5f), DOT_BF16, _mm512_cvtss_f32)
PEAK(
  peak_dot_int8, "avx512f,avx512vl,avx512vnni", 24, __m512i, _mm512_setzero_si512(), _mm512_set1_epi32(1),
  DOT_INT8, TAKE_INT8)

#endif

typedef struct {
  peak_loop *loop;
  // Of all chains in one step: a multiplication and an addition count as two.
  double operations;
} peak_kernel;

static peak_kernel kernel(lethe_kernel_set set, lethe_operand operand) {
#if defined(__x86_64__)
  if (operand == LETHE_INT8 && set >= LETHE_KERNELS_AVX512_VNNI) {
    return (peak_kernel){peak_dot_int8, 24 * 128};
  }
  if (operand == LETHE_BF16 && set >= LETHE_KERNELS_AVX512_BF16) {
    return (peak_kernel){peak_dot_bf16, 24 * 64};
  }
  if (set >= LETHE_KERNELS_AVX512) { return (peak_kernel){peak_fma_512, 24 * 32}; }
  if (set >= LETHE_KERNELS_AVX2) { return (peak_kernel){peak_fma_256, 12 * 16}; }
#else
  (void)set;
  (void)operand;
#endif
  return (peak_kernel){peak_scalar, 12 * 2};
}

static double thread_seconds(void) {
  struct timespec time;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

double lethe_peak(lethe_kernel_set set, lethe_operand operand, double seconds) {
  peak_kernel chosen = kernel(set, operand);
  volatile float kept = 0;
  double start = thread_seconds(), last = start, best = 0;
  do {
    kept = chosen.loop();
    double now = thread_seconds();
    double rate = chosen.operations * STEPS / (now - last);
    best = rate > best ? rate : best;
    last = now;
  } while (last - start < seconds);
  (void)kept;
  return best;
}
