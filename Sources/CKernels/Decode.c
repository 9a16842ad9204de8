#include "CKernelsDecode.h"

#include <string.h>

#include "Decoder.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

// MARK: Scalar

static void f32(const uint8_t *bytes, int64_t count, float *output) {
  memcpy(output, bytes, 4 * (size_t)count);
}

static void f16_scalar(const uint8_t *bytes, int64_t count, float *output) {
  for (int64_t i = 0; i < count; ++i) output[i] = widen_f16(load_half(bytes + 2 * i));
}

static void bf16_scalar(const uint8_t *bytes, int64_t count, float *output) {
  for (int64_t i = 0; i < count; ++i) output[i] = widen_bf16(load_half(bytes + 2 * i));
}

// The remaining types are rare and left to the compiler.
#define DECODE_NUMBER(name, type)                                                 \
  static void name(const uint8_t *bytes, int64_t count, float *output) {          \
    for (int64_t i = 0; i < count; ++i) {                                         \
      type value;                                                                 \
      memcpy(&value, bytes + i * (int64_t)sizeof value, sizeof value);            \
      output[i] = (float)value;                                                   \
    }                                                                             \
  }

DECODE_NUMBER(f64, double)
DECODE_NUMBER(i8, int8_t)
DECODE_NUMBER(u8, uint8_t)
DECODE_NUMBER(i16, int16_t)
DECODE_NUMBER(u16, uint16_t)
DECODE_NUMBER(i32, int32_t)
DECODE_NUMBER(u32, uint32_t)
DECODE_NUMBER(i64, int64_t)
DECODE_NUMBER(u64, uint64_t)

static void boolean(const uint8_t *bytes, int64_t count, float *output) {
  for (int64_t i = 0; i < count; ++i) output[i] = bytes[i] != 0;
}

#if defined(__x86_64__)

// MARK: AVX2

#define AVX2 __attribute__((target("avx2,f16c")))

AVX2 static void f16_avx2(const uint8_t *bytes, int64_t count, float *output) {
  int64_t i = 0;
  for (; i + 8 <= count; i += 8) {
    __m128i halves = _mm_loadu_si128((const __m128i *)(bytes + 2 * i));
    _mm256_storeu_ps(output + i, _mm256_cvtph_ps(halves));
  }
  f16_scalar(bytes + 2 * i, count - i, output + i);
}

AVX2 static void bf16_avx2(const uint8_t *bytes, int64_t count, float *output) {
  int64_t i = 0;
  for (; i + 8 <= count; i += 8) {
    __m128i halves = _mm_loadu_si128((const __m128i *)(bytes + 2 * i));
    __m256i words = _mm256_slli_epi32(_mm256_cvtepu16_epi32(halves), 16);
    _mm256_storeu_si256((__m256i *)(output + i), words);
  }
  bf16_scalar(bytes + 2 * i, count - i, output + i);
}

#endif

// MARK: Dispatch

// Wider vectors than AVX2's gain nothing: the cache sets the pace.
#if defined(__x86_64__)
#define LOOPS(SCALAR, VECTOR) {SCALAR, VECTOR, VECTOR}
#else
#define LOOPS(SCALAR, VECTOR) {SCALAR}
#endif

#define NUMBER(NAME, BYTES) \
  static const decoder NAME##_decoder = {{1, BYTES}, LOOPS(NAME, NAME)};

static const decoder f16_decoder = {{1, 2}, LOOPS(f16_scalar, f16_avx2)};
static const decoder bf16_decoder = {{1, 2}, LOOPS(bf16_scalar, bf16_avx2)};
NUMBER(f32, 4)
NUMBER(f64, 8)
NUMBER(boolean, 1)
NUMBER(i8, 1)
NUMBER(u8, 1)
NUMBER(i16, 2)
NUMBER(u16, 2)
NUMBER(i32, 4)
NUMBER(u32, 4)
NUMBER(i64, 8)
NUMBER(u64, 8)

static const decoder *const decoders[] = {
    [LETHE_DECODE_F32] = &f32_decoder,
    [LETHE_DECODE_F16] = &f16_decoder,
    [LETHE_DECODE_BF16] = &bf16_decoder,
    [LETHE_DECODE_F64] = &f64_decoder,
    [LETHE_DECODE_BOOL] = &boolean_decoder,
    [LETHE_DECODE_I8] = &i8_decoder,
    [LETHE_DECODE_U8] = &u8_decoder,
    [LETHE_DECODE_I16] = &i16_decoder,
    [LETHE_DECODE_U16] = &u16_decoder,
    [LETHE_DECODE_I32] = &i32_decoder,
    [LETHE_DECODE_U32] = &u32_decoder,
    [LETHE_DECODE_I64] = &i64_decoder,
    [LETHE_DECODE_U64] = &u64_decoder,
    [LETHE_DECODE_Q4_0] = &lethe_q4_0,
    [LETHE_DECODE_Q4_1] = &lethe_q4_1,
    [LETHE_DECODE_Q5_0] = &lethe_q5_0,
    [LETHE_DECODE_Q5_1] = &lethe_q5_1,
    [LETHE_DECODE_Q8_0] = &lethe_q8_0,
    [LETHE_DECODE_Q8_1] = &lethe_q8_1,
    [LETHE_DECODE_Q1_0] = &lethe_q1_0,
    [LETHE_DECODE_Q2_0] = &lethe_q2_0,
    [LETHE_DECODE_Q2_K] = &lethe_q2_K,
    [LETHE_DECODE_Q3_K] = &lethe_q3_K,
    [LETHE_DECODE_Q4_K] = &lethe_q4_K,
    [LETHE_DECODE_Q5_K] = &lethe_q5_K,
    [LETHE_DECODE_Q6_K] = &lethe_q6_K,
    [LETHE_DECODE_Q8_K] = &lethe_q8_K,
    [LETHE_DECODE_IQ1_S] = &lethe_iq1_s,
    [LETHE_DECODE_IQ1_M] = &lethe_iq1_m,
    [LETHE_DECODE_IQ2_XXS] = &lethe_iq2_xxs,
    [LETHE_DECODE_IQ2_XS] = &lethe_iq2_xs,
    [LETHE_DECODE_IQ2_S] = &lethe_iq2_s,
    [LETHE_DECODE_IQ3_XXS] = &lethe_iq3_xxs,
    [LETHE_DECODE_IQ3_S] = &lethe_iq3_s,
    [LETHE_DECODE_IQ4_NL] = &lethe_iq4_nl,
    [LETHE_DECODE_IQ4_XS] = &lethe_iq4_xs,
    [LETHE_DECODE_TQ1_0] = &lethe_tq1_0,
    [LETHE_DECODE_TQ2_0] = &lethe_tq2_0,
    [LETHE_DECODE_MXFP4] = &lethe_mxfp4,
    [LETHE_DECODE_NVFP4] = &lethe_nvfp4,
    [LETHE_DECODE_F8_E4M3] = &lethe_f8_e4m3,
    [LETHE_DECODE_F8_E5M2] = &lethe_f8_e5m2,
    [LETHE_DECODE_F8_E4M3FNUZ] = &lethe_f8_e4m3fnuz,
    [LETHE_DECODE_F8_E5M2FNUZ] = &lethe_f8_e5m2fnuz,
    [LETHE_DECODE_F8_E8M0] = &lethe_f8_e8m0,
    [LETHE_DECODE_F6_E2M3] = &lethe_f6_e2m3,
    [LETHE_DECODE_F6_E3M2] = &lethe_f6_e3m2,
    [LETHE_DECODE_F4] = &lethe_f4,
};

// Elements [first, first + count) of one block.
static void decode_part(block_loop loop, const uint8_t *block, int64_t first,
                        int64_t count, float *output) {
  float values[LARGEST_BLOCK_ELEMENTS];
  loop(block, 1, values);
  memcpy(output, values + first, (size_t)count * sizeof *output);
}

void lethe_decode(lethe_kernel_set set, lethe_decode_type type, const void *bytes, int64_t first,
                  int64_t count, float *output) {
  const decoder *blocks = decoders[type];
  lethe_block_size size = blocks->size;
  block_loop loop = blocks->loops[set < LETHE_KERNELS_AVX512 ? set : LETHE_KERNELS_AVX512];
  const uint8_t *block = (const uint8_t *)bytes + first / size.elements * size.bytes;
  int64_t skipped = first % size.elements;
  if (skipped != 0) {
    int64_t rest = size.elements - skipped;
    int64_t head = count < rest ? count : rest;
    decode_part(loop, block, skipped, head, output);
    block += size.bytes;
    count -= head;
    output += head;
  }
  int64_t whole = count / size.elements;
  loop(block, whole, output);
  int64_t tail = count % size.elements;
  if (tail != 0) {
    decode_part(loop, block + whole * size.bytes, 0, tail, output + whole * size.elements);
  }
}

lethe_block_size lethe_decode_block_size(lethe_decode_type type) {
  return decoders[type]->size;
}
